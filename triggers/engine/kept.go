package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// keptAnswers are what kept events say about the runs of a trigger's version. A late
// start may have thousands of elements and a kept event hundreds: what is the same for
// all runs is asked once. They hold as long as the customer's untils stay as they are:
// whoever asks about runs in a row begins with none.
type keptAnswers map[keptFor]*keptAnswer

type keptFor struct {
	tr   *rule.Trigger
	kept *state.StartEvent // by its place in the untils
}

type keptAnswer struct {
	ev   *schemas.Event // nil until something asks for it
	says []says         // each until's `when`, where it is the same for all runs
	keys eventKeys
}

// says is what a condition says.
type says uint8

const (
	unasked says = iota
	yes
	no
)

func (t *turn) answerOf(tr *rule.Trigger, kept *state.StartEvent) *keptAnswer {
	a := t.kept[keptFor{tr, kept}]
	if a == nil {
		a = &keptAnswer{says: make([]says, len(tr.Until))}
		if t.kept == nil {
			t.kept = keptAnswers{}
		}
		t.kept[keptFor{tr, kept}] = a
	}
	return a
}

// keptHolds asks the `when` of an until about the kept event at hand.
func (t *turn) keptHolds(u *rule.Until, said *says) bool {
	if u.When == nil {
		return true
	}
	if *said == unasked || perRun(u) {
		*said = no
		if ok, err := u.When.Bool(&t.in); err == nil && ok {
			*said = yes
		}
	}
	return *said == yes
}

// keptKey tells whether the kept event at hand has a run's key.
func (t *turn) keptKey(a *keptAnswer, tr *rule.Trigger, key string) bool {
	_ = t.askKeys(&a.keys, tr) // who can't tell the keys has none
	return a.keys.has(key)
}
