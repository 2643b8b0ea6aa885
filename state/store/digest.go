package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
)

// Digest is the SHA-256 over all sections of a task, each as changelog key and
// value, both preceded by their length (4 bytes BE), in the order of the keys.
// Timers and meta are left out. Two stores that have taken in the same
// changelog up to the same position have equal digests, however they came by
// it; count is the number of sections.
//
// To verify a store against the changelog, restore the changelog up to the
// task's Meta.Position into an empty store in another directory and compare.
func (s *Store) Digest(task TaskID) (sum [sha256.Size]byte, count int64, err error) {
	iter, err := s.sectionIter(task)
	if err != nil {
		return sum, 0, fmt.Errorf("digest of task %d: %w", task, err)
	}
	defer iter.Close()
	h := sha256.New()
	for ok := iter.First(); ok; ok = iter.Next() {
		v, err := iter.ValueAndErr()
		if err != nil {
			return sum, 0, fmt.Errorf("digest of task %d: %w", task, err)
		}
		put(h, iter.Key()[2:])
		put(h, v)
		count++
	}
	if err := iter.Error(); err != nil {
		return sum, 0, fmt.Errorf("digest of task %d: %w", task, err)
	}
	h.Sum(sum[:0])
	return sum, count, nil
}

func put(h hash.Hash, b []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(b)))
	h.Write(n[:])
	h.Write(b)
}
