package schemas

import (
	"strings"
	"unsafe"
)

// texts makes the strings of one event out of parts of its record. Short ones
// share a small chunk, so that an event costs one allocation instead of ten and
// a string that is kept for long holds no more than its chunk.
type texts struct {
	names  *names // nil: none are remembered
	shared []byte // what strings may be parts of, see DecodeOptions
	chunk  strings.Builder
}

const (
	chunkBytes = 128
	shortBytes = 64 // a longer string gets memory of its own
)

// keep copies b, unless it is a part of what may be shared.
func (t *texts) keep(b []byte) string {
	if partOf(b, t.shared) {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	if len(b) > shortBytes {
		return string(b)
	}
	if t.chunk.Cap()-t.chunk.Len() < len(b) {
		t.chunk.Reset() // strings made so far keep the old chunk
		t.chunk.Grow(chunkBytes)
	}
	n := t.chunk.Len()
	t.chunk.Write(b)
	return t.chunk.String()[n:]
}

// partOf tells whether b lies in the memory of whole.
func partOf(b, whole []byte) bool {
	from, in := uintptr(unsafe.Pointer(unsafe.SliceData(whole))), uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return len(b) > 0 && from <= in && in < from+uintptr(len(whole))
}

// name is keep for what repeats from event to event.
func (t *texts) name(b []byte) string {
	if t.names == nil || len(b) > shortBytes {
		return t.keep(b)
	}
	return t.names.of(b)
}

// names remembers one string per slot; a collision only costs an allocation.
// Hostile names can push good ones out, never make it grow.
type names [512]string

func (n *names) of(b []byte) string {
	h := uint32(2166136261) // FNV-1a
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	slot := &n[(h^h>>16)%uint32(len(n))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
