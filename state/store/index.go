package store

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// index finds entries by their keys. It holds hashes and numbers, no pointers:
// a map of a million strings would be walked by every collection.
//
// It is a hash table with linear probing, in parts that grow one at a time. A
// look-up touches one line of memory in nearly all cases, where Go's map touches
// three, one after the other, and for most customers none of them is in the
// processor's caches. It can also be told beforehand what will be looked up. The
// zero index is empty.
type index struct {
	parts [indexParts]part
	odd   map[string]ref // of keys whose hash another key has
}

const (
	indexParts = 64
	leastSlots = 64       // of a part in use
	hugeFrom   = 16 << 10 // of a part: 256 KiB, and all parts are many small pages
)

// part is one of the tables; len(slots) is a power of two, or 0.
type part struct {
	slots []slot
	used  int
}

// slot is of one key; the zero ref means that it is free.
type slot struct {
	hash uint64
	ref  ref
}

// hashOf is the hash of a key as in keys.go. Those of a subject's sections
// follow from that of the subject.
func hashOf(key []byte) uint64 {
	return sectionHash(xxhash.Sum64(key[min(subjectAt, len(key)):]), key[subjectAt-1])
}

func sectionHash(subject uint64, kind byte) uint64 {
	// An odd constant with its bits well spread: 2^64 over the golden ratio.
	return subject + uint64(kind)*0x9e3779b97f4a7c15
}

func (ix *index) part(hash uint64) *part { return &ix.parts[hash>>58] }

// home is the slot where a hash is looked for first. The part has slots.
func (p *part) home(hash uint64) int { return int(hash) & (len(p.slots) - 1) }

func (p *part) next(i int) int { return (i + 1) & (len(p.slots) - 1) }

// at is the slot of a hash, or the free one where it would be.
func (p *part) at(hash uint64) *slot {
	i := p.home(hash)
	for p.slots[i].ref != (ref{}) && p.slots[i].hash != hash {
		i = p.next(i)
	}
	return &p.slots[i]
}

// touch reads where a hash is looked for first.
func (ix *index) touch(hash uint64) uint64 {
	p := ix.part(hash)
	if p.used == 0 {
		return 0
	}
	return p.slots[p.home(hash)].hash
}

// guess is the entry of the key that has the hash, the zero ref if there is none.
func (ix *index) guess(hash uint64) ref {
	p := ix.part(hash)
	if p.used == 0 {
		return ref{}
	}
	return p.at(hash).ref
}

// get finds a key, the zero ref if it is not there. in is where entries lie.
func (ix *index) get(hash uint64, key []byte, in *slabs) ref {
	if r := ix.guess(hash); r != (ref{}) && bytes.Equal(in.entry(r).key(), key) {
		return r
	}
	if len(ix.odd) == 0 {
		return ref{}
	}
	return ix.odd[string(key)]
}

// set notes where a key's entry lies, and gives where it lay before.
func (ix *index) set(hash uint64, key []byte, r ref, in *slabs) (had ref) {
	if len(ix.odd) > 0 {
		if had, ok := ix.odd[string(key)]; ok {
			ix.odd[string(key)] = r
			return had
		}
	}
	p := ix.part(hash)
	if p.used >= len(p.slots)/4*3 {
		p.grow()
	}
	s := p.at(hash)
	had = s.ref
	switch {
	case had == (ref{}):
		*s = slot{hash, r}
		p.used++
	case bytes.Equal(in.entry(had).key(), key):
		s.ref = r
	default:
		if ix.odd == nil {
			ix.odd = make(map[string]ref)
		}
		ix.odd[string(key)] = r
		return ref{}
	}
	return had
}

// remove forgets a key, which must be there.
func (ix *index) remove(hash uint64, key []byte, in *slabs) {
	if len(ix.odd) > 0 {
		if _, ok := ix.odd[string(key)]; ok {
			delete(ix.odd, string(key))
			return
		}
	}
	ix.part(hash).remove(hash)
}

// remove frees the slot of a hash and moves what was pushed past it back.
func (p *part) remove(hash uint64) {
	free := p.home(hash)
	for p.slots[free].hash != hash || p.slots[free].ref == (ref{}) {
		free = p.next(free)
	}
	p.used--
	for i := p.next(free); p.slots[i].ref != (ref{}); i = p.next(i) {
		mask := len(p.slots) - 1
		if from := p.home(p.slots[i].hash); (i-from)&mask >= (i-free)&mask {
			p.slots[free] = p.slots[i]
			free = i
		}
	}
	p.slots[free] = slot{}
}

func (p *part) grow() {
	old := p.slots
	p.slots = make([]slot, max(leastSlots, 2*len(old)))
	if len(p.slots) >= hugeFrom {
		preferHuge(p.slots)
	}
	for _, s := range old {
		if s.ref != (ref{}) {
			*p.at(s.hash) = s
		}
	}
}

func (ix *index) len() int {
	n := len(ix.odd)
	for i := range ix.parts {
		n += ix.parts[i].used
	}
	return n
}
