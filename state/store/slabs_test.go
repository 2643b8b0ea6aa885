package store

import (
	"bytes"
	"testing"
)

// A slab is memory that holds anything.
func TestAnEntryIsWhatWasAdded(t *testing.T) {
	mem := bytes.Repeat([]byte{0xa5}, 1<<10)
	s := slabs{list: []slab{{mem: mem}}, first: 1}
	for _, value := range [][]byte{[]byte("value"), {}, nil} {
		_, e := s.add([]byte("key"), value, 7, len(mem))
		if prior, since := e.prior(); prior != (ref{}) || since != 0 {
			t.Errorf("it replaces %v of %d", prior, since)
		}
		if e.since() != 7 || string(e.key()) != "key" || !bytes.Equal(e.value(), value) || (e.value() == nil) != (value == nil) {
			t.Errorf("%d %q %q, want 7, key, %q", e.since(), e.key(), e.value(), value)
		}
	}
	if len(s.list) != 1 {
		t.Error("the slab was not used")
	}
}

func TestASlabHasRoom(t *testing.T) {
	for _, size := range []int{1, 100, 4 << 10, 1 << 20, 1<<20 + 1} {
		if mem := uncleared(size); len(mem) < size || cap(mem) != len(mem) {
			t.Errorf("%d bytes of %d, want %d", len(mem), cap(mem), size)
		}
	}
}
