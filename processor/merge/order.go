package merge

import "github.com/beckon-io/beckon/schemas"

// Point is a place in the order: a time, and a rank for what is equal.
type Point struct {
	Time schemas.Time
	Rank uint64
}

func (p Point) before(o Point) bool {
	return p.Time < o.Time || p.Time == o.Time && p.Rank < o.Rank
}

// head is the first item of a queue that has one.
type head struct {
	Point
	queue int
}

func (h head) before(o head) bool {
	if h.Point == o.Point {
		return h.queue < o.queue
	}
	return h.Point.before(o.Point)
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
