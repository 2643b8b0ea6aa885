package processor

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// batch is the transaction under way, as far as its length and its report go.
type batch struct {
	open   bool
	began  time.Time
	crowd  bool // a crowd of waits ends in it
	inputs int
	mail   int
	late   []time.Duration // of each wait that ended

	sources   []SourceCount // by the source's index; the last one for those that are not configured
	dead      []DeadLetter
	commands  []SentCommand
	sent      map[Sent]int
	decisions []*schemas.Decision
	fates     map[Fate]int
	regretted int
	trace     Trace // nil: not begun, or nobody traces
}

// source counts what became of an event.
func (b *batch) source(lay *layout, s *source) *SourceCount {
	if b.sources == nil {
		b.sources = make([]SourceCount, len(lay.sources)+1)
		for i, s := range lay.sources {
			b.sources[i].Topic = s.Topic
		}
	}
	return &b.sources[s.index]
}

// command notes one that was sent.
func (b *batch) command(c SentCommand) {
	b.commands = append(b.commands, c)
	if c.Action == schemas.Cancel {
		return // counted by its decision
	}
	if b.sent == nil {
		b.sent = make(map[Sent]int)
	}
	b.sent[Sent{c.Trigger, c.Channel}]++
}

func (b *batch) decision(d *schemas.Decision) {
	b.decisions = append(b.decisions, d)
	if b.fates == nil {
		b.fates = make(map[Fate]int)
	}
	b.fates[FateOf(d)]++
}

// fresh makes the batch empty. Its memory is used again unless it was given
// away.
func (b *batch) fresh() {
	for i := range b.sources {
		b.sources[i] = SourceCount{Topic: b.sources[i].Topic}
	}
	clear(b.commands)
	clear(b.decisions)
	clear(b.sent)
	clear(b.fates)
	*b = batch{late: b.late[:0], sources: b.sources, dead: b.dead[:0],
		commands: b.commands[:0], sent: b.sent, decisions: b.decisions[:0], fates: b.fates}
}

// touch opens the batch with the first thing done in it.
func (b *batch) touch() {
	if !b.open {
		b.open, b.began = true, time.Now()
	}
}

func (b *batch) processed() {
	b.touch()
	b.inputs++
}

// ended notes a wait that ended at now and could have ended at most at due.
func (b *batch) ended(now, due schemas.Time) {
	b.touch()
	b.late = append(b.late, now.Sub(due))
}

// room is how many more inputs and ended waits the transaction may take.
func (b *batch) room(limit *Commit) int { return max(1, limit.Records-b.inputs-len(b.late)) }

// full tells that nothing more should go into the transaction. One in which a crowd
// of waits ends is half as long: what has just missed it waits for all of the next
// one and for both commits.
func (b *batch) full(limit *Commit, out *output) bool {
	every := limit.Every
	if b.crowd {
		every /= 2
	}
	return b.inputs+len(b.late) >= limit.Records || out.bytes >= limit.Bytes || b.open && b.left(every) == 0
}

// due tells that the transaction should be ended now: it is full, or nothing is left
// to go into it and it has waited for that for long enough.
func (b *batch) due(limit *Commit, out *output, more bool) bool {
	return b.open && (b.full(limit, out) || !more && b.left(limit.caughtUp()) == 0)
}

// left is how long the batch may still grow.
func (b *batch) left(every time.Duration) time.Duration {
	return max(0, every-time.Since(b.began))
}
