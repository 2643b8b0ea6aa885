package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"sync"

	"github.com/beckon-io/beckon/state"
)

// records is what is in memory of a task's records: what its transaction has
// changed, what was applied and the database does not have yet, and what was
// written to it or read from it lately. A customer that changes several times
// within a minute is written once, and in the order of keys, which costs
// the database a fraction of single writes.
//
// Nothing is lost that the database would have kept: it has no log either, and
// what a crash takes is restored from the changelog. Timers and the members of
// sets, which are looked for in the database, go there at once. They may run
// ahead of the records: a timer whose record is older is found stale, and a
// restore arms every record it brings and writes every member anew.
//
// Entries lie in slabs, in the order in which they came. When these take too
// much the oldest goes: what is still current in it is copied on, or forgotten
// if the database has it and it is not worth its place.
//
// An entry of the transaction under way takes its key's place in the index at
// once and knows the one that it replaces, which is what others see meanwhile. What
// can be done when it is written is done then, while the one before is in the
// processor's caches: a commit touches none of them.
//
// Only the task's lane adds and forgets, and it reads without the lock. People's
// look-ups and the writer read under it.
type records struct {
	mu    sync.Mutex
	slabs slabs
	index index

	txn     transaction
	now     uint32 // the generation that collects changes
	begin   ref    // its changes lie from here on
	written uint32 // the last one that the database has
	live    int    // bytes of applied entries
	waiting int    // of those that the database does not have, when they were applied

	touched []entry   // reused by touch
	leaving []leaving // reused by dropOldest
	sum     uint64    // of what both have read
	taken   uint64    // the same of take, which the writer calls
}

// transaction is what the one under way has written.
type transaction struct {
	begin   ref    // what it has written lies from here on
	since   uint32 // the generation in which it has begun to
	wrote   []ref  // in order; some may be dead
	members []ref  // those of them that are of sets' members
	patches []patch
	live    int // bytes that it adds to records.live
	fresh   int // bytes of its entries
	stale   int // bytes of what it replaces that the database would have had to get
}

func (t *transaction) reset(begin ref) {
	clear(t.patches)
	*t = transaction{begin: begin, wrote: t.wrote[:0], members: t.members[:0], patches: t.patches[:0]}
}

// add keeps a patch and gives its number.
func (t *transaction) add(r Record) int {
	t.patches = append(t.patches, patch{Record: r})
	return len(t.patches)
}

// patch is what the changelog gets instead of a core record.
type patch struct {
	Record
	before int // the one that comes first, as in entry.patch
}

func newRecords() *records {
	p := &records{slabs: newSlabs(), now: 1}
	p.txn.reset(p.slabs.end())
	return p
}

// open tells that an entry which the index has is of the transaction under way. What
// was read from the database meanwhile lies beside those.
func (p *records) open(r ref, e entry) bool { return !r.before(p.txn.begin) && e.since() != 0 }

// find is the lane's view of a key, the transaction's own changes included; nil
// where only the database knows.
func (p *records) find(hash uint64, key []byte) entry {
	r := p.index.get(hash, key, &p.slabs)
	if r == (ref{}) {
		return nil
	}
	return p.slabs.entry(r)
}

// look is the applied value of a key, nil if it was deleted; ok is false where
// only the database knows. Any goroutine may call it.
func (p *records) look(key []byte) (value []byte, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.index.get(hashOf(key), key, &p.slabs)
	if r == (ref{}) {
		return nil, false
	}
	e := p.slabs.entry(r)
	if p.open(r, e) {
		if r, _ = e.prior(); r == (ref{}) {
			return nil, false
		}
		e = p.slabs.entry(r)
	}
	return e.value(), true
}

// keep notes what the database has under a key, which find did not know.
func (p *records) keep(hash uint64, key, value []byte, most int) entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, e := p.slabs.add(key, value, 0, room(most))
	p.index.set(hash, key, r, &p.slabs)
	p.live += e.size()
	return e
}

