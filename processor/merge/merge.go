package merge

import (
	"fmt"
	"math"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Config describes a task's inputs. It is copied.
type Config struct {
	Grace time.Duration // of the policy
	// Sources are the task's own partitions, ordered as the configuration's
	// sources, partitions of one source ascending.
	Sources []Source
	Origins int  // tasks of the app; default 1
	Self    int  // this task
	Marks   bool // whether each task tells all others by marks how far it has forwarded
	// MaxAhead is how many bytes to forward that are later than the mark of the
	// slowest origin; default 64 MiB over all origins.
	MaxAhead int
	// MaxBytes is how much of one log is buffered before Paused asks to stop
	// reading it; default 16 MiB.
	MaxBytes int
}

// Source is one source partition.
type Source struct {
	Rank     uint64 // SourceRank, the same for all partitions of a source
	Forwards bool   // its records may belong elsewhere as a rule; needs Marks
}

// Counts is what an event time counts as for order and clock: never later than
// now, nor than the record's append, where that is known (0: it is not, as with
// a clock of one's own). A Kafka timestamp has no microseconds, hence the 999.
func Counts(event, appended, now schemas.Time) schemas.Time {
	if appended > 0 {
		event = min(event, appended+999)
	}
	return min(event, now)
}

// Merge is the inputs of one task. It belongs to one goroutine. After an abort
// it is thrown away and a new one made from the last committed Snapshot.
type Merge[T any] struct {
	cfg    Config
	logs   []position   // sources, mailbox
	queues []queue[T]   // see layOut
	marks  []Point      // latest of each origin
	sent   ahead        // what was forwarded beyond the lowest of them
	apart  position     // of the mailbox, beside the app's watermark; see Watermark
	near   schemas.Time // see Near

	in, out       heads
	inLow, outLow low
	clock         schemas.Time
	mark          Point // last own mark given out
	ready         bool  // Next found the head of in takeable, and nothing came since
	readyForward  bool
}

// low caches the lowest progress of empty queues of one order.
type low struct {
	Point
	queue int // -1: no queue is empty
	valid bool
}

// queuedBytes is what a task's queues of forwarded records may take.
const queuedBytes = 64 << 20

// New makes the inputs of a task as they stood at a snapshot; the zero Snapshot
// is a task that never ran. It panics if the snapshot is of other inputs.
func New[T any](cfg Config, at Snapshot) *Merge[T] {
	cfg.Origins = max(1, cfg.Origins)
	if cfg.MaxAhead <= 0 {
		cfg.MaxAhead = queuedBytes / cfg.Origins
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 16 << 20
	}
	m := &Merge[T]{near: math.MaxInt64, cfg: cfg, logs: make([]position, len(cfg.Sources)+1), marks: make([]Point, cfg.Origins)}
	for i := range m.logs {
		m.logs[i].next = -1
		if i < len(cfg.Sources) {
			m.logs[i].rank = cfg.Sources[i].Rank
		}
	}
	m.layOut()
	m.restore(at)
	return m
}

// Mailbox is the log of the mailbox partition.
func (m *Merge[T]) Mailbox() Log { return Log(len(m.cfg.Sources)) }

// Push buffers a record of a source that is processed here; its rank is the
// source's. It reports whether it did: a record that was processed before the
// snapshot is dropped.
func (m *Merge[T]) Push(log Log, it Item[T]) bool {
	it.Rank = m.logs[log].rank
	m.seen(log, it.Time)
	return m.push(m.own(log), it)
}

// Forward buffers a record of a source that forwards, for another task.
func (m *Merge[T]) Forward(log Log, it Item[T]) bool {
	if !m.cfg.Sources[log].Forwards {
		panic(fmt.Sprintf("merge: source partition %d does not forward", log))
	}
	it.Rank = m.logs[log].rank
	m.seen(log, it.Time)
	return m.push(m.outbound(log), it)
}

// Mail buffers mail that the task origin sent. It is in the order of its times: what mail
// leads to is older than what the origin had sent of its own before.
func (m *Merge[T]) Mail(origin int, it Item[T]) bool { return m.push(m.mail(origin), it) }

// Ask buffers mail that an origin sent ahead of its own order, when it read what leads to
// it. Such mail is in the order of its times, and may come once more after a restart.
func (m *Merge[T]) Ask(it Item[T]) bool { return m.push(m.asks(), it) }

// AskHere buffers the same where the asker is at hand: it need not wait for the mail, which
// comes as well. A Snapshot does not know of it, and its Bytes are not counted.
func (m *Merge[T]) AskHere(it Item[T]) {
	it.Bytes = 0
	m.insert(m.here(), it)
}

// Forwarded buffers a record that origin forwarded.
func (m *Merge[T]) Forwarded(origin int, it Item[T]) bool { return m.push(m.forwarded(origin), it) }

// Marked takes in the mark of an origin, read from the mailbox at offset.
func (m *Merge[T]) Marked(origin int, at Point, offset int64) {
	m.logs[m.Mailbox()].read(offset + 1)
	if m.marks[origin].before(at) {
		m.marks[origin] = at
		m.inLow.valid = false
	}
}

// Advance moves the position of a log past what is not pushed: control records,
// compacted offsets. Next is the offset to read next.
func (m *Merge[T]) Advance(log Log, next int64) {
	m.logs[log].read(next)
	m.stale()
}

// Prove tells the end of a log, read_uncommitted, as it was asked for at t0. The
// position need not have reached it yet.
func (m *Merge[T]) Prove(log Log, end int64, t0 schemas.Time) {
	m.logs[log].prove(end, t0)
	m.stale()
}

func (m *Merge[T]) seen(log Log, at schemas.Time) {
	p := &m.logs[log]
	p.newest = max(p.newest, at)
	m.stale()
}

func (m *Merge[T]) stale() { m.inLow.valid, m.outLow.valid = false, false }

func (m *Merge[T]) push(i int, it Item[T]) bool {
	q := &m.queues[i]
	p := &m.logs[q.log]
	p.read(it.Offset + 1)
	if q.passed(it.Offset) {
		return false
	}
	p.bytes += it.Bytes
	m.insert(i, it)
	return true
}

func (m *Merge[T]) insert(i int, it Item[T]) {
	q := &m.queues[i]
	switch first := q.push(it); {
	case q.n == 1:
		m.orderOf(i).add(headOf(&it, i))
		m.stale()
		m.ready, m.readyForward = false, false
	case first:
		m.in.raise(headOf(&it, i))
		m.ready = false
	}
}
