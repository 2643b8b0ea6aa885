package merge

import (
	"reflect"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

func at(t schemas.Time) Point { return Point{Time: t} }

// forwarding is task self of tasks with one source that is keyed otherwise.
func forwarding(self, tasks int, at Snapshot) *Merge[string] {
	m := alone[string](Config{
		Grace: 10 * time.Second, Sources: []Source{{Rank: 1, Forwards: true}},
		Origins: tasks, Marks: true, Self: self, MaxAhead: 150, MaxBytes: 1000,
	}, at)
	if at.Logs == nil {
		m.Seek(0, 0)
		m.Seek(1, 0)
	}
	return m
}

func TestHomeWaitsForMarkOfEveryOrigin(t *testing.T) {
	m := forwarding(0, 3, Snapshot{})
	day := base - 86_400*sec
	m.Push(0, item(day, 0, "own"))
	if _, w := m.Next(base); w.Why != Mark || w.Origin != 1 {
		t.Fatalf("waits for %v of origin %d, want the mark of origin 1", w.Why, w.Origin)
	}
	m.Forwarded(1, item(day-sec, 0, "from 1"))
	m.Marked(2, at(day), 1) // equal: a record of origin 2 with this time may still come
	wantNext(t, m, base, "from 1")
	m.Marked(1, at(day+sec), 2)
	if _, w := m.Next(base); w.Why != Mark || w.Origin != 2 {
		t.Fatalf("waits for %v of origin %d, want the mark of origin 2", w.Why, w.Origin)
	}
	m.Marked(2, at(day+1), 3)
	if c := m.Clock(base); c != day {
		t.Fatalf("clock is %v, want the own head", c)
	}
	wantNext(t, m, base, "own")
	m.Prove(0, 1, base)
	if c := m.Clock(base); c != day+1 {
		t.Fatalf("clock is %v, want the mark of origin 2", c)
	}
}

func TestForwardsAreBounded(t *testing.T) {
	m := forwarding(0, 2, Snapshot{})
	day := base - 86_400*sec
	for i, name := range []string{"first", "second", "third", "fourth"} {
		m.Forward(0, item(day+schemas.Time(i)*sec, int64(i), name)) // of 100 bytes
	}
	forward := func(want string) {
		t.Helper()
		if it, w := m.NextForward(); it == nil || it.Payload != want {
			t.Fatalf("got %v, waits for %v; want %s", it, w.Why, want)
		}
		m.TakeForward()
	}
	full := func() {
		t.Helper()
		if _, w := m.NextForward(); w.Why != Window || w.Origin != 1 || w.Until != m.sent.first() {
			t.Fatalf("waits for %v of origin %d until %v, want origin 1 to come closer", w.Why, w.Origin, w.Until)
		}
	}
	m.Marked(1, at(day), 0)
	forward("first")
	forward("second") // however far ahead in time
	if got := m.Mark(base).Time; got != day+2*sec {
		t.Fatalf("mark is %v, want what is not forwarded yet", got)
	}
	full()
	m.Marked(1, at(day), 1) // equal: the first may still lie in a queue
	full()
	m.Marked(1, at(day+1), 2)
	forward("third")
	full()
	m.Marked(1, at(day+3*sec), 3)
	forward("fourth") // the slowest origin is not waited for
	m.Prove(0, 4, base)
	if got := m.Mark(base).Time; got != base {
		t.Fatalf("mark is %v, want T0: all is forwarded", got)
	}
}

// Mail is never waited for where there are marks, but keeps its place.
func TestMailKeepsItsPlace(t *testing.T) {
	m := forwarding(0, 2, Snapshot{})
	m.Prove(0, 2, base)
	m.Marked(1, at(base), 0)
	m.Push(0, item(base-20*sec, 0, "a"))
	m.Mail(1, item(base-15*sec, 1, "mail"))
	m.Push(0, item(base-10*sec, 1, "b"))
	wantNext(t, m, base, "a")
	wantNext(t, m, base, "mail")
	wantNext(t, m, base, "b")
}

func TestMailboxDoesNotPauseWhileHeadWaitsForIt(t *testing.T) {
	m := forwarding(0, 3, Snapshot{})
	m.Marked(1, at(base), 0)
	for i := range int64(20) {
		m.Forwarded(1, item(base-sec, i, "f"))
	}
	m.Prove(0, 0, base)
	if m.Paused(m.Mailbox()) {
		t.Fatal("paused, but what origin 2 sends next would let the task go on")
	}
	m.Forwarded(2, item(base-2*sec, 20, "f"))
	if !m.Paused(m.Mailbox()) {
		t.Fatal("not paused with 2100 bytes of 1000")
	}
}

// Nothing of a log is processed twice after a restart, nor left out, though its
// queues stood at different offsets.
func TestSnapshotOfQueuesAtDifferentOffsets(t *testing.T) {
	m := forwarding(0, 3, Snapshot{})
	feed := func(m *Merge[string]) {
		m.Push(0, item(base-51*sec, 0, "own 0"))
		m.Forward(0, item(base-49*sec, 1, "out 1"))
		m.Push(0, item(base-48*sec, 2, "own 2"))
		m.Forwarded(1, item(base-50*sec, 0, "one 0"))
		m.Mail(2, item(base-60*sec, 1, "mail 1"))
		m.Forwarded(2, item(base-47*sec, 2, "two 2"))
		m.Forwarded(1, item(base-46*sec, 3, "one 3"))
	}
	feed(m)
	m.Marked(1, at(base-48*sec), 4)
	m.Marked(2, at(base-48*sec), 5)
	if it, _ := m.NextForward(); it == nil {
		t.Fatal("out 1 is not forwarded")
	}
	m.TakeForward()
	wantNext(t, m, base, "mail 1")
	wantNext(t, m, base, "own 0")

	var s Snapshot
	m.Snapshot(&s)
	want := Snapshot{Logs: []LogSnapshot{
		{Next: 2}, // out 1 is the last processed before own 2
		{Next: 0, Ahead: []state.Ahead{{Queue: 2 + 2*2, Next: 2}}},
	}}
	for i := range s.Logs {
		if len(s.Logs[i].Ahead) == 0 {
			s.Logs[i].Ahead = nil
		}
	}
	if !reflect.DeepEqual(s, want) {
		t.Fatalf("snapshot %+v, want %+v", s, want)
	}

	m = forwarding(0, 3, s)
	feed(m)
	m.Prove(0, 3, base)
	m.Marked(1, at(base), 4)
	m.Marked(2, at(base), 5)
	for _, name := range []string{"one 0", "own 2", "two 2", "one 3"} {
		wantNext(t, m, base, name)
	}
	if it, _ := m.Next(base); it != nil {
		t.Fatalf("%s again", it.Payload)
	}
	if it, _ := m.NextForward(); it != nil {
		t.Fatalf("%s forwarded again", it.Payload)
	}
}

// What queues with marks processed stays processed when marks are switched off.
func TestSnapshotAfterMarksAreSwitchedOff(t *testing.T) {
	s := Snapshot{Logs: []LogSnapshot{{Next: 5}, {Next: 3, Ahead: []state.Ahead{{Queue: 1 + 2*1, Next: 6}, {Queue: 2 + 2*1, Next: 5}}}}}
	m := alone[string](Config{Sources: sources(1), Origins: 2}, s)
	for _, c := range []struct {
		offset   int64
		mail, ok bool
	}{{3, false, false}, {4, true, false}, {5, false, false}, {6, false, true}, {7, true, true}} {
		push := m.Forwarded
		if c.mail {
			push = m.Mail
		}
		if got := push(1, item(base, c.offset, "")); got != c.ok {
			t.Fatalf("offset %d, mail %v: buffered %v, want %v", c.offset, c.mail, got, c.ok)
		}
	}
	m.Snapshot(&s)
	if s.Logs[1].Next != 6 || len(s.Logs[1].Ahead) != 0 {
		t.Fatalf("snapshot %+v, want offset 6 and nothing ahead", s.Logs[1])
	}
}

func TestMarkWithoutForwardingSourceIsNow(t *testing.T) {
	m := alone[string](Config{Sources: sources(1), Origins: 2, Marks: true}, Snapshot{})
	if got := m.Mark(base).Time; got != base {
		t.Fatalf("mark is %v, want now", got)
	}
	if got := m.Mark(base - sec).Time; got != base {
		t.Fatalf("mark moved back to %v", got)
	}
}

// However much has come by the mailbox, what is equal to the head is waited for.
func TestFullMailboxKeepsTheOrder(t *testing.T) {
	m := forwarding(0, 3, Snapshot{})
	m.Prove(0, 0, base)
	day := base - 86_400*sec
	for i := range int64(20) { // twice as much as is buffered of a log
		m.Forwarded(1, Item[string]{Time: day + schemas.Time(i)*60*sec, ID: "b", Offset: i, Bytes: 100, Payload: "of 1"})
	}
	m.Marked(2, at(day), 20) // that may still send what is equal
	if m.Paused(m.Mailbox()) {
		t.Fatal("the mailbox is paused, which the head waits for")
	}
	if it, w := m.Next(base); it != nil || w.Why != Mark || w.Origin != 2 {
		t.Fatalf("got %v, waits for %v of origin %d; want the mark of origin 2", it, w.Why, w.Origin)
	}
	m.Forwarded(2, Item[string]{Time: day, ID: "a", Offset: 21, Bytes: 100, Payload: "of 2"})
	wantNext(t, m, base, "of 2")
}
