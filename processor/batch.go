package processor

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// batch is the transaction under way, as far as its length and its report go.
type batch struct {
	open     bool
	began    time.Time
	inputs   int
	fired    int
	late     time.Duration // of the wait that ended latest, by the processor's clock
	forwards int
	dead     int

	commands  []*schemas.Command
	decisions []*schemas.Decision
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
	b.fired++
	b.late = max(b.late, now.Sub(due))
}

// full tells that nothing more should go into the transaction.
func (b *batch) full(limit *Commit, out *output) bool {
	return b.inputs+b.fired >= limit.Records || out.bytes >= limit.Bytes || b.open && time.Since(b.began) >= limit.Every
}

// due tells that the transaction should be ended now.
func (b *batch) due(limit *Commit, out *output) bool { return b.open && b.full(limit, out) }

// left is how long the batch may still grow.
func (b *batch) left(every time.Duration) time.Duration {
	return max(0, every-time.Since(b.began))
}
