package store

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

func benchStore(b *testing.B) *Store {
	s, err := Open(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// populate gives n customers a record of about 500 bytes and a wait each.
func populate(b *testing.B, s *Store, n int) *Task {
	task := openTask(b, s, 1)
	for i := range n {
		c := customer(b, task, subjectOf(i))
		core := c.EditCore()
		core.Profile = state.Profile{Email: "ana.popescu@example.org", Timezone: "Europe/Bucharest", Country: "RO"}
		for h := range uint64(30) {
			core.EventIDs.Add(h * 0x9e3779b97f4a7c15)
		}
		*c.EditCart() = state.Cart{ID: "cart-1", Currency: "EUR", Items: []schemas.Item{{SKU: "sku-1"}, {SKU: "sku-2"}}, UpdatedAt: 1 << 50}
		c.EditRuns().Active = []state.Run{{Trigger: "cart-abandonment", Key: "cart-1", ID: "0123456789abcdef", Due: schemas.Time(i + 1)}}
		task.Arm(c, c.Wake())
		if i%1000 == 999 || i == n-1 {
			apply(b, task)
		}
	}
	if err := s.Flush(); err != nil {
		b.Fatal(err)
	}
	return task
}

// cpu reports the processor time of the whole process per operation: flushes
// and garbage collection too, but not what other processes do meanwhile. Call
// it after the set-up and defer what it gives.
func cpu(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

func subjectOf(i int) string { return fmt.Sprintf("customer-%08d", i) }

// BenchmarkGet loads customers that are not in the cache.
func BenchmarkGet(b *testing.B) {
	s := benchStore(b)
	populate(b, s, 100_000)
	b.ReportAllocs()
	defer cpu(b)()
	i := 0
	for b.Loop() {
		i = (i + 7919) % 100_000
		c, err := s.Customer(1, subjectOf(i))
		if err != nil || c.Core().Profile.Country != "RO" {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvent is what the store costs per cart event: a customer from the
// cache, edited, sealed and applied in transactions of 500.
func BenchmarkEvent(b *testing.B) {
	s := benchStore(b)
	task := populate(b, s, 20_000)
	var records []Record
	b.ReportAllocs()
	defer cpu(b)()
	n := 0
	for b.Loop() {
		n++
		c := customer(b, task, subjectOf(n*7919%20_000))
		c.EditCore().LastSeenAt = schemas.Time(n)
		c.EditCart().UpdatedAt = schemas.Time(n)
		c.EditRuns().Active[0].Due = schemas.Time(1_000_000 + n)
		task.Arm(c, c.Wake())
		if n%500 == 0 {
			records, _ = task.Seal(records[:0])
			if err := s.Apply(Update{task, task.Meta()}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkFire pops waits, in transactions of 500, of 1,000,000 that wait.
func BenchmarkFire(b *testing.B) {
	s := benchStore(b)
	task := openTask(b, s, 1)
	next := schemas.Time(0)
	add := func(n int) {
		batch := s.db.NewBatch()
		for range n {
			next++
			if err := batch.Set(appendTimerKey(nil, 1, timer{next, subjectOf(int(next))}), nil, nil); err != nil {
				b.Fatal(err)
			}
		}
		if err := batch.Commit(pebble.NoSync); err != nil {
			b.Fatal(err)
		}
	}
	for range 10 {
		add(100_000)
	}
	b.ReportAllocs()
	defer cpu(b)()
	n := 0
	for b.Loop() {
		if n++; n%100_000 == 0 {
			b.StopTimer()
			add(100_000)
			b.StartTimer()
		}
		first, ok, err := task.timers.peek(task.readTimers)
		if err != nil || !ok || first.due != schemas.Time(n) {
			b.Fatal(first, ok, err)
		}
		task.timers.pop(first)
		if n%500 == 0 {
			if err := s.Apply(Update{task, task.Meta()}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkNextDue asks for the next timer where 200,000 have just fired.
func BenchmarkNextDue(b *testing.B) {
	s := benchStore(b)
	task := populate(b, s, 300_000)
	for fired := range 200_000 {
		first, _, err := task.timers.peek(task.readTimers)
		if err != nil {
			b.Fatal(err)
		}
		task.timers.pop(first)
		if fired%1000 == 999 {
			if err := s.Apply(Update{task, task.Meta()}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("running", func(b *testing.B) {
		for b.Loop() {
			if due, ok, err := task.NextDue(); !ok || err != nil || due.At != 200_001 {
				b.Fatal(due, ok, err)
			}
		}
	})
	b.Run("after a start", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			ts := newTimers()
			if first, ok, err := ts.peek(task.readTimers); !ok || err != nil || first.due != 200_001 {
				b.Fatal(first, ok, err)
			}
		}
	})
}
