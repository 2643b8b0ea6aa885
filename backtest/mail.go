package backtest

import (
	"container/heap"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// post is the mail between records that is still under way: what is of the
// present is delivered at once and in order, what carries a later time (an
// emitted event) when its time has come.
type post struct {
	now   []engine.Mail
	later mailHeap
	seq   int
}

func (p *post) send(m engine.Mail, clock schemas.Time) {
	if m.At <= clock {
		p.now = append(p.now, m)
		return
	}
	p.seq++
	heap.Push(&p.later, posted{m, p.seq})
}

// next is when the earliest later mail is due for delivery.
func (p *post) next() (schemas.Time, bool) {
	if len(p.later) == 0 {
		return 0, false
	}
	return p.later[0].At, true
}

func (p *post) take() engine.Mail { return heap.Pop(&p.later).(posted).Mail }

type posted struct {
	engine.Mail
	seq int
}

type mailHeap []posted

func (h mailHeap) Len() int { return len(h) }
func (h mailHeap) Less(i, j int) bool {
	if h[i].At != h[j].At {
		return h[i].At < h[j].At
	}
	return h[i].seq < h[j].seq
}
func (h mailHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *mailHeap) Push(x any)   { *h = append(*h, x.(posted)) }
func (h *mailHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = posted{}
	*h = old[:len(old)-1]
	return last
}
