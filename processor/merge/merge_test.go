package merge

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

const sec = schemas.Time(time.Second / time.Microsecond)

// base is the T0 of the tests.
const base = schemas.Time(1_800_000_000_000_000)

func sources(n int) []Source {
	s := make([]Source, n)
	for i := range s {
		s[i].Rank = SourceRank(i)
	}
	return s
}

// alone is a task that waits for no other: all are far ahead.
func alone[T any](cfg Config, at Snapshot) *Merge[T] {
	m := New[T](cfg, at)
	m.Watermark(-1, base+365*86_400*sec)
	return m
}

// started is a task of n sources without marks, read from the start.
func started(n int, grace time.Duration) *Merge[string] {
	m := alone[string](Config{Grace: grace, Sources: sources(n)}, Snapshot{})
	for l := range Log(n + 1) {
		m.Seek(l, 0)
	}
	return m
}

func item(t schemas.Time, offset int64, name string) Item[string] {
	return Item[string]{Time: t, Offset: offset, Bytes: 100, Payload: name}
}

func wantNext(t *testing.T, m *Merge[string], now schemas.Time, want string) {
	t.Helper()
	it, w := m.Next(now)
	if it == nil {
		t.Fatalf("no item (%v of log %d, origin %d), want %s", w.Why, w.Log, w.Origin, want)
	}
	if it.Payload != want {
		t.Fatalf("got %s, want %s", it.Payload, want)
	}
	m.Take()
}

func wantWait(t *testing.T, m *Merge[string], now schemas.Time, why Why, log Log) {
	t.Helper()
	it, w := m.Next(now)
	if it != nil {
		t.Fatalf("got %s, want to wait: %v", it.Payload, why)
	}
	if w.Why != why || w.Log != log {
		t.Fatalf("wait is %v of log %d, want %v of log %d", w.Why, w.Log, why, log)
	}
}

// A day's backlog of carts arrives before the first order.
func TestBacklogIsReplayedInOrder(t *testing.T) {
	const carts, orders = Log(0), Log(1)
	m := started(2, 10*time.Second)
	day := base - 86_400*sec
	m.Push(carts, item(day, 0, "cart 1"))
	m.Push(carts, item(day+7200*sec, 1, "cart 2"))

	wantWait(t, m, base, Proof, orders)
	m.Prove(orders, 2, base)
	m.Prove(m.Mailbox(), 0, base)
	wantWait(t, m, base, Data, orders)
	if c := m.Clock(base); c != 0 {
		t.Fatalf("clock is %v before anything of orders was read", c)
	}

	m.Push(orders, item(day+1800*sec, 0, "order 1"))
	m.Push(orders, item(day+9000*sec, 1, "order 2"))
	wantNext(t, m, base, "cart 1")
	if c := m.Clock(base); c != day+1800*sec {
		t.Fatalf("clock is %v, want the time of order 1", c)
	}
	wantNext(t, m, base, "order 1")
	wantNext(t, m, base, "cart 2")
	wantWait(t, m, base, Proof, carts)
	if m.Ended(day + 7200*sec) {
		t.Fatal("a wait ended at the time of the last cart read")
	}
	m.Prove(carts, 2, base)
	wantNext(t, m, base, "order 2")
	if c := m.Clock(base); c != base {
		t.Fatalf("clock is %v, want T0: all is read", c)
	}
}

func TestIdleTopicHoldsNothingBack(t *testing.T) {
	m := started(3, 10*time.Second)
	now := base
	for l := range Log(4) {
		m.Prove(l, 0, now)
	}
	for i := range int64(100) {
		now += sec / 2
		m.Push(1, item(now-sec/10, i, "e"))
		wantNext(t, m, now, "e")
		if i%2 == 1 { // a proof each second
			for l := range Log(4) {
				m.Prove(l, m.Position(l), now)
			}
			if c := m.Clock(now); c != now {
				t.Fatalf("clock is %v behind", now.Sub(c))
			}
		}
	}
}

func TestUnprovenTopicStopsClock(t *testing.T) {
	m := started(2, time.Second)
	m.Prove(0, 0, base)
	m.Prove(2, 0, base)
	m.Clock(base)
	if c := m.Clock(base); c != 0 {
		t.Fatalf("clock is %v, but log 1 was never proven", c)
	}
	got := m.Needs(nil, base)
	if len(got) != 3 { // T0 is not past base itself
		t.Fatalf("Needs(base) = %v, want all", got)
	}
	if got = m.Needs(nil, base-1); len(got) != 1 || got[0] != 1 {
		t.Fatalf("Needs = %v, want log 1", got)
	}
	m.Prove(1, 10, base+sec) // known, and not read: its records are on their way
	if got = m.Needs(nil, base-1); len(got) != 0 {
		t.Fatalf("Needs = %v, but the end of log 1 is known", got)
	}
	m.Advance(1, 10) // control records only
	if c := m.Clock(base + sec); c != base {
		t.Fatalf("clock is %v, want base", c)
	}
}

