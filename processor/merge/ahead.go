package merge

import "github.com/beckon-io/beckon/schemas"

// ahead is what a task has forwarded that may still lie in queues: a home lets
// go of it once every origin's mark is beyond it. After a restart it is empty,
// so queues can take one bound more then.
type ahead struct {
	ring    []forward // in the order of forwarding; length a power of two, or 0
	head, n int
	bytes   int // of all
}

type forward struct {
	at    schemas.Time
	bytes int
}

func (a *ahead) add(at schemas.Time, bytes int) {
	if a.n == len(a.ring) {
		ring := make([]forward, max(16, 2*len(a.ring)))
		for i := range a.n {
			ring[i] = a.ring[(a.head+i)&(len(a.ring)-1)]
		}
		a.ring, a.head = ring, 0
	}
	a.ring[(a.head+a.n)&(len(a.ring)-1)] = forward{at, bytes}
	a.n++
	a.bytes += bytes
}

// first is the time of what was forwarded first, 0 if there is nothing.
func (a *ahead) first() schemas.Time {
	if a.n == 0 {
		return 0
	}
	return a.ring[a.head].at
}

// passed says that the slowest mark is at t.
func (a *ahead) passed(t schemas.Time) {
	for a.n > 0 && a.ring[a.head].at < t {
		a.bytes -= a.ring[a.head].bytes
		a.head = (a.head + 1) & (len(a.ring) - 1)
		a.n--
	}
}

// tooFar is the slowest origin, if a forward at t would be ahead of it and
// enough is already; else -1.
//
// The bound is in bytes. Event time would say nothing about memory: an hour of a
// busy shop is gigabytes, and in a sparse history it lets one record go at a
// time.
func (m *Merge[T]) tooFar(t schemas.Time) int {
	slow := -1
	for o := range m.marks {
		if o != m.cfg.Self && (slow < 0 || m.marks[o].Time < m.marks[slow].Time) {
			slow = o
		}
	}
	if slow < 0 || t <= m.marks[slow].Time {
		return -1
	}
	m.sent.passed(m.marks[slow].Time)
	if m.sent.bytes < m.cfg.MaxAhead {
		return -1
	}
	return slow
}
