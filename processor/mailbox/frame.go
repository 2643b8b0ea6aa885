package mailbox

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// Header is the name of the header that holds the frame. It is the last one.
const Header = "beckon"

// Format is the number of the format written.
const Format = 1

const (
	kindForward = 100
	kindMark    = 101
)

const (
	flagToAll = 1 << iota
	flagEvent
	flagPayload
)

// Problem says what is wrong with a mailbox record.
type Problem string

// The problems. All mean that something else wrote into the topic, or a newer
// version of beckon.
const (
	NoFrame       Problem = "no_frame"
	UnknownFormat Problem = "unknown_format" // of a newer version
	UnknownKind   Problem = "unknown_kind"
	Truncated     Problem = "truncated"
	OutOfRange    Problem = "out_of_range" // a number that cannot be
	BadEvent      Problem = "bad_event"    // Err is the *schemas.DecodeError
)

// DecodeError is every error of Decode.
type DecodeError struct {
	Problem Problem
	Err     error
}

func (e *DecodeError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("mailbox record: %s: %v", e.Problem, e.Err)
	}
	return "mailbox record: " + string(e.Problem)
}

func (e *DecodeError) Unwrap() error { return e.Err }

// writer appends a frame or a value.
type writer []byte

func (w writer) uint(n uint64) writer       { return binary.AppendUvarint(w, n) }
func (w writer) int(n int64) writer         { return binary.AppendVarint(w, n) }
func (w writer) time(t schemas.Time) writer { return w.int(int64(t)) }
func (w writer) bytes(b []byte) writer      { return append(w.uint(uint64(len(b))), b...) }
func (w writer) text(s string) writer       { return append(w.uint(uint64(len(s))), s...) }
func begin(kind byte, origin, more int) writer {
	return append(make(writer, 0, 16+more), Format, kind).uint(uint64(origin))
}

// reader takes a frame or a value apart; after the first problem everything is
// zero.
type reader struct {
	b       []byte
	problem Problem
}

func (r *reader) fail(p Problem) {
	if r.problem == "" {
		r.problem = p
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail(Truncated)
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uint(most uint64) uint64 {
	n, size := binary.Uvarint(r.b)
	switch {
	case size <= 0:
		r.fail(Truncated)
		return 0
	case n > most:
		r.fail(OutOfRange)
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail(Truncated)
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) time() schemas.Time { return schemas.Time(r.int()) }

// bytes is a part of what is read, not a copy.
func (r *reader) bytes() []byte {
	n := r.uint(1 << 31)
	if n > uint64(len(r.b)) {
		r.fail(Truncated)
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

// seal puts a frame on a record.
func seal(r *kgo.Record, frame writer) {
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: Header, Value: frame})
}
