package state

import (
	"fmt"

	"github.com/beckon-io/beckon/schemas"
)

// The changelog is a compacted topic with one partition per task. Its keys:
//
//	section (1 byte, 0x00-0x0b) | subject     a section, or with 0x00 the core record
//	slot    (1 byte, 0x20-0x33) | subject     what an event has decided
//	patch   (1 byte, 0x40-0x42) | subject     what is new in the core record, see patch.go
//	0xff                                      the commit record of the task
//
// The value of a section is drawn at formats, of the core record at
// recordFormat; nil is a tombstone. Subjects of internal records begin with a
// NUL byte, customers' never do.
const commitKey = 0xff

// MemberPrefix begins the subjects of records that are members of a set: a set
// has one record per member and is read by what their subjects begin with.
const MemberPrefix = "\x00watch/"

// AppendKey appends the changelog key of a section.
func AppendKey(b []byte, s Section, subject string) []byte {
	return append(append(b, byte(s)), subject...)
}

// CommitKey is the key of every commit record. The caller owns the slice.
func CommitKey() []byte { return []byte{commitKey} }

// IsCommitKey tells a commit record from a section.
func IsCommitKey(key []byte) bool { return len(key) == 1 && key[0] == commitKey }

// ParseKey takes the key of a section apart. An error is ErrCorrupt, or
// ErrNewer for a section that this version does not know.
func ParseKey(key []byte) (Section, string, error) {
	if len(key) < 2 {
		return 0, "", fmt.Errorf("changelog key of %d bytes: %w", len(key), ErrCorrupt)
	}
	s := Section(key[0])
	if s >= numSections && !isSlot(s) && !s.IsPatch() {
		return 0, "", fmt.Errorf("changelog key of section %d: %w", s, ErrNewer)
	}
	return s, string(key[1:]), nil
}

// Commit is what a transaction says of a task: the last record that the
// transaction appends to the task's changelog, and again in the store.
//
// As a changelog value it is a msgpack array:
//
//	0  format number, 3
//	1  seq
//	2  clock, µs since 1970
//	3  inputs: an array of [topic, partition, offset, ahead, topic id], ahead an
//	   array of [queue, next, left (not before format 3)], left an array of
//	   numbers, for each span of offsets the distance of its first from the last before,
//	   and of its last from its first, the id (not in format 1) 16 bytes or none
//	4  waiting
type Commit struct {
	Seq    uint64       // of the task's transactions, one more each time; never 0
	Clock  schemas.Time // up to where waits have ended
	Inputs []Input      // all inputs of the task, in no particular order
	// Waiting is how many of the task's customers have a wait ahead of them: a
	// figure for operators that would else cost a scan.
	Waiting uint64
}

// Input is how far a partition was processed: Offset is the next one to read.
// Records of a partition are processed in several queues; those that are ahead
// of Offset are listed. In another topic of the same name the offset means nothing.
type Input struct {
	Topic     string
	Partition int32
	Offset    int64
	Ahead     []Ahead
	TopicID   [16]byte // zero where it is not known
}

// Ahead is a queue of an input, by the processor's numbers, that was processed
// up to Next, but for what is Left.
type Ahead struct {
	Queue int
	Next  int64
	Left  []Span // ascending
}

// Span is some offsets in a row, both ends included.
type Span struct{ First, Last int64 }

// Compare tells where a span lies seen from an offset: -1 before, 0 around it, 1 behind.
func (s Span) Compare(offset int64) int {
	switch {
	case s.Last < offset:
		return -1
	case s.First > offset:
		return 1
	}
	return 0
}

const commitFormat = 3

// Append appends the changelog value.
func (c *Commit) Append(b []byte) []byte {
	w := writer{b: b}
	w.array(5)
	w.uint(commitFormat)
	c.encode(&w)
	return w.b
}

func (c *Commit) encode(w *writer) {
	w.uint(c.Seq)
	w.time(c.Clock)
	w.array(len(c.Inputs))
	for i := range c.Inputs {
		w.array(5)
		w.str(c.Inputs[i].Topic)
		w.int(int64(c.Inputs[i].Partition))
		w.int(c.Inputs[i].Offset)
		w.array(len(c.Inputs[i].Ahead))
		for _, a := range c.Inputs[i].Ahead {
			w.array(3)
			w.int(int64(a.Queue))
			w.int(a.Next)
			w.array(2 * len(a.Left))
			before := int64(0)
			for _, s := range a.Left {
				w.int(s.First - before)
				w.int(s.Last - s.First)
				before = s.Last
			}
		}
		if id := c.Inputs[i].TopicID; id != [16]byte{} {
			w.bin(id[:])
		} else {
			w.bin(nil)
		}
	}
	w.uint(c.Waiting)
}

func (c *Commit) decode(r *reader) {
	c.Seq = r.uint()
	c.Clock = r.time()
	c.Inputs = list(r, 5, (*Input).decode)
	c.Waiting = r.uint()
}

func (in *Input) decode(r *reader) {
	in.Topic = r.str()
	p := r.int()
	if p != int64(int32(p)) {
		r.fail("a partition")
	}
	in.Partition = int32(p)
	in.Offset = r.int()
	in.Ahead = list(r, 3, (*Ahead).decode)
	switch id := r.raw(); len(id) {
	case 0:
	case len(in.TopicID):
		copy(in.TopicID[:], id)
	default:
		r.fail("a topic id")
	}
}

func (a *Ahead) decode(r *reader) {
	q := r.int()
	if q != int64(int32(q)) {
		r.fail("a queue")
	}
	a.Queue = int(q)
	a.Next = r.int()
	n, outer := r.list(1)
	for before := int64(0); n > 0; n -= 2 {
		first := before + r.int()
		before = first + r.int()
		a.Left = append(a.Left, Span{first, before})
	}
	r.close(outer)
}

// ParseCommit reads a changelog value. An error is ErrCorrupt or ErrNewer.
func ParseCommit(b []byte) (Commit, error) {
	var c Commit
	r := reader{s: string(b), left: 1}
	outer := r.open()
	r.format(commitFormat)
	c.decode(&r)
	r.close(outer)
	if err := r.end(); err != nil {
		return Commit{}, fmt.Errorf("commit record: %w", err)
	}
	return c, nil
}
