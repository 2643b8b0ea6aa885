package processor

import (
	"slices"
	"testing"
	"time"

	"github.com/beckon-io/beckon/state/store"
)

// A task that has moved to another process leaves its copy, which is gone on from if it
// comes back soon; what is too old for that does not stay on the disk.
func TestCopiesOfTasksThatMovedAway(t *testing.T) {
	for name, c := range map[string]struct {
		away time.Duration
		left int // tasks on the first disk
	}{
		"lately":   {11 * time.Hour, 2}, // of 24
		"long ago": {13 * time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				a := w.start(newDisk("a"), 1)
				for _, who := range []string{"ana", "bob", "eva", "ion"} {
					w.event("carts", "cart.updated", who, full)
				}
				time.Sleep(30 * time.Second)
				w.stop(a)
				time.Sleep(c.away)
				b := w.start(newDisk("b"), 1)
				time.Sleep(30 * time.Second)
				a = w.start(a.disk, 1)
				time.Sleep(reminded)
				health, err := a.p.Health(t.Context())
				if err != nil || len(health.Tasks) != 1 {
					t.Fatalf("the first process has tasks %v (%v), want one of two", health.Tasks, err)
				}
				has := store.TaskID(health.Tasks[0].Task)
				if got, err := a.p.cfg.Store.Tasks(); err != nil || len(got) != c.left || !slices.Contains(got, has) {
					t.Errorf("copies of tasks %v (%v) are left, want %d, of task %d too", got, err, c.left, has)
				}
				w.stop(a)
				w.stop(b)
				w.wantSent("ana first", "ana second", "bob first", "bob second", "eva first", "eva second", "ion first", "ion second")
			})
		})
	}
}

// What a lane works on, or restores, is left alone whatever its age.
func TestCopyInUseIsNotDropped(t *testing.T) {
	st, err := store.Open(store.Options{Dir: "state", FS: newDisk("a").fs})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	p := &Processor{cfg: Config{Store: st}, tombstones: 24 * time.Hour}
	r, err := st.Restore(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(1, p.wall().Add(-13*time.Hour)); err != nil {
		t.Fatal(err)
	}
	release, err := p.claims.claim(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := p.dropCopies(); err != nil {
		t.Fatal(err)
	}
	if got, err := st.Tasks(); err != nil || !slices.Equal(got, []store.TaskID{3}) {
		t.Errorf("copies %v, %v; want that of task 3", got, err)
	}
}

// A client that could not leave its group in time goes on by itself, and asks what the
// process holds whenever it joins anew: also when the store is closed.
func TestClientThatOutlivesItsProcess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		a := w.start(newDisk("a"), 1)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(30 * time.Second)
		if got := a.p.held(); len(got) == 0 {
			t.Error("the process holds nothing while it runs")
		}
		w.stop(a)
		if got := a.p.held(); len(got) > 0 {
			t.Errorf("the process holds tasks %v when its store is closed", got)
		}
	})
}
