package store

import (
	"slices"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const (
	redTea  = state.MemberPrefix + "7/red-tea/"
	redTea2 = state.MemberPrefix + "8/red-tea2/"
)

// join makes a customer a member of a set until a moment, zero for not any more.
func join(t *testing.T, task *Task, subject string, until schemas.Time) {
	t.Helper()
	*customer(t, task, subject).EditEntry() = state.Entry{Watcher: state.Watcher{Until: until}}
}

// members reads a whole set in pages of n.
func members(t *testing.T, task *Task, prefix string, n int) (all []string) {
	t.Helper()
	for after := ""; ; {
		page, err := task.Members(prefix, after, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			if c.Entry().Watcher.Until == 0 {
				t.Errorf("%q is listed without a time", c.Subject)
			}
			all, after = append(all, c.Subject[len(prefix):]), c.Subject
		}
		if len(page) < n {
			return all
		}
	}
}

func TestMembersAreListedAsCommitted(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task, other := openTask(t, s, 1), openTask(t, s, 2)
	var want []string
	for i := range 25 {
		id := "c" + strconv.Itoa(100+i)
		join(t, task, redTea+id, 10)
		want = append(want, id)
	}
	join(t, task, redTea2+"ana", 10)
	join(t, other, redTea+"bea", 10)
	customer(t, task, "ana").EditCore().Tier = "gold"
	if got := members(t, task, redTea, 7); got != nil {
		t.Errorf("before the commit: %v", got)
	}
	apply(t, task)
	apply(t, other)
	for _, n := range []int{1, 7, 25, 100} {
		if got := members(t, task, redTea, n); !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v", n, got)
		}
	}
	if got := members(t, other, redTea, 7); !slices.Equal(got, []string{"bea"}) {
		t.Errorf("of another task: %v", got)
	}
	join(t, task, redTea+"c100", 0)
	join(t, task, redTea+"c101", 99)
	apply(t, task)
	if got := members(t, task, redTea, 7); !slices.Equal(got, want[1:]) {
		t.Errorf("after one has left: %v", got)
	}
	if c := customer(t, task, redTea+"c101"); c.Entry().Watcher.Until != 99 {
		t.Errorf("until %d, want 99: it was read before it changed", c.Entry().Watcher.Until)
	}
}

// Members wake when their time is over, and are no customers that wait.
func TestMembersAreDueButDoNotWait(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 1)
	join(t, task, redTea+"ana", 10)
	wait(task, customer(t, task, "bea"), 20)
	if _, err := task.Seal(nil); err != nil {
		t.Fatal(err)
	}
	if n := task.Waiting(); n != 1 {
		t.Errorf("%d wait, want 1", n)
	}
	apply(t, task)
	join(t, task, redTea+"ana", 15) // later: the entry in the index stays
	apply(t, task)
	if got := popAll(t, task, 12); len(got) != 0 {
		t.Errorf("due by 12: %v", got)
	}
	if got := popAll(t, task, 30); !slices.Equal(got, []Due{{15, redTea + "ana"}, {20, "bea"}}) {
		t.Errorf("due by 30: %v", got)
	}
}