// Was only the newest end remembered, a log that is read 1.5 s late would never
// be proven by asking each second.
func TestLaggingReaderIsProven(t *testing.T) {
	m := started(1, time.Second)
	for i := range int64(20) {
		now := base + schemas.Time(i)*sec
		m.Prove(0, 10*i+10, now)
		m.Prove(1, 0, now)
		m.Advance(0, 10*i-5)
	}
	if lag := (base + 19*sec).Sub(m.Clock(base + 19*sec)); lag > 3*time.Second {
		t.Fatalf("clock is %v behind", lag)
	}
}

func TestFutureRecordDoesNotMoveClock(t *testing.T) {
	m := started(2, 10*time.Second)
	m.Prove(2, 0, base)
	append0 := base - 3600*sec
	y2100 := schemas.Time(4_102_444_800_000_000)
	m.Push(0, item(Counts(y2100, append0, base), 0, "2100"))
	m.Push(0, item(append0+sec, 1, "order"))
	m.Push(1, item(append0+2*sec, 0, "cart"))
	wantNext(t, m, base, "2100")
	if c := m.Clock(base); c > append0+sec {
		t.Fatalf("clock is %v, past what was appended behind the record", c)
	}
	wantNext(t, m, base, "order")
	if got := Counts(y2100, 0, base); got != base {
		t.Fatalf("without an append time it counts as %v, want now", got)
	}
	if got := Counts(base-5, (base-5)/1000*1000, base); got != base-5 {
		t.Fatalf("a timestamp cut to milliseconds changes the time to %v", got)
	}
}

func TestLateRecordIsProcessedAndClockStays(t *testing.T) {
	m := started(2, sec2d(10))
	for l := range Log(3) {
		m.Prove(l, 0, base)
	}
	if m.Clock(base) != base {
		t.Fatal("clock is not at T0")
	}
	m.Push(0, item(base-3600*sec, 0, "late"))
	wantNext(t, m, base, "late")
	if c := m.Clock(base); c != base {
		t.Fatalf("clock moved to %v", c)
	}
}

func sec2d(n int) time.Duration { return time.Duration(n) * time.Second }

func TestEqualTimesGoByRank(t *testing.T) {
	m := started(2, 0)
	m.Push(1, item(base, 0, "second source"))
	m.Prove(2, 0, base+sec)
	m.Push(0, item(base-sec, 0, "early"))
	wantNext(t, m, base+sec, "early")
	// Log 0 may still have a record of the same time, which goes first.
	m.Push(0, item(base, 1, "first source"))
	wantNext(t, m, base+sec, "first source")
	wantWait(t, m, base+sec, Proof, 0)
	m.Prove(0, 2, base+sec)
	wantNext(t, m, base+sec, "second source")
}

func TestLiveHeadNeedsNoProof(t *testing.T) {
	m := started(2, 10*time.Second)
	for l := range Log(3) {
		m.Prove(l, 0, base)
	}
	m.Push(0, item(base+sec, 0, "live"))
	wantNext(t, m, base+sec, "live")

	// The other log's proof is older than grace: it may be in backlog.
	m.Push(0, item(base+12*sec, 1, "ahead"))
	wantWait(t, m, base+12*sec, Proof, 1)
}

func TestTakeNeedsNext(t *testing.T) {
	m := started(1, 0)
	m.Prove(1, 0, base)
	m.Push(0, item(base-sec, 0, "a"))
	m.Next(base)
	m.Mail(0, item(base-2*sec, 0, "earlier"))
	defer func() {
		if recover() == nil {
			t.Fatal("Take took an item that Next did not return")
		}
	}()
	m.Take()
}

func TestPauseUntilHalfIsProcessed(t *testing.T) {
	m := alone[string](Config{Sources: sources(1), MaxBytes: 1000}, Snapshot{})
	m.Seek(0, 0)
	m.Seek(1, 0)
	m.Prove(1, 0, base)
	for i := range int64(11) {
		m.Push(0, item(base-100*sec+schemas.Time(i), i, "e"))
	}
	if !m.Paused(0) {
		t.Fatal("1100 bytes of 1000 are buffered and the log is not paused")
	}
	for range 5 {
		wantNext(t, m, base, "e")
	}
	if !m.Paused(0) {
		t.Fatal("resumed at 600 bytes")
	}
	wantNext(t, m, base, "e")
	if m.Paused(0) {
		t.Fatal("still paused at 500 bytes")
	}
}

// Within grace too: of a log that is behind now, nothing may be skipped.
func TestCatchingUpIsStrict(t *testing.T) {
	m := started(2, 10*time.Second)
	m.Prove(2, 0, base)
	m.Push(0, item(base-60*sec, 0, "a"))
	m.Push(1, item(base-55*sec, 0, "b"))
	wantNext(t, m, base, "a")
	wantWait(t, m, base, Proof, 0)
	m.Push(0, item(base-57*sec, 1, "between"))
	wantNext(t, m, base, "between")
}
