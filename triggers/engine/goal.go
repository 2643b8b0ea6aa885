package engine

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// convert attributes the event to messages sent before it: for each trigger
// whose goal it is, as it is defined now, the last message of the run that sent
// last, once.
func (t *turn) convert(ev *schemas.Event) {
	asked := false
	for _, tr := range t.set.UntilOn(ev.Type) {
		if tr.Goal == nil || t.set.Current(tr.Name) != tr || !slices.Contains(tr.Goal.On, ev.Type) {
			continue
		}
		if !asked && t.c.GoalsUntil() < ev.Time {
			return
		}
		asked = true
		sends := t.c.Sends().Trigger(tr.Name)
		touch := t.lastTouch(tr, sends.Goals, ev)
		if touch < 0 {
			continue
		}
		g := sends.Goals[touch]
		t.decide(schemas.Decision{
			Time: ev.Time, Trigger: tr.Name, Version: g.Version, Key: g.Key, Step: g.Step, Outcome: schemas.Converted,
			CommandID: g.CommandID, EventID: ev.ID, Detail: valueOf(ev),
		})
		sends.Goals = slices.DeleteFunc(slices.Clone(sends.Goals), func(other state.Goal) bool {
			return other.Run == g.Run || other.Until < ev.Time.Add(-untilsKept) // an older event may come late
		})
		t.c.EditSends().SetTrigger(tr.Name, sends)
	}
}

// lastTouch is the index of the message sent last before the event, -1 if none may
// still convert. Where the condition looks at the run it is the last one whose run is
// meant.
func (t *turn) lastTouch(tr *rule.Trigger, goals []state.Goal, ev *schemas.Event) int {
	for i := len(goals) - 1; i >= 0; i-- {
		g := &goals[i]
		if g.SentAt > ev.Time || ev.Time > g.Until {
			continue
		}
		ok, err := t.isGoal(tr, g)
		switch {
		case err != nil:
			t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, "goal: "+errorDetail(err))
			return -1
		case ok:
			return i
		case tr.Goal.When == nil || !tr.Goal.When.Uses("run"):
			return -1
		}
	}
	return -1
}

func (t *turn) isGoal(tr *rule.Trigger, g *state.Goal) (bool, error) {
	if tr.Goal.When == nil {
		return true, nil
	}
	t.in.Run = &state.Run{Trigger: tr.Name, Version: g.Version, ID: g.Run, Key: g.Key}
	defer func() { t.in.Run = nil }()
	return tr.Goal.When.Bool(&t.in)
}

// valueOf is what a conversion is worth.
func valueOf(ev *schemas.Event) string {
	if ev.Total.IsZero() {
		return ""
	}
	if ev.Currency == "" {
		return ev.Total.String()
	}
	return ev.Total.String() + " " + ev.Currency
}
