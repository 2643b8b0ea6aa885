package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// recordsOf is a task's, made if there is none.
func (s *Store) recordsOf(task TaskID) *records {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lockedRecordsOf(task)
}

// lockedRecordsOf is recordsOf for who holds mu.
func (s *Store) lockedRecordsOf(task TaskID) *records {
	p := s.records[task]
	if p == nil {
		p = newRecords()
		s.records[task] = p
	}
	return p
}

// share is a task's part of Options.Cache.
func (s *Store) share() int { return int(s.opts.Cache / max(1, s.opened.Load())) }

// forgetClosed drops what is in memory of tasks that are not open, unless something of
// it waits for the database: those that are open share all of Options.Cache. One that is
// opened meanwhile is noted as open together with its records, see Task.
func (s *Store) forgetClosed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for task, p := range s.records {
		if s.open[task] == nil && !p.pending() {
			delete(s.records, task)
		}
	}
}

// pending are the tasks of which something waits for the database, ascending.
func (s *Store) pending() []TaskID {
	s.mu.Lock()
	all := maps.Clone(s.records)
	s.mu.Unlock()
	maps.DeleteFunc(all, func(_ TaskID, p *records) bool { return !p.pending() })
	return slices.Sorted(maps.Keys(all))
}

// writeBackAll writes what all tasks have pending.
func (s *Store) writeBackAll() error { return s.writeBack(s.pending()...) }

// writeBack writes to the database what tasks have pending, in ascending order.
// After a crash the database has all of it or nothing. After an error the store has
// failed.
func (s *Store) writeBack(tasks ...TaskID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.Err(); err != nil { // what follows may build on what was not written
		return err
	}
	type taken struct {
		records *records
		bytes   int
	}
	var all []pair
	var from []taken
	total := 0
	for _, task := range tasks {
		p := s.recordsOf(task)
		changes, bytes := p.take()
		if len(changes) == 0 {
			continue
		}
		slices.SortFunc(changes, pair.compare)
		all = append(all, changes...)
		from = append(from, taken{p, bytes})
		total += bytes
	}
	if len(all) == 0 {
		return nil
	}
	if err := s.writeChanges(all, total); err != nil {
		s.fail(fmt.Errorf("write records: %w", err)) // what was taken is on no list any more
		return s.Err()
	}
	for _, f := range from {
		f.records.settled(f.bytes)
		s.taken(f.bytes)
	}
	return nil
}

// writeChanges writes sorted changes, which are about so many bytes.
func (s *Store) writeChanges(changes []pair, bytes int) error {
	if bytes > s.tables.few {
		return s.writeTables(changes)
	}
	batch := s.db.NewBatchWithSize(bytes)
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

// writeTables makes tables of changes and lets the database take these in as they
// are: each record is written once, not to a memtable first. Timers of the same
// transactions go to the disk before: they may run ahead of the records, not the
// other way round.
func (s *Store) writeTables(changes []pair) error {
	paths, err := s.tables.write(changes)
	if err != nil {
		return fmt.Errorf("make tables of records: %w", err)
	}
	if err := s.flushMemtable(); err != nil {
		return err
	}
	if err := s.db.Ingest(untilFailed{s}, paths); err != nil {
		return fmt.Errorf("take in tables of records: %w", err)
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

// flushMemtable writes to disk what the database has in memory, and waits for it.
func (s *Store) flushMemtable() error {
	flushed, err := s.db.AsyncFlush()
	if err != nil {
		return err
	}
	select {
	case <-flushed:
	case <-s.failed:
	}
	return s.Err()
}

// taken counts bytes that are pending no more and lets applies go on.
func (s *Store) taken(bytes int) {
	s.mu.Lock()
	s.pendingBytes -= bytes
	s.mu.Unlock()
	s.roomy.Broadcast()
}

// added counts bytes that are pending. When they are three quarters of Options.Cache the
// writer starts; when they are all of it the caller waits.
func (s *Store) added(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pendingBytes += bytes
	if int64(s.pendingBytes) <= s.opts.Cache/4*3 || s.closing {
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
		if s.writeBackAll() != nil {
			return // the store has failed
		}
	}
}
