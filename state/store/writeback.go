package store

import (
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// recordsOf is a task's, made if there is none.
func (s *Store) recordsOf(task TaskID) *records {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.records[task]
	if p == nil {
		p = newRecords()
		s.records[task] = p
	}
	return p
}

// writeBack writes to the database what a task has pending, in one batch: after
// a crash the database has all of it or nothing.
func (s *Store) writeBack(task TaskID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	p := s.recordsOf(task)
	changes, size := p.take()
	if len(changes) == 0 {
		return nil
	}
	if err := s.writeChanges(changes, size); err != nil {
		return fmt.Errorf("write task %d: %w", task, err)
	}
	p.settled(size)
	s.taken(size)
	return nil
}

// share is a task's part of Options.Cache.
func (s *Store) share() int { return int(s.opts.Cache / max(1, s.opened.Load())) }

func (s *Store) writeChanges(changes []pair, size int) error {
	slices.SortFunc(changes, pair.compare)
	batch := s.db.NewBatchWithSize(size)
	defer batch.Close()
	for _, c := range changes {
		if err := write(batch, c.key, c.value); err != nil {
			return err
		}
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	return s.Err()
}

func write(batch *pebble.Batch, key, value []byte) error {
	if value == nil {
		op := batch.DeleteDeferred(len(key))
		copy(op.Key, key)
		return op.Finish()
	}
	op := batch.SetDeferred(len(key), len(value))
	copy(op.Key, key)
	copy(op.Value, value)
	return op.Finish()
}

// writeBackAll writes what all tasks have pending.
func (s *Store) writeBackAll() error {
	s.mu.Lock()
	tasks := make([]TaskID, 0, len(s.records))
	for task := range s.records {
		tasks = append(tasks, task)
	}
	s.mu.Unlock()
	for _, task := range tasks {
		if err := s.writeBack(task); err != nil {
			return err
		}
	}
	return nil
}

// taken counts bytes that are pending no more and lets applies go on.
func (s *Store) taken(bytes int) {
	s.mu.Lock()
	s.pendingBytes -= bytes
	s.mu.Unlock()
	s.roomy.Broadcast()
}

// added counts bytes that are pending. When they are half of Options.Cache the
// writer starts; when they are all of it the caller waits.
func (s *Store) added(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pendingBytes += bytes
	if int64(s.pendingBytes) <= s.opts.Cache/2 || s.closing {
		return
	}
	select {
	case s.full <- struct{}{}:
	default:
	}
	for int64(s.pendingBytes) > s.opts.Cache && s.err == nil && !s.closing {
		s.roomy.Wait()
	}
}

// keepWriting is the writer.
func (s *Store) keepWriting() {
	defer close(s.written)
	for range s.full {
		if err := s.writeBackAll(); err != nil {
			s.fail(err)
		}
	}
}
