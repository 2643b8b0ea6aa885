package store

import (
	"github.com/cespare/xxhash/v2"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const (
	lineBytes     = 64 // of the processor's caches
	soonestTimers = 64 // that are looked ahead at
)

// SubjectHash is what Prefetch knows subjects by.
func SubjectHash(subject string) uint64 { return xxhash.Sum64String(subject) }

// Coming is a subject that is about to be asked for, with the sections that will be
// read or written of it beside its core record, as far as that can be told.
type Coming struct {
	Subject  uint64 // a SubjectHash
	Sections []state.Section
}

// Prefetch reads what is in memory of subjects that are coming, and of those whose
// timers are due until then, the first few of them, with the sections named for these.
// It changes nothing but the time that this takes later: customers come in no order, so
// nearly every read is one of main memory, and a processor waits for each of them
// unless it is given many at once that do not depend on each other. Best are some
// dozens of subjects: what is read has to stay in the caches.
func (t *Task) Prefetch(coming []Coming, until schemas.Time, due []state.Section) {
	near := t.near[:0]
	for _, c := range coming {
		near = appendHashes(near, c)
	}
	ts := &t.timers
	for _, tm := range ts.head[ts.next:min(len(ts.head), ts.next+soonestTimers)] {
		if tm.due > until {
			break
		}
		if !t.nearest.before(tm) {
			continue // it was here before
		}
		near = appendHashes(near, Coming{SubjectHash(tm.subject), due})
		t.nearest = tm
	}
	t.near = near
	t.records.touch(near)
}

func appendHashes(b []uint64, c Coming) []uint64 {
	b = append(b, sectionHash(c.Subject, byte(state.CoreSection)))
	for _, s := range c.Sections {
		b = append(b, sectionHash(c.Subject, byte(s)))
	}
	return b
}

// touch reads entries.
func (p *records) touch(hashes []uint64) {
	var sum uint64
	for _, h := range hashes {
		sum += p.index.touch(h)
	}
	found := p.touched[:0]
	for _, h := range hashes {
		if r := p.index.guess(h); r != (ref{}) {
			e := p.slabs.entry(r)
			sum += uint64(e[0])
			found = append(found, e)
		}
	}
	for _, e := range found {
		sum += touch(e[:e.size()])
	}
	p.touched, p.sum = found, sum
}

// touch reads every line of b, so that the next who reads it does not wait. Keep
// the sum somewhere: the compiler must not leave out the reads.
func touch(b []byte) (sum uint64) {
	for at := 0; at < len(b); at += lineBytes {
		sum += uint64(b[at])
	}
	return sum
}
