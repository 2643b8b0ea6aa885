package store

import (
	"fmt"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// pending is what is in memory of a task's records: what was applied and the
// database does not have yet, and what was written to it or read from it
// lately. A customer that changes several times within half a minute is written
// once, and in the order of keys, which costs the database a fraction of single
// writes.
//
// Nothing is lost that the database would have kept: it has no log either, and
// what a crash takes is restored from the changelog. Timers are not in here but
// in the database at once. They may run ahead of the records: a timer whose
// record is older is found stale, and a restore arms every record it brings.
//
// Its lane writes, people's look-ups and the writer read: hence the lock.
type pending struct {
	mu    sync.RWMutex
	fresh *layer // changes
	old   *layer // changes that are being written; nil: none
	clean *layer // as in the database
}

func newPending() *pending { return &pending{fresh: newLayer(), clean: newLayer()} }

// layer is one generation of changes, by the database's key. A nil value
// deletes.
type layer struct {
	values map[string][]byte
	bytes  int
}

func newLayer() *layer { return &layer{values: make(map[string][]byte)} }

// perKey is about what an entry takes beside its key and value.
const perKey = 64

// put keeps a change and tells by how much the layer has grown.
func (l *layer) put(key string, value []byte) (grown int) {
	was, known := l.values[key]
	grown = len(value) - len(was)
	if !known {
		grown += len(key) + perKey
	}
	l.values[key] = value
	l.bytes += grown
	return grown
}

// get is the latest value of a key, nil if it was deleted; ok is false where
// only the database knows.
func (p *pending) get(key string) (value []byte, ok bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if value, ok = p.fresh.values[key]; ok {
		return value, true
	}
	if p.old != nil {
		if value, ok = p.old.values[key]; ok {
			return value, true
		}
	}
	value, ok = p.clean.values[key]
	return value, ok
}

// keep notes what the database has under a key. Only the lane may call it: it
// knows that the key does not change meanwhile.
func (p *pending) keep(key string, value []byte, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clean.bytes > most {
		p.clean = newLayer()
	}
	p.clean.put(key, value)
}

// settle makes the changes that were written clean ones, a few at a time, as
// the lane may be waiting. When there are too many, all earlier ones go: who was
// touched lately is among the new ones.
func (p *pending) settle(most int) {
	p.mu.Lock()
	if p.clean.bytes+p.old.bytes > most {
		p.clean, p.old = p.old, nil
		p.mu.Unlock()
		return
	}
	n := 0
	for key, value := range p.old.values {
		p.clean.put(key, value)
		if n++; n%1000 == 0 {
			p.mu.Unlock()
			p.mu.Lock()
		}
	}
	p.old = nil
	p.mu.Unlock()
}

func (p *pending) add(records []Record, task TaskID, meta []byte) (grown int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range records {
		grown += p.fresh.put(r.key, r.Value)
	}
	return grown + p.fresh.put(string(metaKey(task)), meta)
}

// pendingOf is a task's, made if there is none.
func (s *Store) pendingOf(task TaskID) *pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending[task]
	if p == nil {
		p = newPending()
		s.pending[task] = p
	}
	return p
}

// writeBack writes to the database what a task has pending.
func (s *Store) writeBack(task TaskID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	p := s.pendingOf(task)
	p.mu.Lock()
	if p.old == nil && len(p.fresh.values) > 0 { // an old one is left of an attempt that failed
		p.old, p.fresh = p.fresh, newLayer()
	}
	l := p.old
	p.mu.Unlock()
	if l == nil {
		return nil
	}
	if err := s.writeLayer(l); err != nil {
		return fmt.Errorf("write task %d: %w", task, err)
	}
	written := l.bytes // from here on the layer is the lane's again
	p.settle(s.share())
	s.taken(written)
	return nil
}

// share is a task's part of Options.Cache.
func (s *Store) share() int { return int(s.opts.Cache / max(1, s.opened.Load())) }

// writeLayer writes one layer in one batch: after a crash the database has all
// of it or nothing.
func (s *Store) writeLayer(l *layer) error {
	keys := make([]string, 0, len(l.values))
	for key := range l.values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	batch := s.db.NewBatchWithSize(l.bytes + 16*len(keys))
	defer batch.Close()
	for _, key := range keys {
		if err := write(batch, key, l.values[key]); err != nil {
			return err
		}
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	return s.Err()
}

func write(batch *pebble.Batch, key string, value []byte) error {
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
	tasks := make([]TaskID, 0, len(s.pending))
	for task := range s.pending {
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

// added counts bytes that are pending. Beyond Options.Pending the writer
// starts; at twice that the caller waits for it.
func (s *Store) added(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pendingBytes += bytes
	if int64(s.pendingBytes) <= s.opts.Pending || s.closing {
		return
	}
	select {
	case s.full <- struct{}{}:
	default:
	}
	for int64(s.pendingBytes) > 2*s.opts.Pending && s.err == nil && !s.closing {
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
