package merge

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Snapshot is where a task's inputs stand: what a transaction commits, and what
// the next Merge of the task starts from.
type Snapshot struct {
	Clock schemas.Time
	// Logs are the sources in the order of Config.Sources, then the mailbox;
	// nil: the task never ran. Whoever stores a snapshot keeps logs by topic and
	// partition: the configuration may name other sources when it is read.
	Logs []LogSnapshot
}

// LogSnapshot is where one log stands.
type LogSnapshot struct {
	// Next is the lowest offset that was not processed, for the group's offset;
	// -1 if the log's start is not known yet.
	Next int64
	// Ahead are the queues of the log that have processed more than that.
	// Queues are numbered by queueID; what is left was not taken.
	Ahead []state.Ahead
}

// queueID numbers the queues within their log; the numbers are stored, never to be changed.
// Of a source: 0 what is processed here, 1 what is forwarded. Of a mailbox: 1 + 2o what origin
// o forwarded, 2 + 2o mail of o; 0 was one queue for all, in versions that had one where there
// were no marks.
func (m *Merge[T]) queueID(i int) int {
	n := len(m.cfg.Sources)
	switch o := i - 2*n; {
	case i < n:
		return 0
	case i < 2*n:
		return 1
	case o < m.cfg.Origins:
		return 1 + 2*o
	default:
		return 2 + 2*(o-m.cfg.Origins)
	}
}

// Snapshot writes where the inputs stand into s and reuses its slices.
func (m *Merge[T]) Snapshot(s *Snapshot) {
	s.Clock = m.clock
	if len(s.Logs) != len(m.logs) {
		s.Logs = make([]LogSnapshot, len(m.logs))
	}
	for i := range m.logs {
		s.Logs[i].Next, s.Logs[i].Ahead = m.logs[i].next, s.Logs[i].Ahead[:0]
	}
	for i := range m.queues {
		if q := &m.queues[i]; q.n > 0 && i != m.here() {
			l := &s.Logs[q.log]
			l.Next = min(l.Next, q.lowest())
		}
	}
	for i := range m.queues {
		q := &m.queues[i]
		if l := &s.Logs[q.log]; q.next > l.Next {
			l.Ahead = append(l.Ahead, state.Ahead{Queue: m.queueID(i), Next: q.next, Left: q.leftOf(m.logs[q.log].next)})
		}
	}
}

// restore takes over a snapshot.
func (m *Merge[T]) restore(s Snapshot) {
	m.clock = s.Clock
	if len(s.Logs) == 0 {
		return
	}
	if len(s.Logs) != len(m.logs) {
		panic("merge: snapshot of other inputs")
	}
	for i := range m.queues {
		m.queues[i].next = s.Logs[m.queues[i].log].Next
	}
	for i, l := range s.Logs {
		m.logs[i].next = l.Next
		for _, a := range l.Ahead {
			m.restoreQueue(i, a)
		}
	}
}

func (m *Merge[T]) restoreQueue(log int, a state.Ahead) {
	for i := range m.queues {
		if m.queues[i].log == log && m.queueID(i) == a.Queue {
			m.queues[i].next, m.queues[i].left = a.Next, slices.Clone(a.Left)
			return
		}
	}
}

// Seek sets where to start reading a log whose start the snapshot did not know.
func (m *Merge[T]) Seek(log Log, offset int64) { m.logs[log].next = offset }

// Position is the offset to read next of a log; -1 if it is not known.
func (m *Merge[T]) Position(log Log) int64 { return m.logs[log].next }
