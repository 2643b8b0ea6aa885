package merge

import "github.com/beckon-io/beckon/schemas"

// Paused tells whether reading a log should pause because enough of it is
// buffered; it says so until half of that is processed. A log that a head waits
// for is read on however much of it is buffered: what lets the head go may be the
// next record, and with every reader waiting for another's queue to drain the
// whole app would stand still. MaxAhead bounds what that can take.
func (m *Merge[T]) Paused(log Log) bool {
	p := &m.logs[log]
	p.paused = Enough(p.paused, p.bytes, m.cfg.MaxBytes)
	return p.paused && !m.awaited(log)
}

// Enough tells whether reading should pause where most bytes may be held: when more
// are, and from then on until half of that is used.
func Enough(paused bool, held, most int) bool { return held > most || paused && held > most/2 }

// full tells whether so much of one instant is buffered of a source that reading it
// paused. Then a head of that instant no longer waits for what may be equal to it:
// tasks would wait for each other's marks to pass it, and none could read on. The
// mailbox is read on while anybody waits for it.
func (m *Merge[T]) full(at schemas.Time) bool {
	for i := range m.cfg.Sources {
		if p := &m.logs[i]; p.paused && p.newest <= at {
			return true
		}
	}
	return false
}

// awaited tells whether the next head of either order waits for a log, or the clock for
// what other tasks have mailed.
func (m *Merge[T]) awaited(log Log) bool {
	if log == m.Mailbox() && m.told().asked() > 0 {
		return true
	}
	if len(m.in) > 0 {
		l := m.lowest(&m.inLow, false)
		if l.queue >= 0 && l.mayPrecede(m.in[0].Point) && m.queues[l.queue].log == int(log) {
			return true
		}
	}
	if len(m.out) == 0 {
		return false
	}
	if l := m.lowest(&m.outLow, true); l.queue >= 0 && l.mayPrecede(m.out[0].Point) {
		return m.queues[l.queue].log == int(log)
	}
	return log == m.Mailbox() && m.tooFar(m.out[0].Time) >= 0
}

// Held is how many items are buffered.
func (m *Merge[T]) Held() (n int) {
	for i := range m.queues {
		n += m.queues[i].n
	}
	return n
}

// Queued is how many items of a source's log are buffered that are processed here.
func (m *Merge[T]) Queued(log Log) int { return m.queues[m.own(log)].n }

// Buffered is how many bytes of a log are buffered.
func (m *Merge[T]) Buffered(log Log) int { return m.logs[log].bytes }
