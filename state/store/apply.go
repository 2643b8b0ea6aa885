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

// Apply writes a transaction that is known to be committed: what its tasks have
// sealed, their timers and metas, in one batch. After a crash the database has
// all of it or nothing, and nothing of a later one without it.
//
// An error is ErrFailed or of the disk. The tasks are then of no use any more.
func (s *Store) Apply(updates ...Update) error {
	if err := s.Err(); err != nil {
		return err
	}
	batch := s.db.NewBatch()
	defer batch.Close()
	for _, u := range updates {
		if err := u.Task.write(batch, u.Meta); err != nil {
			return fmt.Errorf("apply to task %d: %w", u.Task.id, err)
		}
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if err := s.Err(); err != nil {
		return err
	}
	for _, u := range updates {
		u.Task.applied(u.Meta)
	}
	return nil
}

func (t *Task) write(batch *pebble.Batch, meta state.Meta) error {
	for _, r := range t.sealed {
		if err := writeRecord(batch, t.id, r.Key, r.Value); err != nil {
			return err
		}
	}
	if err := t.timers.write(batch, t.id); err != nil {
		return err
	}
	return batch.Set(metaKey(t.id), meta.Append(nil), nil)
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
