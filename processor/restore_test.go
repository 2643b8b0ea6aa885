package processor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/topics"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
)

// restoreWatch counts what a process read to restore its tasks.
type restoreWatch struct {
	Unwatched
	records chan int
}

func (r restoreWatch) Restored(_ context.Context, is Restored) { r.records <- is.Records }

// restart starts a process on a disk and tells how many records of the
// changelog its only task read.
func (w *world) restart(d *disk) (*process, int) {
	w.t.Helper()
	watch := restoreWatch{records: make(chan int, 10)}
	p := w.start(d, 1, func(c *Config) { c.Watch = watch })
	time.Sleep(20 * time.Second)
	w.wantRunning(p)
	return p, <-watch.records
}

// What a process finds on its disk is gone on from, or read anew whole where it
// is of no use. Either way nothing is sent twice and nothing is forgotten.
func TestWhatIsOnTheDisk(t *testing.T) {
	for name, c := range map[string]struct {
		away  time.Duration
		spoil func(*world, *disk)
		anew  bool
	}{
		"is sound":                           {away: time.Minute},
		"is old, and tombstones may be gone": {away: 13 * time.Hour, anew: true}, // of 24
		"is not so old":                      {away: 11 * time.Hour},
		"is nothing":                         {spoil: func(_ *world, d *disk) { d.fs = newDisk("a").fs }, anew: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
				defer w.close()
				d := newDisk("a")
				p := w.start(d, 1)
				w.event("carts", "cart.updated", "ana", full)
				w.event("carts", "cart.updated", "bob", full)
				time.Sleep(30 * time.Second)
				w.stop(p)
				w.event("orders", "order.placed", "bob", order)
				time.Sleep(c.away)
				if c.spoil != nil {
					c.spoil(w, d)
				}
				p, read := w.restart(d)
				if anew := read > 0; anew != c.anew {
					t.Errorf("read %d records of the changelog, anew is %v", read, c.anew)
				}
				time.Sleep(reminded)
				w.wantRunning(p)
				w.wantSent("ana first", "ana second")
				w.stop(p)
				w.wantRestored(d)
			})
		})
	}
}

// The changelog ends before what the offsets were committed with: nobody may go
// on as if nothing were missing.
func TestLostChangelogStops(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
		defer w.close()
		p := w.start(newDisk("a"), 1)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(30 * time.Second)
		w.stop(p)
		if err := w.cluster.DeleteTopic("shop.changelog"); err != nil {
			t.Fatal(err)
		}
		w.create("shop.changelog", 1, map[string]string{"cleanup.policy": "compact"})
		p = w.start(newDisk("a"), 1)
		if err := <-p.done; !errors.Is(err, ErrLostState) {
			t.Fatalf("the process ends with %v, want %v", err, ErrLostState)
		}
		w.wantSent()
	})
}

// Metadata from a transaction that the changelog does not know.
func TestOffsetsAheadOfTheChangelogStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
		defer w.close()
		d := newDisk("a")
		p := w.start(d, 1)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(30 * time.Second)
		w.stop(p)
		var ahead kadm.Offsets
		ahead.Add(kadm.Offset{Topic: "shop.mailbox", At: 0, LeaderEpoch: -1, Metadata: state.Metadata{Seq: 1000}.String()})
		if _, err := kadm.NewClient(w.client).CommitOffsets(context.Background(), "shop", ahead); err != nil {
			t.Fatal(err)
		}
		p = w.start(d, 1)
		if err := <-p.done; !errors.Is(err, ErrLostState) {
			t.Fatalf("the process ends with %v, want %v", err, ErrLostState)
		}
	})
}

// A restore that is cut short goes on where it stood, for as long as another copy of its
// age would.
func TestCutRestoreGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		away time.Duration
		anew bool
	}{
		"soon":     {away: 11 * time.Hour}, // of 24
		"too late": {away: 13 * time.Hour, anew: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shape{1, map[string]int32{"carts": 1}})
				defer w.close()
				const n = 20 // records of which the store writes some eight at a time
				for range n {
					w.produce(&kgo.Record{Topic: "shop.changelog", Key: state.AppendKey(nil, state.ViewsSection, "ana"), Value: make([]byte, 500<<10)})
				}
				p := w.reader(newDisk("a"))
				defer p.side.close()
				defer p.cfg.Store.Close()
				ctx, cut := context.WithCancel(t.Context())
				job := restoreJob{end: n + 1, progress: &progress{tell: func(_ int, at, _ int64) {
					if at == n {
						cut()
					}
				}}}
				if _, read, err := p.catchUp(ctx, &job, 0); !errors.Is(err, context.Canceled) {
					t.Fatalf("read %d records, %v; want a restore that is cut short", read, err)
				}
				time.Sleep(c.away)
				meta, read, err := p.catchUp(t.Context(), &restoreJob{progress: new(progress)}, 0)
				switch {
				case c.anew && !errors.Is(err, errCopy):
					t.Errorf("gone on from where it stood (%v), want %v", err, errCopy)
				case !c.anew && (err != nil || meta.Position != n || read == 0 || read > n/2):
					t.Errorf("read %d records of %d to position %d, %v; want the last few", read, n, meta.Position, err)
				}
			})
		})
	}
}

// reader is a processor that only restores.
func (w *world) reader(d *disk) *Processor {
	w.t.Helper()
	st, err := store.Open(store.Options{Dir: "state", FS: d.fs})
	if err != nil {
		w.t.Fatal(err)
	}
	side, err := newSide(w.t.Context(), w.kafka)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Processor{cfg: Config{App: "shop", Kafka: w.kafka, Store: st, Log: w.log}, names: topics.Of("shop"), side: side, tombstones: 24 * time.Hour}
}
