package store

import (
	"fmt"
	"slices"
	"strings"
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
// what a crash takes is restored from the changelog. Timers and the members of
// sets, which are looked for in the database, are not in here but there at once.
// They may run ahead of the records: a timer whose record is older is found
// stale, and a restore arms every record it brings and writes every member anew.
//
// Its lane writes, people's look-ups and the writer read: hence the lock.
type pending struct {
	mu      sync.RWMutex
	entries map[string]*entry // by the database's key
	changed []*entry          // in this generation
	now     uint64            // the generation that collects changes
	written uint64            // the last one that the database has
	bytes   int               // of all entries
	waiting int               // of those that the database does not have, when they were taken in
}

// entry is a key's latest value, nil if it was deleted. It is not touched while
// it can be seen, but for being replaced.
type entry struct {
	key   string
	value []byte
	since uint64 // the generation in which it has changed; 0: as read
}

func newPending() *pending { return &pending{entries: make(map[string]*entry), now: 1} }

// perEntry is about what an entry takes beside its key and value.
const perEntry = 128

func (e *entry) size() int { return perEntry + len(e.key) + len(e.value) }

// get is the latest value of a key, nil if it was deleted; ok is false where
// only the database knows.
func (p *pending) get(key string) (value []byte, ok bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	e := p.entries[key]
	if e == nil {
		return nil, false
	}
	return e.value, true
}

// keep notes what the database has under a key. Only the lane may call it: it
// knows that the key does not change meanwhile.
func (p *pending) keep(key string, value []byte, most int) {
	e := &entry{key: key, value: value}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries[key] = e
	p.bytes += e.size()
	p.shrink(most)
}

// shrink forgets entries that the database has, any of them, while all take more
// than most bytes; then an eighth more, so that it is not called for each.
func (p *pending) shrink(most int) {
	if p.bytes <= most {
		return
	}
	for key, e := range p.entries {
		if e.since > p.written {
			continue
		}
		delete(p.entries, key)
		if p.bytes -= e.size(); p.bytes <= most/8*7 {
			return
		}
	}
}

// add takes in what a transaction has changed and tells how many bytes more
// wait for the database.
func (p *pending) add(records []Record, task TaskID, meta []byte) (more int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.waiting
	for _, r := range records {
		if isMember(r.key) {
			p.drop(r.key)
			continue
		}
		p.put(r.key, r.Value)
	}
	p.put(string(metaKey(task)), meta)
	return p.waiting - before
}

func (p *pending) put(key string, value []byte) {
	e := p.entries[key]
	if e == nil {
		e = &entry{key: key}
		p.entries[key] = e
		p.bytes += e.size()
	}
	grown := len(value) - len(e.value)
	e.value = value
	p.bytes += grown
	if e.since == p.now {
		p.waiting += grown
		return
	}
	e.since = p.now
	p.changed = append(p.changed, e)
	p.waiting += e.size()
}

// drop forgets what was read of a key.
func (p *pending) drop(key string) {
	if e := p.entries[key]; e != nil {
		delete(p.entries, key)
		p.bytes -= e.size()
	}
}

// pair is what is to be written under a key.
type pair struct {
	key   string
	value []byte
}

// take ends a generation and lists its changes, which are bytes altogether.
func (p *pending) take() (changes []pair, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changes = make([]pair, len(p.changed))
	for i, e := range p.changed {
		changes[i] = pair{e.key, e.value}
		bytes += e.size()
	}
	clear(p.changed)
	p.changed = p.changed[:0]
	p.now++
	return changes, bytes
}

// settled says that the database has all generations but the current one.
func (p *pending) settled(bytes, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = p.now - 1
	p.waiting -= bytes
	p.shrink(most)
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

// writeBack writes to the database what a task has pending, in one batch: after
// a crash the database has all of it or nothing.
func (s *Store) writeBack(task TaskID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	p := s.pendingOf(task)
	changes, bytes := p.take()
	if len(changes) == 0 {
		return nil
	}
	if err := s.writeChanges(changes, bytes); err != nil {
		return fmt.Errorf("write task %d: %w", task, err)
	}
	p.settled(bytes, s.share())
	s.taken(bytes)
	return nil
}

// share is a task's part of Options.Cache.
func (s *Store) share() int { return int(s.opts.Cache / max(1, s.opened.Load())) }

func (s *Store) writeChanges(changes []pair, bytes int) error {
	slices.SortFunc(changes, func(a, b pair) int { return strings.Compare(a.key, b.key) })
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
