package schemas

import "strings"

// texts makes the strings of one event out of parts of its record. Short ones
// share a small chunk, so that an event costs one allocation instead of ten and
// a string that is kept for long holds no more than its chunk.
type texts struct {
	names *names // nil: none are remembered
	chunk strings.Builder
}

const (
	chunkBytes = 128
	shortBytes = 64 // a longer string gets memory of its own
)

// keep copies b.
func (t *texts) keep(b []byte) string {
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
