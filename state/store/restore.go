package store

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Restore takes changelog records into a task that is not open. One goroutine
// uses it. Batches are written as they fill, each with the position reached, so
// that a restore which is cut short goes on there.
type Restore struct {
	s     *Store
	task  TaskID
	meta  state.Meta
	batch *pebble.Batch
	cores map[string]string // those in the batch, by subject; empty: deleted
}

const restoreBatch = 4 << 20

// Restore begins, or goes on, from the task's Meta; after DropTask from the
// changelog's start.
func (s *Store) Restore(task TaskID) (*Restore, error) {
	if s.isOpen(task) {
		return nil, fmt.Errorf("restore task %d: it is open", task)
	}
	if err := s.writeBack(task); err != nil {
		return nil, fmt.Errorf("restore task %d: %w", task, err)
	}
	s.forget(task)
	meta, _, err := s.Meta(task)
	if err != nil {
		return nil, fmt.Errorf("restore task %d: %w", task, err)
	}
	return &Restore{s: s, task: task, meta: meta, batch: s.db.NewBatch(), cores: make(map[string]string)}, nil
}

// Meta is where the restore stands.
func (r *Restore) Meta() state.Meta { return r.meta }

// Begin notes the id of the changelog topic and the wall clock, before anything is read.
//
// A copy keeps its age until Finish: what was deleted since then is found by tombstones
// further on, which the topic keeps for a time. An empty copy is as old as its restore:
// whatever it reads was there after at, so its tombstone, if it gets one, is kept from
// a later instant on. So a restore that is cut short goes on for as long as any other
// copy would.
func (r *Restore) Begin(topic [16]byte, at schemas.Time) {
	r.meta.TopicID = topic
	if r.meta.Position == 0 {
		r.meta.AppliedAt = at
	}
}

// Add takes the record at an offset, a commit record too; value nil is a
// tombstone. An error is state.ErrCorrupt or state.ErrNewer, or of the disk.
func (r *Restore) Add(offset int64, key, value []byte) error {
	if err := r.add(key, value); err != nil {
		return fmt.Errorf("changelog of task %d, offset %d: %w", r.task, offset, err)
	}
	r.meta.Position = offset + 1
	if r.batch.Len() >= restoreBatch {
		return r.write()
	}
	return nil
}

func (r *Restore) add(key, value []byte) error {
	if state.IsCommitKey(key) {
		commit, err := state.ParseCommit(value)
		if err == nil {
			r.meta.Commit = commit
		}
		return err
	}
	section, subject, err := state.ParseKey(key)
	if err != nil {
		return err
	}
	if section.IsPatch() {
		if value, err = r.patched(subject, string(value)); err != nil || value == nil {
			return err
		}
		section, key = state.CoreSection, state.AppendKey(nil, state.CoreSection, subject)
	}
	if section == state.CoreSection {
		record := string(value)
		if value != nil {
			wake, err := state.WakeOf(record)
			if err != nil {
				return err
			}
			if err := r.arm(wake, subject); err != nil {
				return err
			}
		}
		r.cores[subject] = record
	}
	return writeRecord(r.batch, r.task, key, value)
}

// patched is what a patch makes of its core record, nil where it says nothing of what there
// is: it is of another one, or a tombstone, which says no more than the record's own.
func (r *Restore) patched(subject, patch string) ([]byte, error) {
	if patch == "" {
		return nil, nil
	}
	record, known := r.cores[subject]
	if !known {
		v, err := r.s.find(appendSectionKey(nil, r.task, state.CoreSection, subject))
		if err != nil {
			return nil, err
		}
		record = text(v)
	}
	patched, err := state.Patched(record, patch)
	if err != nil || patched == record {
		return nil, err
	}
	return []byte(patched), nil
}

// arm adds a timer. One that an earlier record of the same customer has added
// stays: it is found stale when it is popped.
func (r *Restore) arm(wake schemas.Time, subject string) error {
	if wake == 0 {
		return nil
	}
	return r.batch.Set(appendTimerKey(nil, r.task, timer{wake, subject}), nil, nil)
}

func (r *Restore) write() error {
	if err := r.s.Err(); err != nil {
		return err
	}
	if err := r.batch.Set(metaKey(r.task), r.meta.Append(nil), nil); err != nil {
		return err
	}
	if err := r.batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	r.batch.Reset()
	clear(r.cores)
	return r.s.Err()
}

// Finish writes what is left. Position is the next offset to read, which may be
// after the last record: transaction markers and compacted records take offsets
// too; at is the wall clock.
func (r *Restore) Finish(position int64, at schemas.Time) error {
	r.meta.Position = max(r.meta.Position, position)
	r.meta.AppliedAt = at
	if err := r.write(); err != nil {
		return fmt.Errorf("restore task %d: %w", r.task, err)
	}
	return r.batch.Close()
}

// Rebuild makes the timer index of a task that is not open anew, from the wakes
// in its core records.
func (s *Store) Rebuild(task TaskID) error {
	if s.isOpen(task) {
		return fmt.Errorf("rebuild timers of task %d: it is open", task)
	}
	if err := s.rebuild(task); err != nil {
		return fmt.Errorf("rebuild timers of task %d: %w", task, err)
	}
	return nil
}

func (s *Store) rebuild(task TaskID) error {
	r, err := s.Restore(task)
	if err != nil {
		return err
	}
	from, to := appendPrefix(nil, task, timerKind), appendPrefix(nil, task, timerKind+1)
	if err := r.batch.DeleteRange(from, to, nil); err != nil {
		return err
	}
	err = s.cores(task, "", func(subject, record string) (bool, error) {
		wake, err := state.WakeOf(record)
		if err == nil {
			err = r.arm(wake, subject)
		}
		if err == nil && r.batch.Len() >= restoreBatch {
			err = r.write()
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	return r.Finish(r.meta.Position, r.meta.AppliedAt)
}

// cores visits the core records whose subjects come after one, in order, until
// visit says no.
func (s *Store) cores(task TaskID, after string, visit func(subject, record string) (bool, error)) error {
	from := appendPrefix(nil, task, byte(state.CoreSection))
	prefix := len(from)
	if after != "" {
		from = append(append(from, after...), 0)
	}
	iter, err := s.db.NewIter(&pebble.IterOptions{
		LowerBound: from,
		UpperBound: appendPrefix(nil, task, byte(state.CoreSection)+1),
	})
	if err != nil {
		return err
	}
	defer iter.Close()
	for ok := iter.First(); ok; ok = iter.Next() {
		v, err := iter.ValueAndErr()
		if err != nil {
			return err
		}
		if more, err := visit(string(iter.Key()[prefix:]), string(v)); err != nil || !more {
			return err
		}
	}
	return iter.Error()
}

// Subjects lists committed subjects after one ("" for the first), in order, at
// most n: to visit all customers of a task in pages, between transactions. A
// first page makes sure that all there are at that moment will be listed.
func (s *Store) Subjects(task TaskID, after string, n int) ([]string, error) {
	if after == "" {
		if err := s.writeBack(task); err != nil {
			return nil, fmt.Errorf("list customers of task %d: %w", task, err)
		}
	}
	var all []string
	err := s.cores(task, after, func(subject, _ string) (bool, error) {
		all = append(all, subject)
		return len(all) < n, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list customers of task %d: %w", task, err)
	}
	return all, nil
}
