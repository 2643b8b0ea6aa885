package state

import (
	"fmt"

	"github.com/beckon-io/beckon/schemas"
)

// Meta is what the store keeps about a task: which transaction its data
// reflects, and up to where the changelog has been taken in.
//
// As a stored value it is a msgpack array:
//
//	0  format number, 3: that of Commit
//	1  position: the next changelog offset to read
//	2  topic id of the changelog, 16 bytes
//	3  applied at, µs since 1970, wall clock
//	4  seq, 5 clock, 6 inputs, 7 waiting: as in Commit
type Meta struct {
	Commit
	Position  int64
	TopicID   [16]byte
	AppliedAt schemas.Time // wall clock: how old the local copy is
}

// Append appends the stored value.
func (m *Meta) Append(b []byte) []byte {
	w := writer{b: b}
	w.array(8)
	w.uint(commitFormat)
	w.int(m.Position)
	w.bin(m.TopicID[:])
	w.time(m.AppliedAt)
	m.Commit.encode(&w)
	return w.b
}

// ParseMeta reads it. An error is ErrCorrupt or ErrNewer.
func ParseMeta(b []byte) (Meta, error) {
	var m Meta
	r := reader{s: string(b), left: 1}
	outer := r.open()
	r.format(commitFormat)
	m.Position = r.int()
	if id := r.raw(); len(id) == len(m.TopicID) {
		copy(m.TopicID[:], id)
	} else {
		r.fail("a topic id")
	}
	m.AppliedAt = r.time()
	m.Commit.decode(&r)
	r.close(outer)
	if err := r.end(); err != nil {
		return Meta{}, fmt.Errorf("meta record: %w", err)
	}
	return m, nil
}
