package merge

import (
	"github.com/beckon-io/beckon/schemas"
)

// Why tells what a head waits for.
type Why uint8

// The reasons; zero is that it does not wait.
const (
	Ready  Why = iota
	Empty      // nothing is buffered
	Data       // Log has unread records that are on their way
	Proof      // Log may have unread records: ask for its end
	Mark       // Origin has not said that it is beyond the head
	Window     // Origin is too far behind to forward more
)

var whys = [...]string{"ready", "empty", "data", "proof", "mark", "window"}

func (w Why) String() string { return whys[w] }

// Wait tells why there is no next item. Until is the time that the progress of
// what is waited for has to pass.
type Wait struct {
	Why    Why
	Log    Log
	Origin int
	Until  schemas.Time
}

// Next is the item to process next, and stays so until Take or until something
// is pushed; nil with the reason if there is none. The item belongs to the
// Merge and is valid until Take.
//
// The caller ends waits up to Clock first. If a wait of the item's customer with
// due + grace < item.Time is still left then, it asks for the proofs of Needs
// and comes back later.
func (m *Merge[T]) Next(now schemas.Time) (*Item[T], Wait) {
	m.ready = false
	if len(m.in) == 0 {
		return nil, Wait{Why: Empty}
	}
	h := m.in[0]
	if l := m.lowest(&m.inLow, false); l.queue >= 0 && m.behind(l.Point, h.Point, now) {
		return nil, m.waitFor(l.queue, h.Time)
	}
	m.ready = true
	return m.queues[h.queue].first(), Wait{}
}

// behind tells whether a head at h has to wait for an input with progress p.
func (m *Merge[T]) behind(p, h Point, now schemas.Time) bool {
	if live := min(p.Time, h.Time).Add(m.cfg.Grace) >= now; live {
		p.Time = p.Time.Add(m.cfg.Grace)
		return p.before(h)
	}
	return p.before(h) || p.mayPrecede(h) && !m.full(h.Time)
}

// Take removes the item that Next returned. It panics if Next did not return one
// since the last push.
func (m *Merge[T]) Take() {
	if !m.ready {
		panic("merge: Take without an item of Next")
	}
	m.ready = false
	m.take(&m.in)
}

// NextForward is the record to forward next, in the order of the task's own
// forwarding logs. Otherwise as Next.
func (m *Merge[T]) NextForward() (*Item[T], Wait) {
	m.readyForward = false
	if len(m.out) == 0 {
		return nil, Wait{Why: Empty}
	}
	h := m.out[0]
	if l := m.lowest(&m.outLow, true); l.queue >= 0 && l.mayPrecede(h.Point) {
		return nil, m.waitFor(l.queue, h.Time)
	}
	if slow := m.tooFar(h.Time); slow >= 0 {
		return nil, Wait{Why: Window, Origin: slow, Until: m.sent.first()}
	}
	m.readyForward = true
	return m.queues[h.queue].first(), Wait{}
}

// TakeForward removes the item that NextForward returned.
func (m *Merge[T]) TakeForward() {
	if !m.readyForward {
		panic("merge: TakeForward without an item of NextForward")
	}
	m.readyForward = false
	at := m.out[0].Time
	m.sent.add(at, m.take(&m.out))
}

func (m *Merge[T]) take(order *heads) (bytes int) {
	i := (*order)[0].queue
	q := &m.queues[i]
	_, bytes = q.pop()
	m.logs[q.log].bytes -= bytes
	if q.n == 0 {
		order.drop()
		m.stale()
		return bytes
	}
	it := q.first()
	order.replace(headOf(it, i))
	return bytes
}

// waitFor tells what would let a head at t pass an empty queue.
func (m *Merge[T]) waitFor(i int, t schemas.Time) Wait {
	if o := m.originOf(i); o >= 0 {
		return Wait{Why: Mark, Origin: o, Until: t}
	}
	w := Wait{Why: Proof, Log: Log(m.queues[i].log), Until: t}
	if m.logs[w.Log].asked() > t {
		w.Why = Data
	}
	return w
}
