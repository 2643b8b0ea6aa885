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
		touch := lastTouch(sends.Goals, ev.Time)
		if touch < 0 || !t.isGoal(tr, ev) {
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

// lastTouch is the index of the message sent last before the moment, -1 if
// none may still convert.
func lastTouch(goals []state.Goal, at schemas.Time) int {
	touch := -1
	for i := range goals {
		g := &goals[i]
		if g.SentAt <= at && at <= g.Until && (touch < 0 || g.SentAt >= goals[touch].SentAt) {
			touch = i
		}
	}
	return touch
}

func (t *turn) isGoal(tr *rule.Trigger, ev *schemas.Event) bool {
	if tr.Goal.When == nil {
		return true
	}
	ok, err := tr.Goal.When.Bool(&t.in)
	if err != nil {
		t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, "goal: "+errorDetail(err))
	}
	return err == nil && ok
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
