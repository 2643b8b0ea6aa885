package eventfile

import "container/heap"

// merge gives the records of several sources in order. A source is read again
// only when its record is no longer needed, as its data lives until then.
type merge struct {
	heads heads
	taken bool // heads[0] was handed out
}

type head struct {
	Record
	from source
}

func newMerge(from []source) (*merge, error) {
	m := &merge{heads: make(heads, 0, len(from))}
	for _, s := range from {
		h := &head{from: s}
		more, err := s.read(&h.Record)
		if err != nil {
			return nil, err
		}
		if more {
			m.heads = append(m.heads, h)
		}
	}
	heap.Init(&m.heads)
	return m, nil
}

func (m *merge) read(r *Record) (bool, error) {
	if m.taken {
		top := m.heads[0]
		more, err := top.from.read(&top.Record)
		switch {
		case err != nil:
			return false, err
		case more:
			heap.Fix(&m.heads, 0)
		default:
			heap.Pop(&m.heads)
		}
	}
	m.taken = len(m.heads) > 0
	if !m.taken {
		return false, nil
	}
	*r = m.heads[0].Record
	return true, nil
}

// heads is a heap, the earliest record first.
type heads []*head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return h[i].before(&h[j].Record) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(*head)) }
func (h *heads) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
