package backtest

import (
	"container/heap"

	"github.com/beckon-io/beckon/schemas"
)

// timer says that a record may have to be looked at at an instant. It is a
// hint: the record itself knows, and a record whose wait moved later keeps its
// old timer until that is popped.
type timer struct {
	due schemas.Time
	rec *record
}

// timers gives the earliest timer, among equals the one of the subject that
// sorts first.
type timers struct{ h timerHeap }

// arm notes when to look at rec next and makes sure there is a timer at or
// before it; zero is never.
func (t *timers) arm(rec *record, wake schemas.Time) {
	rec.wake = wake
	if wake == 0 || (rec.armed != 0 && rec.armed <= wake) {
		return
	}
	rec.armed = wake
	heap.Push(&t.h, timer{wake, rec})
}

// due gives the earliest wait without taking it, after moving timers that were
// too early to where they belong.
func (t *timers) due() (timer, bool) {
	for len(t.h) > 0 {
		top := &t.h[0]
		wake := top.rec.wake
		switch {
		case top.rec.armed != top.due: // an earlier one was armed since, and is gone
			heap.Pop(&t.h)
		case wake == top.due:
			return *top, true
		case wake == 0:
			top.rec.armed = 0
			heap.Pop(&t.h)
		default:
			top.due, top.rec.armed = wake, wake
			heap.Fix(&t.h, 0)
		}
	}
	return timer{}, false
}

// take removes the timer that due gave.
func (t *timers) take() {
	top := heap.Pop(&t.h).(timer)
	top.rec.armed = 0
}

type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].rec.customer.Subject < h[j].rec.customer.Subject
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = timer{}
	*h = old[:len(old)-1]
	return last
}
