package store

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// openMem opens a store in memory.
func openMem(t testing.TB, fs vfs.FS) *Store {
	t.Helper()
	return openWith(t, Options{FS: fs})
}

// openSmall opens a store that can keep a few records in memory.
func openSmall(t testing.TB, fs vfs.FS) *Store {
	t.Helper()
	return openWith(t, Options{FS: fs, Cache: 50 << 10})
}

func openWith(t testing.TB, o Options) *Store {
	t.Helper()
	o.Dir, o.MemTable = "state", 4<<20
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openTask(t testing.TB, s *Store, id TaskID) *Task {
	t.Helper()
	task, err := s.Task(id)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// customer is task.Customer without the error.
func customer(t testing.TB, task *Task, subject string) *state.Customer {
	t.Helper()
	c, err := task.Customer(subject)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wait gives a customer one run that is due at an instant, zero for none.
func wait(task *Task, c *state.Customer, due schemas.Time) {
	runs := c.EditRuns()
	runs.Active = nil
	if due != 0 {
		runs.Active = []state.Run{{Trigger: "t", Due: due}}
	}
	task.Arm(c, due)
}

// apply commits the task's transaction.
func apply(t testing.TB, task *Task) []Record {
	t.Helper()
	records, err := task.Seal(nil)
	if err != nil {
		t.Fatal(err)
	}
	meta := task.Meta()
	meta.Seq++
	meta.Position += int64(len(records)) + 1
	if err := task.s.Apply(Update{task, meta}); err != nil {
		t.Fatal(err)
	}
	return records
}

// popAll pops everything due and gives "subject@due", ending each wait.
func popAll(t testing.TB, task *Task, limit schemas.Time) []Due {
	t.Helper()
	var all []Due
	for {
		c, due, err := task.PopDue(limit)
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			return all
		}
		all = append(all, Due{due, c.Subject})
		wait(task, c, 0)
	}
}

func TestTransactionReadsItsOwnWrites(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 3)
	customer(t, task, "ana").EditCore().Tier = "gold"
	if got := customer(t, task, "ana").Core().Tier; got != "gold" {
		t.Errorf("before commit: tier %q, want gold", got)
	}
	if c, err := s.Customer(3, "ana"); err != nil || !c.Empty() {
		t.Errorf("others see an uncommitted edit: %v, %v", c, err)
	}
	apply(t, task)
	if c, err := s.Customer(3, "ana"); err != nil || c.Core().Tier != "gold" {
		t.Errorf("after commit: %v, %v", c, err)
	}
	if got := customer(t, task, "ana").Core().Tier; got != "gold" {
		t.Errorf("from the cache: tier %q, want gold", got)
	}
}

// Commands and decisions have texts of customers who have long been done.
func TestTextsOfACustomerStay(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 1)
	var got []string
	for _, who := range []string{"ana", "bob", "eva"} {
		for range 2 {
			c := customer(t, task, who)
			c.AddView(state.View{SKU: "tea for " + who, At: 1})
			got = append(got, c.Views().Recent[0].SKU)
			if err := task.Done(c); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []string{"tea for ana", "tea for ana", "tea for bob", "tea for bob", "tea for eva", "tea for eva"}
	if !slices.Equal(got, want) {
		t.Errorf("texts are %q, want %q", got, want)
	}
}

func TestDiscardForgetsEditsAndTimers(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 0)
	c := customer(t, task, "ana")
	c.EditCore().Tier = "gold"
	wait(task, c, 100)
	apply(t, task)

	c = customer(t, task, "ana")
	c.EditCore().Tier = "lead"
	wait(task, c, 50)
	if got := popAll(t, task, 1000); !slices.Equal(got, []Due{{50, "ana"}}) {
		t.Fatalf("popped %v", got)
	}
	task.Discard()
	if got := customer(t, task, "ana").Core().Tier; got != "gold" {
		t.Errorf("after abort: tier %q, want gold", got)
	}
	if got := popAll(t, task, 1000); !slices.Equal(got, []Due{{100, "ana"}}) {
		t.Errorf("after abort popped %v, want ana at 100", got)
	}
}

// The number of customers that wait follows commits, not what was discarded,
// and outlives the task.
func TestWaitingCustomersAreCounted(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 1)
	seal := func() uint64 {
		t.Helper()
		if _, err := task.Seal(nil); err != nil {
			t.Fatal(err)
		}
		return task.Waiting()
	}
	commit := func(want uint64) {
		t.Helper()
		got := seal()
		meta := task.Meta()
		meta.Seq, meta.Waiting = meta.Seq+1, got
		if err := s.Apply(Update{task, meta}); err != nil || got != want {
			t.Fatalf("%d customers wait (%v), want %d", got, err, want)
		}
	}
	wait(task, customer(t, task, "ana"), 10)
	wait(task, customer(t, task, "bob"), 20)
	customer(t, task, "eva").EditCart().ID = "k1"
	commit(2)
	wait(task, customer(t, task, "ana"), 30) // later: no change
	wait(task, customer(t, task, "bob"), 0)
	commit(1)
	wait(task, customer(t, task, "eva"), 40)
	if got := seal(); got != 2 {
		t.Errorf("%d customers would wait, want 2", got)
	}
	task.Discard()
	task.Close()
	task = openTask(t, s, 1)
	wait(task, customer(t, task, "eva"), 50)
	commit(2)
}

func TestTaskKnowsWhoIsThere(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 4)
	knows := func(when string, want bool) {
		t.Helper()
		if got, err := task.Knows("ana"); got != want || err != nil {
			t.Errorf("%s: knows ana: %v, %v; want %v", when, got, err, want)
		}
	}
	knows("at first", false)
	c := customer(t, task, "ana")
	knows("handed out", false)
	c.EditCore().Points = 1
	knows("edited", true)
	if err := task.Done(c); err != nil {
		t.Fatal(err)
	}
	knows("done", true)
	task.Discard()
	knows("discarded", false)
	customer(t, task, "ana").EditCore().Points = 2
	apply(t, task)
	knows("applied", true)
	c = customer(t, task, "ana")
	*c.EditCore() = state.Core{}
	if err := task.Done(c); err != nil {
		t.Fatal(err)
	}
	knows("deleted", false)
}
