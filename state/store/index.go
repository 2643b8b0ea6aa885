package store

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// index finds entries by their keys. It holds hashes and numbers, no pointers:
// a map of a million strings would be walked by every collection.
type index struct {
	refs map[uint64]ref
	odd  map[string]ref // of keys whose hash another key has
}

func newIndex() index { return index{refs: make(map[uint64]ref)} }

func hashOf(key []byte) uint64 { return xxhash.Sum64(key) }

// get finds a key, the zero ref if it is not there. in is where entries lie.
func (ix *index) get(hash uint64, key []byte, in *slabs) ref {
	if r, ok := ix.refs[hash]; ok && bytes.Equal(in.entry(r).key(), key) {
		return r
	}
	if len(ix.odd) == 0 {
		return ref{}
	}
	return ix.odd[string(key)]
}

// set notes where a key's entry lies.
func (ix *index) set(hash uint64, key []byte, r ref, in *slabs) {
	if had, ok := ix.refs[hash]; !ok || bytes.Equal(in.entry(had).key(), key) {
		ix.refs[hash] = r
		return
	}
	if ix.odd == nil {
		ix.odd = make(map[string]ref)
	}
	ix.odd[string(key)] = r
}

// remove forgets a key, which must be there.
func (ix *index) remove(hash uint64, key []byte, in *slabs) {
	if had, ok := ix.refs[hash]; ok && bytes.Equal(in.entry(had).key(), key) {
		delete(ix.refs, hash)
		return
	}
	delete(ix.odd, string(key))
}

func (ix *index) len() int { return len(ix.refs) + len(ix.odd) }
