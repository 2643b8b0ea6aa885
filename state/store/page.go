package store

import (
	"fmt"
	"strings"

	"github.com/beckon-io/beckon/state"
)

// Stored is a customer's core record as it lies in the database.
type Stored struct{ Subject, Record string }

// Settle writes to the database what a task has applied, so that pages which
// begin now list all customers there are. It may take as long as a disk does:
// not for a lane's goroutine.
func (s *Store) Settle(task TaskID) error {
	if err := s.writeBack(task); err != nil {
		return fmt.Errorf("settle task %d: %w", task, err)
	}
	return nil
}

// Page lists the customers after a subject, in order, at most n, fewer at the
// end. Records are as the database has them, which may be behind what was
// applied since Settle. Any goroutine may ask while a lane works on the task.
func (s *Store) Page(task TaskID, after string, n int) ([]Stored, error) {
	all := make([]Stored, 0, n)
	err := s.cores(task, after, func(subject, record string) (bool, error) {
		all = append(all, Stored{subject, record})
		return len(all) < n, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list customers of task %d: %w", task, err)
	}
	return all, nil
}

// Any tells whether a task has a subject that begins with prefix and is longer, among
// all that was applied. It may take as long as a disk does.
func (s *Store) Any(task TaskID, prefix string) (bool, error) {
	if err := s.Settle(task); err != nil {
		return false, err
	}
	page, err := s.Page(task, prefix, 1)
	return len(page) > 0 && strings.HasPrefix(page[0].Subject, prefix), err
}

// Members lists the members of a set whose subjects begin with prefix, which
// begins with state.MemberPrefix: those after a subject ("" for the first), in
// order, at most n, fewer at the end. They are as committed, copies to look at.
func (t *Task) Members(prefix, after string, n int) ([]*state.Customer, error) {
	var all []*state.Customer
	err := t.s.cores(t.id, max(prefix, after), func(subject, record string) (bool, error) {
		if !strings.HasPrefix(subject, prefix) {
			return false, nil
		}
		c, err := state.Load(subject, record, nil)
		all = append(all, c)
		return len(all) < n, err
	})
	if err != nil {
		return nil, fmt.Errorf("list members in task %d: %w", t.id, err)
	}
	return all, nil
}
