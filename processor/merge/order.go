package merge

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
)

// Point is a place in the order: a time, and a rank for what is equal. As
// progress it means that nothing before it is still to come; what is equal to it
// may be.
type Point struct {
	Time schemas.Time
	Rank uint64
}

func (p Point) before(o Point) bool {
	return p.Time < o.Time || p.Time == o.Time && p.Rank < o.Rank
}

// mayPrecede tells whether an input with progress p may still bring something
// that goes before a head at h: also what is equal may, by its id.
func (p Point) mayPrecede(h Point) bool { return !h.before(p) }

// head is the first item of a queue that has one.
type head struct {
	Point
	id    string
	queue int
}

func headOf[T any](it *Item[T], queue int) head {
	return head{Point{it.Time, it.Rank}, it.ID, queue}
}

func (h head) before(o head) bool {
	switch {
	case h.Point != o.Point:
		return h.Point.before(o.Point)
	case len(h.id) != len(o.id): // a counter goes on with one more digit
		return len(h.id) < len(o.id)
	case h.id != o.id:
		return h.id < o.id
	}
	return h.queue < o.queue
}

// heads is a binary heap of the heads of queues, the earliest first.
type heads []head

func (hs *heads) add(h head) {
	s := append(*hs, h)
	i := len(s) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.before(s[up]) {
			break
		}
		s[i] = s[up]
		i = up
	}
	s[i] = h
	*hs = s
}

// raise puts an earlier head in the place of that of its queue.
func (hs heads) raise(h head) {
	i := slices.IndexFunc(hs, func(o head) bool { return o.queue == h.queue })
	for hs[i] = h; i > 0 && h.before(hs[(i-1)/2]); i = (i - 1) / 2 {
		hs[i], hs[(i-1)/2] = hs[(i-1)/2], h
	}
}

// replace puts h in the place of the earliest.
func (hs heads) replace(h head) {
	i := 0
	for {
		down := 2*i + 1
		if down >= len(hs) {
			break
		}
		if r := down + 1; r < len(hs) && hs[r].before(hs[down]) {
			down = r
		}
		if !hs[down].before(h) {
			break
		}
		hs[i] = hs[down]
		i = down
	}
	hs[i] = h
}

// drop removes the earliest.
func (hs *heads) drop() {
	s := *hs
	last := s[len(s)-1]
	*hs = s[:len(s)-1]
	if len(*hs) > 0 {
		hs.replace(last)
	}
}
