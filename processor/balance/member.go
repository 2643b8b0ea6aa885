package balance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Format is what members of a group have to agree on: the formats of mailbox,
// changelog and commit records.
const Format = 1

const metadataVersion = 1

// Member is what a lane tells the other members about itself.
type Member struct {
	Tasks    int    // of the app
	Instance string // of the process
	Lane     int    // 0-based, within the process
	Lanes    int    // of the process
	Admin    string // address of the process's admin API; empty: none
	// Held are the tasks whose state is on the process's disk, ascending.
	Held []int32
}

// append writes the member's UserData.
func (m *Member) append(b []byte) []byte {
	b = append(b, metadataVersion)
	for _, n := range []int{m.Tasks, m.Lane, m.Lanes} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, s := range []string{m.Instance, m.Admin} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(m.Held)))
	var last int32
	for _, t := range m.Held {
		b = binary.AppendUvarint(b, uint64(t-last))
		last = t
	}
	return b
}

var errMetadata = errors.New("member metadata is not of this version of beckon")

// parseMember reads UserData.
func parseMember(b []byte) (Member, error) {
	if len(b) == 0 || b[0] != metadataVersion {
		return Member{}, errMetadata
	}
	r := reader{b: b[1:]}
	m := Member{Tasks: int(r.uint(1 << 16)), Lane: int(r.uint(1 << 16)), Lanes: int(r.uint(1 << 16)), Instance: r.text(), Admin: r.text()}
	n := r.uint(1 << 16)
	var last uint64
	for range n {
		last += r.uint(1 << 16)
		if r.bad || last >= uint64(m.Tasks) {
			return Member{}, errMetadata
		}
		m.Held = append(m.Held, int32(last))
	}
	if r.bad {
		return Member{}, errMetadata
	}
	return m, nil
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint(most uint64) uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > most {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) text() string {
	n := r.uint(1 << 16)
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

// holds tells whether the state of a task is on the member's disk.
func (m *Member) holds(task int32) bool {
	_, found := slices.BinarySearch(m.Held, task)
	return found
}

// check tells whether a member may share the group with one of tasks tasks.
func (m *Member) check(id string, tasks int) error {
	if m.Tasks == tasks {
		return nil
	}
	return fmt.Errorf("member %s (instance %s, admin %s) runs with tasks: %d, this one with tasks: %d; the number is fixed by the mailbox topic and must be the same in every process of an app",
		id, m.Instance, m.Admin, m.Tasks, tasks)
}
