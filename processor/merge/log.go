package merge

import "github.com/beckon-io/beckon/schemas"

// Log is the index of a log of the task: its source partitions in the order of
// Config.Sources, then the mailbox partition.
type Log int

// proof is the end of a log as asked for at t0.
type proof struct {
	end int64
	t0  schemas.Time // zero: none
}

// position is how far a log was read and what is known about it.
type position struct {
	next    int64        // offset to read next; -1: not known yet
	newest  schemas.Time // highest time of a record read from a source
	proven  schemas.Time // t0 of the last proof that held
	pending proof        // an end that was not reached yet
	latest  proof        // the newest answer while one is pending
	rank    uint64
	bytes   int
	paused  bool
}

// read moves the position forward.
func (p *position) read(next int64) {
	if next > p.next {
		p.next = next
	}
	p.settle()
}

// prove remembers an end. Of the unreached ones the oldest and the newest are
// kept: were only the newest kept, a log that is always a little behind would
// never be proven.
func (p *position) prove(end int64, t0 schemas.Time) {
	if p.pending.t0 == 0 {
		p.pending = proof{end, t0}
	} else if t0 > p.latest.t0 {
		p.latest = proof{end, t0}
	}
	p.settle()
}

func (p *position) settle() {
	for p.pending.t0 != 0 && p.next >= p.pending.end {
		p.proven = max(p.proven, p.pending.t0)
		p.pending, p.latest = p.latest, proof{}
	}
}

// asked is the T0 of the newest end that is known and not reached; zero if none.
func (p *position) asked() schemas.Time { return max(p.pending.t0, p.latest.t0) }

// progress is how far the log is while nothing of it is buffered.
func (p *position) progress() Point {
	if p.newest > p.proven {
		return Point{p.newest, p.rank}
	}
	return Point{p.proven, 0}
}
