package observe

import (
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/telemetry/instruments"
)

// What is counted together.
type (
	sentAs struct{ trigger, channel string }
	// became is what a decision made of a run or a start.
	became struct {
		trigger string
		outcome schemas.Outcome
		reason  schemas.Reason
	}
)

// tally adds up a transaction's commands and decisions by their labels. A
// transaction has thousands of them and a handful of labels.
type tally struct {
	sent  map[sentAs]int
	fates map[became]int
	dead  map[processor.DeadLetter]int
}

func newTally() *tally {
	return &tally{map[sentAs]int{}, map[became]int{}, map[processor.DeadLetter]int{}}
}

func (t *tally) take(b *processor.Batch) {
	clear(t.sent)
	clear(t.fates)
	clear(t.dead)
	for i := range b.Commands {
		c := b.Commands[i].Command
		if c.Action == schemas.Cancel {
			continue // counted by its decision
		}
		t.sent[sentAs{c.Trigger, c.Channel}]++
	}
	for _, d := range b.Decisions {
		t.fates[became{d.Trigger, d.Outcome, d.Reason}]++
	}
	for _, d := range b.Dead {
		t.dead[d]++
	}
}

// reasonOf is a reason as a label, which is never empty.
func reasonOf(r schemas.Reason) string {
	if r == 0 {
		return instruments.Completed
	}
	return r.String()
}
