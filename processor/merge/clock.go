package merge

import "github.com/beckon-io/beckon/schemas"

// Clock is how far event time has come: no record that is still to be processed
// was appended before it, but for late ones. It never moves back, not over a
// snapshot either, and is never ahead of now. Zero: not known yet.
func (m *Merge[T]) Clock(now schemas.Time) schemas.Time {
	m.clock = max(m.clock, m.reached(m.in, &m.inLow, false, now).Time)
	return m.clock
}

// Ended tells whether a wait may end as of the last Clock.
func (m *Merge[T]) Ended(due schemas.Time) bool { return due.Add(m.cfg.Grace) < m.clock }

// Mark is what to send to every task as this one's mark: the progress of the
// logs it forwards from. Records that NextForward had before this call must be
// appended before it. Marks carry a rank: of many records of one instant, those
// of the first source go on everywhere.
func (m *Merge[T]) Mark(now schemas.Time) Point {
	if p := m.reached(m.out, &m.outLow, true, now); m.mark.before(p) {
		m.mark = p
	}
	return m.mark
}

// reached is the lowest progress of the inputs of an order, at most now.
func (m *Merge[T]) reached(order heads, cache *low, out bool, now schemas.Time) Point {
	at := Point{now, 0}
	if len(order) > 0 && order[0].Point.before(at) {
		at = order[0].Point
	}
	if l := m.lowest(cache, out); l.queue >= 0 && l.before(at) {
		at = l.Point
	}
	return at
}

// Clear tells that no record which is buffered keeps the clock at t or before: what is
// missing there are proofs.
func (m *Merge[T]) Clear(t schemas.Time) bool { return len(m.in) == 0 || m.in[0].Time > t }

// Needs appends the logs whose ends have to be asked for before the clock can
// pass until. Logs with records that are buffered or known to be on their way
// need none.
func (m *Merge[T]) Needs(logs []Log, until schemas.Time) []Log {
	for i := range m.logs {
		p := &m.logs[i]
		if p.asked() > until || !m.waitsOn(Log(i)) || p.progress().Time > until {
			continue
		}
		logs = append(logs, Log(i))
	}
	return logs
}
