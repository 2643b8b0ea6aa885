package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestIndexIsAMap does the same to an index and a map. Hashes are cut to few
// bits, so that keys share them and crowd in a few places.
func TestIndexIsAMap(t *testing.T) {
	for _, bits := range []int{3, 9, 64} {
		rnd := rand.New(rand.NewPCG(1, uint64(bits)))
		in, ix, want := newSlabs(), index{}, map[string]ref{}
		hash := func(key []byte) uint64 { return hashOf(key) >> (64 - bits) * 0x0101010101010101 }
		for range 20_000 {
			key := fmt.Appendf(nil, "00s%d", rnd.IntN(600))
			if had, ok := want[string(key)]; ok && rnd.IntN(2) == 0 {
				if got := ix.get(hash(key), key, &in); got != had {
					t.Fatalf("%d bits: %s is at %v, want %v", bits, key, got, had)
				}
				ix.remove(hash(key), key, &in)
				delete(want, string(key))
				continue
			}
			r, _ := in.add(key, nil, 0, 1<<12)
			if had := ix.set(hash(key), key, r, &in); had != want[string(key)] {
				t.Fatalf("%d bits: %s was at %v, want %v", bits, key, had, want[string(key)])
			}
			want[string(key)] = r
		}
		if ix.len() != len(want) {
			t.Errorf("%d bits: %d keys, want %d", bits, ix.len(), len(want))
		}
		for i := range 600 {
			key := fmt.Appendf(nil, "00s%d", i)
			if got := ix.get(hash(key), key, &in); got != want[string(key)] {
				t.Errorf("%d bits: %s is at %v, want %v", bits, key, got, want[string(key)])
			}
		}
	}
}