// write notes what the transaction makes of a key. The caller holds mu, once for all
// that is written of a customer: a lock waits for every write to memory before it.
func (p *records) write(key, value []byte, most int) { p.writePatched(key, value, 0, most) }

// writePatched is write for a value that the transaction's n-th patch makes of the one
// before, 0: none does.
func (p *records) writePatched(key, value []byte, n, most int) {
	hash := hashOf(key)
	if len(p.txn.wrote) == 0 {
		p.txn.since = p.now
	}
	r, e := p.slabs.add(key, value, p.now, room(most))
	e.setPatch(n)
	p.replace(e, p.index.set(hash, key, r, &p.slabs))
	p.txn.live += e.size()
	p.txn.fresh += e.size()
	p.txn.wrote = append(p.txn.wrote, r)
	if isMember(key) {
		p.txn.members = append(p.txn.members, r)
	}
}

// replace lets e, which is new, replace the entry that its key had.
func (p *records) replace(e entry, had ref) {
	if had == (ref{}) {
		return
	}
	old := p.slabs.entry(had)
	since := old.since()
	p.txn.live -= old.size()
	if p.open(had, old) {
		p.txn.fresh -= old.size()
		e.setPrior(old.prior())
		if n := e.patch(); n > 0 {
			if before := old.patch(); before > 0 {
				p.txn.patches[n-1].before = before
			} else { // all of it is new
				e.setPatch(0)
			}
		}
	} else {
		if since == p.now {
			p.txn.stale += old.size()
		}
		e.setPrior(had, since)
	}
	old.setSince(dead)
}

// each calls f with what the changelog gets of the transaction. The slices may be kept.
func (p *records) each(f func(Record)) {
	p.eachOpen(p.txn.wrote, func(e entry) {
		if n := e.patch(); n > 0 {
			p.eachPatch(n, f)
			return
		}
		f(Record{e.key()[2:], e.value()})
	})
}

// eachPatch calls f with a patch and all that come before it, the first of them first.
func (p *records) eachPatch(n int, f func(Record)) {
	if n > 0 {
		p.eachPatch(p.txn.patches[n-1].before, f)
		f(p.txn.patches[n-1].Record)
	}
}

// eachMember is each for members of sets.
func (p *records) eachMember(f func(key, value []byte)) {
	p.eachOpen(p.txn.members, func(e entry) { f(e.key(), e.value()) })
}

// eachOpen calls f with those of the transaction's entries that it has not replaced
// itself.
func (p *records) eachOpen(refs []ref, f func(entry)) {
	for _, r := range refs {
		if e := p.slabs.entry(r); e.since() != dead {
			f(e)
		}
	}
}

// apply makes the transaction's changes the committed state, and tells how many
// bytes more wait for the database. Members must have been written there.
func (p *records) apply(metaKey, meta []byte, most int) (more int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(metaKey, meta, most)
	before := p.waiting
	if p.txn.since != p.now { // a generation has ended meanwhile, and taken what was replaced
		p.eachOpen(p.txn.wrote, func(e entry) { e.setSince(p.now) })
		p.txn.stale = 0
	}
	p.eachOpen(p.txn.members, func(e entry) { // the database has them
		e.setSince(0)
		p.txn.fresh -= e.size()
	})
	p.live += p.txn.live
	p.waiting += p.txn.fresh - p.txn.stale
	p.shrink(most)
	p.txn.reset(p.slabs.end())
	return p.waiting - before
}

// discard forgets what the transaction has changed.
func (p *records) discard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.eachOpen(p.txn.wrote, func(e entry) {
		key := e.key()
		if prior, since := e.prior(); prior != (ref{}) {
			p.slabs.entry(prior).setSince(since)
			p.index.set(hashOf(key), key, prior, &p.slabs)
		} else {
			p.index.remove(hashOf(key), key, &p.slabs)
		}
		e.setSince(dead)
	})
	p.txn.reset(p.slabs.end())
}

