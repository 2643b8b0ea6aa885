package merge

import "github.com/beckon-io/beckon/schemas"

// Clock is how far event time has come: no record that is still to be processed
// was appended before it, but for late ones. It never moves back, not over a
// snapshot either, and is never ahead of now. Zero: not known yet.
func (m *Merge[T]) Clock(now schemas.Time) schemas.Time {
	for i := range m.logs {
		if m.logs[i].silent {
			return m.clock
		}
	}
	m.clock = max(m.clock, min(now, m.reached(m.in, &m.inLow, false, now)))
	return m.clock
}

// Ended tells whether a wait may end as of the last Clock.
func (m *Merge[T]) Ended(due schemas.Time) bool { return due.Add(m.cfg.Grace) < m.clock }

// Mark is what to send to every task as this one's mark: the progress of the
// logs it forwards from. Records that NextForward had before this call must be
// appended before it.
func (m *Merge[T]) Mark(now schemas.Time) schemas.Time {
	m.mark = max(m.mark, min(now, m.reached(m.out, &m.outLow, true, now)))
	return m.mark
}

// reached is the lowest progress of the inputs of an order; most if it has none.
func (m *Merge[T]) reached(order heads, cache *low, out bool, most schemas.Time) schemas.Time {
	at := most
	if len(order) > 0 {
		at = min(at, order[0].time)
	}
	if l := m.lowest(cache, out); l.queue >= 0 {
		at = min(at, l.time)
	}
	return at
}

// Live tells whether no input's progress is more than grace behind now.
func (m *Merge[T]) Live(now schemas.Time) bool {
	return m.reached(m.in, &m.inLow, false, now).Add(m.cfg.Grace) >= now
}

// Needs appends the logs whose ends have to be asked for before the clock can
// pass until. Logs with records that are buffered or known to be on their way
// need none.
func (m *Merge[T]) Needs(logs []Log, until schemas.Time) []Log {
	for i := range m.logs {
		p := &m.logs[i]
		if p.asked() > until || !m.waitsOn(Log(i)) || p.progress().time > until {
			continue
		}
		logs = append(logs, Log(i))
	}
	return logs
}
