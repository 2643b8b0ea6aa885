package store

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// waits gives a customer a run that cannot go on, and another one.
func waits(task *Task, c *state.Customer, stuck, other schemas.Time) {
	runs := c.EditRuns()
	runs.Active = []state.Run{{Trigger: "stuck", Due: stuck}}
	if other != 0 {
		runs.Active = append(runs.Active, state.Run{Trigger: "other", Due: other})
	}
	task.Arm(c, c.Wake())
}

// A parked customer is not found again, whatever else waits for it, until the
// index is looked through anew: in the same life of the task, and in the next.
func TestParkedCustomersComeBackWithARescan(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 1)
	waits(task, customer(t, task, "ana"), 10, 0)
	waits(task, customer(t, task, "bob"), 20, 50)
	waits(task, customer(t, task, "eva"), 30, 0)
	apply(t, task)

	pop := func(limit schemas.Time) (subject string, due schemas.Time) {
		t.Helper()
		c, due, err := task.PopDue(limit)
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			return "", 0
		}
		var other schemas.Time
		for _, r := range c.Runs().Active {
			if r.Trigger == "other" {
				other = r.Due
			}
		}
		if other != 0 && other <= due { // it goes on; the stuck one stays
			c.EditRuns().Active = c.Runs().Active[:1]
			other = 0
		}
		task.Park(c, c.Runs().Active[0].Due, other)
		return c.Subject, due
	}
	var got []Due
	look := func(limit schemas.Time) []Due {
		t.Helper()
		got = nil
		for subject, due := pop(limit); subject != ""; subject, due = pop(limit) {
			got = append(got, Due{due, subject})
		}
		return got
	}
	if want := []Due{{10, "ana"}, {20, "bob"}}; !slices.Equal(look(25), want) {
		t.Fatalf("popped %v, want %v", got, want)
	}
	task.Discard()
	if want := []Due{{10, "ana"}, {20, "bob"}}; !slices.Equal(look(25), want) {
		t.Fatalf("after an abort popped %v, want %v", got, want)
	}
	apply(t, task)
	if want := []Due{{30, "eva"}, {50, "bob"}}; !slices.Equal(look(60), want) {
		t.Fatalf("popped %v, want %v", got, want)
	}
	apply(t, task)
	if look(1000); len(got) != 0 {
		t.Fatalf("popped %v, want nothing", got)
	}
	apply(t, task)

	all := []Due{{10, "ana"}, {20, "bob"}, {30, "eva"}}
	task.Rescan()
	if look(1000); !slices.Equal(got, all) {
		t.Fatalf("after a rescan popped %v, want %v", got, all)
	}
	apply(t, task)
	task.Close()
	task = openTask(t, s, 1)
	if look(1000); !slices.Equal(got, all) {
		t.Fatalf("opened again, popped %v, want %v", got, all)
	}
	apply(t, task)
	task.Close()
	if err := s.Rebuild(1); err != nil {
		t.Fatal(err)
	}
	task = openTask(t, s, 1)
	if got := popAll(t, task, 1000); !slices.Equal(got, all) {
		t.Fatalf("after a rebuild popped %v, want %v", got, all)
	}
}

// A parked customer is found by a new wait, also where somebody's earlier one has come
// to the index since.
func TestParkedEntryHidesNoNewWait(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 1)
	waits(task, customer(t, task, "ana"), 100, 0)
	apply(t, task)
	c, due, err := task.PopDue(110)
	if err != nil || c == nil || due != 100 {
		t.Fatalf("popped %v at %d, %v; want ana at 100", c, due, err)
	}
	task.Park(c, 100, 0)
	apply(t, task)
	wait(task, customer(t, task, "bob"), 90)
	apply(t, task)
	wait(task, customer(t, task, "ana"), 200) // instead of the run that was parked
	apply(t, task)
	if got, want := popAll(t, task, 1000), []Due{{90, "bob"}, {200, "ana"}}; !slices.Equal(got, want) {
		t.Errorf("popped %v, want %v", got, want)
	}
}