// shrink lets the oldest slabs go while all take more than most bytes. What
// waits for the database stays in any case. No transaction is under way.
func (p *records) shrink(most int) {
	for range len(p.slabs.list) - 1 {
		if p.slabs.bytes <= most || p.waiting > most/4*3 {
			return
		}
		p.dropOldest(most)
	}
}

// leaving is an entry whose slab goes, with the hash of its key.
type leaving struct {
	entry
	hash uint64
}

// dropOldest takes the oldest slab away. All of its entries are looked up in the index before
// the first is moved: these reads overlap, as in Prefetch.
func (p *records) dropOldest(most int) {
	p.leaving = p.leaving[:0]
	var looked uint64
	read := p.slabs.each(ref{slab: p.slabs.first}, ref{slab: p.slabs.first + 1}, func(e entry) {
		if e.since() != dead {
			hash := hashOf(e.key())
			looked += p.index.touch(hash)
			p.leaving = append(p.leaving, leaving{e, hash})
		}
	})
	p.sum += read + looked
	for _, e := range p.leaving {
		p.leave(e, most)
	}
	clear(p.leaving)
	p.slabs.drop()
}

// leave deals with an entry whose slab goes.
func (p *records) leave(e leaving, most int) {
	since, key := e.since(), e.key()
	if since <= p.written && !p.worth(state.Section(key[subjectAt-1]), most) {
		p.index.remove(e.hash, key, &p.slabs)
		p.live -= e.size()
		return
	}
	r, _ := p.slabs.add(key, e.value(), since, room(most))
	p.index.set(e.hash, key, r, &p.slabs)
}

// worth tells whether a record that the database has is to stay in memory. The more of
// that is current the more is copied for each byte that gets free. Core records stay
// the longest: every event asks for one.
func (p *records) worth(s state.Section, most int) bool {
	switch {
	case s.Unasked():
		return false
	case s == state.CoreSection:
		return p.live <= most/4*3
	}
	return p.live <= most/2
}

// pair is what is to be written under a key. Pairs are sorted by the millions,
// and their keys lie all over the memory: rank, the 16 bytes behind the task,
// tells nearly all of them apart.
type pair struct {
	rank       [2]uint64
	key, value []byte
}

func pairOf(e entry) pair {
	var head [16]byte
	key := e.key()
	copy(head[:], key[2:])
	return pair{[2]uint64{binary.BigEndian.Uint64(head[:]), binary.BigEndian.Uint64(head[8:])}, key, e.value()}
}

// compare is the order of keys, for pairs of one task.
func (a pair) compare(b pair) int {
	for i := range a.rank {
		if c := cmp.Compare(a.rank[i], b.rank[i]); c != 0 {
			return c
		}
	}
	return bytes.Compare(a.key, b.key)
}

// take ends a generation and lists its changes, which are bytes altogether.
func (p *records) take() (changes []pair, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	about := float64(p.index.len()) * float64(p.waiting) / float64(max(1, p.live)) // were all of a size
	changes = make([]pair, 0, int(1.1*about))
	add := func(e entry) {
		changes = append(changes, pairOf(e))
		bytes += e.size()
	}
	p.taken += p.slabs.each(p.begin, p.txn.begin, func(e entry) {
		if e.since() == p.now {
			add(e)
		}
	})
	p.eachOpen(p.txn.wrote, func(e entry) { // what it replaces still counts
		if prior, since := e.prior(); prior != (ref{}) && since == p.now {
			add(p.slabs.entry(prior))
		}
	})
	p.begin = p.txn.begin
	p.now++
	return changes, bytes
}

// settled says that the database has all generations but the current one.
func (p *records) settled(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = p.now - 1
	p.waiting -= bytes
}

// pending tells whether something waits for the database.
func (p *records) pending() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting > 0
}

// room is how large slabs are, where all of them may take most bytes.
func room(most int) int { return min(max(most/16, 4<<10), 1<<20) }
