package merge

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// record is one record of a simulated log; payload of the items.
type record struct {
	log      Log
	offset   int64
	appended schemas.Time
	event    schemas.Time
}

// simLog is a log with control records: offsets have gaps.
type simLog struct {
	recs []record
	end  int64
	read int64 // what the reader has fetched
}

func (l *simLog) append(log Log, appended, event schemas.Time, control bool) {
	l.recs = append(l.recs, record{log, l.end, appended, event})
	l.end++
	if control {
		l.end++
	}
}

// deliver hands the next n records to a task, and with them control records.
func (l *simLog) deliver(m *Merge[record], log Log, n int, now schemas.Time) {
	i, _ := slices.BinarySearchFunc(l.recs, l.read, func(r record, o int64) int { return int(r.offset - o) })
	for ; n > 0 && i < len(l.recs); n, i = n-1, i+1 {
		r := l.recs[i]
		it := Item[record]{Time: Counts(r.event, r.appended, now), Offset: r.offset, Bytes: 1, Payload: r}
		if log == m.Mailbox() {
			m.Mail(0, it)
		} else {
			m.Push(log, it)
		}
		l.read = r.offset + 1
	}
	if i == len(l.recs) {
		l.read = l.end
		m.Advance(log, l.end)
	}
}

type answer struct {
	log Log
	end int64
	t0  schemas.Time
}

// However records arrive, the clock never passes the append of anything that is
// not processed yet, so no wait ends while an unread record was appended before
// due + grace. It is monotone and not ahead of now, and heads that are held back
// go on once there are proofs.
func TestClockIsSafe(t *testing.T) {
	check(t, func(t *rapid.T) {
		grace := time.Duration(rapid.IntRange(0, 5).Draw(t, "grace")) * time.Second
		n := rapid.IntRange(1, 4).Draw(t, "sources")
		m := alone[record](Config{Grace: grace, Sources: sources(n)}, Snapshot{})
		logs := make([]simLog, n+1)
		for l := range logs {
			m.Seek(Log(l), 0)
		}
		now, last := base, schemas.Time(0)
		var asked []answer
		taken := map[[2]int64]bool{}
		check := func() {
			c := m.Clock(now)
			if c < last || c > now {
				t.Fatalf("clock %d after %d at %d", c-base, last-base, now-base)
			}
			last = c
			for l := range logs {
				for _, r := range logs[l].recs {
					if !taken[[2]int64{int64(l), r.offset}] && r.appended+999 < c {
						t.Fatalf("clock is %d, but log %d offset %d was appended at %d", c-base, l, r.offset, r.appended-base)
					}
				}
			}
		}
		step := func(most int) {
			for range most {
				it, w := m.Next(now)
				if it == nil {
					if w.Why == Ready {
						t.Fatal("nothing, and no reason")
					}
					return
				}
				check() // what the caller does before it processes the item
				taken[[2]int64{int64(it.Payload.log), it.Payload.offset}] = true
				m.Take()
			}
		}
		log := rapid.IntRange(0, n)
		acts := map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				l := log.Draw(t, "log")
				age := schemas.Time(rapid.IntRange(-20, 100).Draw(t, "age tenths of grace")) * schemas.Time(grace.Microseconds()) / 100
				if rapid.IntRange(0, 9).Draw(t, "late") == 0 {
					age *= 30
				}
				logs[l].append(Log(l), now, now-age, rapid.Bool().Draw(t, "control"))
			},
			"pass": func(t *rapid.T) {
				now += schemas.Time(rapid.IntRange(1, 3000).Draw(t, "ms")) * 1000
			},
			"deliver": func(t *rapid.T) {
				l := log.Draw(t, "log")
				logs[l].deliver(m, Log(l), rapid.IntRange(1, 5).Draw(t, "n"), now)
			},
			"ask": func(t *rapid.T) {
				l := log.Draw(t, "log")
				asked = append(asked, answer{Log(l), logs[l].end, now})
			},
			"answer": func(*rapid.T) {
				if len(asked) > 0 {
					m.Prove(asked[0].log, asked[0].end, asked[0].t0)
					asked = asked[1:]
				}
			},
			"step":    func(t *rapid.T) { step(rapid.IntRange(1, 5).Draw(t, "n")) },
			"restart": func(t *rapid.T) { m = reopen(m, n, grace, logs) },
			"":        func(*rapid.T) { check() },
		}
		t.Repeat(acts)

		now++ // a proof at the very time of a record does not pass it
		for l := range logs {
			logs[l].deliver(m, Log(l), 1<<30, now)
			m.Prove(Log(l), logs[l].end, now)
		}
		step(1 << 30)
		if it, w := m.Next(now); it != nil || w.Why != Empty {
			t.Fatalf("everything is read and proven, but the next head waits: %v", w.Why)
		}
		check()
		if last != now {
			t.Fatalf("clock is %d behind after everything was read", now-last)
		}
	})
}

// reopen is a restart from the snapshot, with readers where it says.
func reopen(m *Merge[record], n int, grace time.Duration, logs []simLog) *Merge[record] {
	var s Snapshot
	m.Snapshot(&s)
	for l := range logs {
		logs[l].read = s.Logs[l].Next
	}
	return alone[record](Config{Grace: grace, Sources: sources(n)}, s)
}

// A backlog is processed in the order of event times, whatever arrives first,
// and through restarts.
func TestBacklogOrderIsTotal(t *testing.T) {
	check(t, func(t *rapid.T) {
		grace := time.Duration(rapid.IntRange(0, 60).Draw(t, "grace")) * time.Second
		n := rapid.IntRange(1, 4).Draw(t, "sources")
		logs := make([]simLog, n+1)
		var want []record
		for l := range logs[:n] {
			at := base - 86_400*sec
			for range rapid.IntRange(0, 20).Draw(t, "records") {
				at += schemas.Time(rapid.IntRange(0, 6).Draw(t, "gap")) * 5 * sec
				logs[l].append(Log(l), at+sec, at, rapid.Bool().Draw(t, "control"))
			}
			want = append(want, logs[l].recs...)
		}
		slices.SortStableFunc(want, func(a, b record) int { return int(a.event - b.event) })
		m := alone[record](Config{Grace: grace, Sources: sources(n)}, Snapshot{})
		for l := range logs {
			m.Seek(Log(l), 0)
		}
		var got []record
		step := func() {
			if it, _ := m.Next(base); it != nil {
				got = append(got, it.Payload)
				m.Take()
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"deliver": func(t *rapid.T) {
				l := rapid.IntRange(0, n).Draw(t, "log")
				logs[l].deliver(m, Log(l), rapid.IntRange(1, 5).Draw(t, "n"), base)
			},
			"prove": func(t *rapid.T) {
				l := rapid.IntRange(0, n).Draw(t, "log")
				m.Prove(Log(l), logs[l].end, base)
			},
			"step":    func(*rapid.T) { step(); step() },
			"restart": func(*rapid.T) { m = reopen(m, n, grace, logs) },
		})
		for l := range logs {
			logs[l].deliver(m, Log(l), 1<<30, base)
			m.Prove(Log(l), logs[l].end, base)
		}
		for range want {
			step()
		}
		if !slices.Equal(got, want) {
			t.Fatalf("processed\n%s\nwant\n%s", show(got), show(want))
		}
	})
}

func show(recs []record) string {
	var s string
	for _, r := range recs {
		s += fmt.Sprintf("%d/%d at %d; ", r.log, r.offset, (r.event-base)/sec)
	}
	return s
}

// check runs a property more often than rapid does by itself: it costs little.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	for range 20 {
		rapid.Check(t, property)
	}
}
