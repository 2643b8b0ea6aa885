package store

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beckon-io/beckon/state"
)

// Update is a task's part of a committed transaction. Meta is the task's new
// one: the seq, clock and inputs of the commit record, and as Position the
// offset after it in the changelog.
type Update struct {
	Task *Task
	Meta state.Meta
}

// Apply takes in a transaction that is known to be committed: what its tasks
// have sealed, their timers and metas. From here on every reader sees it. It
// reaches the disk with the next Flush, or earlier; after a crash the database
// has of each task's records and meta those of one Apply and all before it;
// members of sets may be those of a later one, which a restore then brings again.
// Apply waits while the disk is much slower than the transactions.
//
// An error is ErrFailed or of the disk. The tasks are then of no use any more.
func (s *Store) Apply(updates ...Update) error {
	if err := s.Err(); err != nil {
		return err
	}
	if err := s.writeAtOnce(updates); err != nil {
		return fmt.Errorf("apply timers and members: %w", err)
	}
	for _, u := range updates {
		s.added(u.Task.records.apply(metaKey(u.Task.id), u.Meta.Append(nil), s.share()))
	}
	if err := s.Err(); err != nil {
		return err
	}
	for _, u := range updates {
		u.Task.applied(u.Meta)
	}
	return nil
}

// writeAtOnce writes what is looked for in the database itself: the changes of
// the timer index, and members of sets.
func (s *Store) writeAtOnce(updates []Update) error {
	batch := s.db.NewBatch()
	defer batch.Close()
	for _, u := range updates {
		if err := u.Task.timers.write(batch, u.Task.id); err != nil {
			return err
		}
		if err := writeMembers(batch, u.Task); err != nil {
			return err
		}
	}
	if batch.Empty() {
		return nil
	}
	return batch.Commit(pebble.NoSync)
}

func writeMembers(batch *pebble.Batch, t *Task) (err error) {
	t.records.eachMember(func(key, value []byte) {
		if err == nil {
			err = write(batch, key, value)
		}
	})
	return err
}

// writeRecord writes a changelog record of a section to a batch.
func writeRecord(batch *pebble.Batch, task TaskID, key, value []byte) error {
	if value == nil {
		op := batch.DeleteDeferred(2 + len(key))
		putKey(op.Key, task, key)
		return op.Finish()
	}
	op := batch.SetDeferred(2+len(key), len(value))
	putKey(op.Key, task, key)
	copy(op.Value, value)
	return op.Finish()
}

func putKey(dst []byte, task TaskID, key []byte) {
	dst[0], dst[1] = byte(task>>8), byte(task)
	copy(dst[2:], key)
}
