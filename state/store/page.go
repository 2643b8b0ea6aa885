package store

import (
	"fmt"
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
