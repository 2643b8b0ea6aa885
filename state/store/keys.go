package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// The keyspace, in its order:
//
//	task (2 bytes BE) | section 0x00-0x0b | subject               a core record or a large section
//	task (2 bytes BE) | slot 0x20-0x33    | subject               what an event has decided
//	task (2 bytes BE) | patch 0x40-0x42   | subject               never there: a patch is of the changelog
//	task (2 bytes BE) | 0x80              | due (8 bytes BE) | subject   a timer; no value
//	task (2 bytes BE) | 0xff                                      the task's state.Meta
//
// Without its task the key of a section is its changelog key. A due has its
// sign bit flipped, so that instants before 1970 sort first.
const (
	timerKind = 0x80
	metaKind  = 0xff
)

// TaskID numbers a task: the mailbox partition.
type TaskID uint16

func appendPrefix(b []byte, task TaskID, kind byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(task)), kind)
}

func appendSectionKey(b []byte, task TaskID, s state.Section, subject string) []byte {
	return append(appendPrefix(b, task, byte(s)), subject...)
}

// subjectAt is where the subject begins in the key of a section.
const subjectAt = 3

// isMember tells the core record of a set's member, which is written at once.
func isMember(key []byte) bool {
	return key[subjectAt-1] == byte(state.CoreSection) && bytes.HasPrefix(key[subjectAt:], []byte(state.MemberPrefix))
}

// text is bytes that are never touched again.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func metaKey(task TaskID) []byte { return appendPrefix(nil, task, metaKind) }

// bounds are the first key of a task's keys and the first after them.
func bounds(task TaskID) (from, to []byte) {
	return appendPrefix(nil, task, 0)[:2], after(task)
}

func after(task TaskID) []byte {
	if task == ^TaskID(0) {
		return []byte{0xff, 0xff, 0xff, 0xff} // longer than every key that is in use
	}
	return binary.BigEndian.AppendUint16(nil, uint16(task+1))
}

// timer is an entry of the timer index.
type timer struct {
	due     schemas.Time
	subject string
}

// before is the order in which timers fire.
func (t timer) before(u timer) bool {
	return t.due < u.due || t.due == u.due && t.subject < u.subject
}

const signBit = 1 << 63

func appendTimerKey(b []byte, task TaskID, t timer) []byte {
	b = appendPrefix(b, task, timerKind)
	b = binary.BigEndian.AppendUint64(b, uint64(t.due)^signBit)
	return append(b, t.subject...)
}

func parseTimerKey(key []byte) (timer, error) {
	const head = 2 + 1 + 8
	if len(key) < head || key[2] != timerKind {
		return timer{}, fmt.Errorf("timer key of %d bytes: %w", len(key), state.ErrCorrupt)
	}
	due := binary.BigEndian.Uint64(key[3:]) ^ signBit
	return timer{schemas.Time(due), string(key[head:])}, nil
}

func taskOf(key []byte) TaskID {
	if len(key) < 2 {
		return 0
	}
	return TaskID(binary.BigEndian.Uint16(key))
}
