package bench

import (
	"syscall"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// BenchmarkPipeline is all that happens to an event between fetching and
// producing, on one task: decode, look up, decide, encode, apply. It is
// beckon's part of `bench events`, to work on without a broker.
func BenchmarkPipeline(b *testing.B) {
	const customers, transaction, lookAhead = 300_000, 7_500, 64
	set, problems := rule.Load([]rule.File{{Path: "cart.yaml", Data: []byte("name: cart-abandonment\nuse: cart-abandonment\nstale: off\n")}},
		rule.Options{})
	if set == nil {
		b.Fatal(problems)
	}
	e := engine.New(engine.Config{App: "shop", Set: set, Lookup: true})
	s, err := store.Open(store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	task, err := s.Task(1)
	if err != nil {
		b.Fatal(err)
	}
	defer task.Close()
	shop := NewShop(1, customers, 3_000_000, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 24*time.Hour)
	var d schemas.Decoder
	var records []store.Record
	var commit state.Commit
	var in [transaction]Event
	var size, commands, gen int
	var coming []store.Coming
	used := func() int {
		var u syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return int(u.Utime.Nano() + u.Stime.Nano())
	}
	pool := make([]schemas.Event, 4096)
	begin := used()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n%transaction == 0 {
			t0 := used()
			for i := range in {
				in[i] = shop.Next()
				in[i].Value = append([]byte(nil), in[i].Value...)
			}
			gen += used() - t0
		}
		if n%transaction%lookAhead == 0 {
			coming = coming[:0]
			for i := n % transaction; i < min(n%transaction+lookAhead, transaction); i++ {
				coming = append(coming, store.Coming{Subject: store.SubjectHash(in[i].Customer), Sections: engine.Sections(schemas.KindOf(in[i].Type))})
			}
			task.Prefetch(coming, schemas.FromTime(in[min(n%transaction+lookAhead, transaction)-1].At), engine.DueSections())
		}
		raw := in[n%transaction]
		n++
		ev := &pool[n%len(pool)]
		err := d.DecodeInto(ev, raw.Value, nil, schemas.DecodeOptions{Shared: true})
		if err != nil {
			b.Fatal(err)
		}
		for {
			due, ok, _ := task.NextDue()
			if !ok || due.At >= ev.Time {
				break
			}
			c, at, err := task.PopDue(ev.Time - 1)
			if err != nil {
				b.Fatal(err)
			}
			if c == nil {
				continue
			}
			eff := e.Fire(c, at, engine.Env{Wall: ev.Time})
			task.Arm(c, eff.Wake)
			commands += len(eff.Commands)
			if err := task.Done(c); err != nil {
				b.Fatal(err)
			}
		}
		c, err := task.Customer(engine.RecordOf(ev))
		if err != nil {
			b.Fatal(err)
		}
		eff := e.Apply(c, ev, engine.Env{Wall: ev.Time})
		task.Arm(c, eff.Wake)
		commands += len(eff.Commands)
		if err := task.Done(c); err != nil {
			b.Fatal(err)
		}
		if n%transaction == 0 {
			if records, err = task.Seal(records[:0]); err != nil {
				b.Fatal(err)
			}
			for _, r := range records {
				size += len(r.Key) + len(r.Value)
			}
			commit.Seq++
			if err := s.Apply(store.Update{Task: task, Meta: state.Meta{Commit: commit}}); err != nil {
				b.Fatal(err)
			}
		}
	}
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	b.Logf("user %v sys %v minflt %d maxrss %d MB", time.Duration(ru.Utime.Nano()), time.Duration(ru.Stime.Nano()), ru.Minflt, ru.Maxrss>>10)
	b.ReportMetric(float64(used()-begin-gen)/float64(n), "cpu-ns/op")
	b.ReportMetric(float64(size)/float64(n), "changelog-B/op")
	b.ReportMetric(float64(commands), "commands")
}
