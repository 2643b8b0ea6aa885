package store

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// A customer whom somebody looks at stays as they were while the lane goes on, also where
// sections and decisions of theirs go.
func TestLookIsOfOneMoment(t *testing.T) {
	s, err := Open(Options{Dir: "d", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	task, err := s.Task(1)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(edit func(*state.Customer)) {
		c, err := task.Customer("ana")
		if err != nil {
			t.Fatal(err)
		}
		edit(c)
		if err := task.Done(c); err != nil {
			t.Fatal(err)
		}
		if _, err := task.Seal(nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(Update{task, task.Meta()}); err != nil {
			t.Fatal(err)
		}
	}
	commit(func(c *state.Customer) {
		for i := range 15 {
			c.EditOrders().Insert(state.Order{ID: fmt.Sprint("order-with-a-long-name-", i), At: 5})
		}
		c.AddDecision(schemas.Decision{Time: 5, Outcome: schemas.Sent})
	})
	seen, err := s.Customer(1, "ana")
	if err != nil {
		t.Fatal(err)
	}
	commit(func(c *state.Customer) { c.Erase(9) })
	if n, m := len(seen.Orders().Recent), len(seen.Decisions()); n != 15 || m != 1 || seen.Err() != nil {
		t.Errorf("%d orders, %d decisions, error %v", n, m, seen.Err())
	}
}
