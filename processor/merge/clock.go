package merge

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Clock is how far event time has come: no record that is still to be processed
// was appended before it, but for late ones, and no mail that such a record leads to
// is still on its way. It never moves back, not over a snapshot either, and is never
// ahead of now. Zero: not known yet.
func (m *Merge[T]) Clock(now schemas.Time) schemas.Time {
	m.clock = max(m.clock, min(m.Processed(now), m.watermark(now)))
	return m.clock
}

// Processed is how far this task has come by itself: every record of its inputs that
// was appended before was processed, but for late ones. It may move back.
func (m *Merge[T]) Processed(now schemas.Time) schemas.Time {
	return m.reached(m.in, &m.inLow, false, now).Time
}

// Read is how far a source was read.
func (m *Merge[T]) Read(log Log) schemas.Time { return m.logs[log].progress().Time }

// Watermark tells the app's watermark: what has come to all tasks before at they have
// processed and committed, and the mail it led to is in the mailbox before end. Where at is
// 0, not known, the mailbox is to be read up to end all the same, however much is buffered.
func (m *Merge[T]) Watermark(end int64, at schemas.Time) {
	m.told().prove(end, max(at, 1))
}

// Unlearn forgets the watermark, where it was that of other tasks than are to be waited
// for now.
func (m *Merge[T]) Unlearn() { m.apart = position{} }

// Near tells the watermark of tasks that are not in the app's as it is told here, since
// what they ask is at hand at once (AskHere).
func (m *Merge[T]) Near(at schemas.Time) { m.near = at }

// told is the mailbox as far as the watermark goes: up to where it was read.
func (m *Merge[T]) told() *position {
	m.apart.read(m.logs[m.Mailbox()].next)
	return &m.apart
}

// onItsWay is what live tasks are given to do their work, to commit it and to say so, out of
// half of grace: nothing has to wait for news of the last moments. The other half is for what
// grace is for.
const onItsWay = 5 * time.Second

// watermark is the app's, as far as the mailbox was read up to where it was told.
func (m *Merge[T]) watermark(now schemas.Time) schemas.Time {
	return min(m.live(m.told().proven, now), m.live(m.near, now))
}

// live gives tasks that are no further behind now than that the time to say so.
func (m *Merge[T]) live(at, now schemas.Time) schemas.Time {
	if at >= now {
		return at
	}
	if late := at.Add(min(m.cfg.Grace/2, onItsWay)); late >= now {
		return late
	}
	return at
}

// HeldByOthers tells that it is the app's watermark that keeps the clock from moving.
func (m *Merge[T]) HeldByOthers(now schemas.Time) bool {
	return m.live(m.told().proven, now) < m.Processed(now)
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
