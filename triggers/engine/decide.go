package engine

import (
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Details that tell ends without a reason apart.
const (
	restarted = "restarted" // a newer start event took the run's place
	stopped   = "stopped"   // by a stop step
	migrated  = "migrated"  // the trigger's new version says so

	pausedDetail = "paused" // of a start that was refused: the trigger is paused
)

// decide records a decision: in the effects, and among the customer's latest
// ones unless it is one of those that every ordinary event brings.
func (t *turn) decide(d schemas.Decision) {
	d.Customer = t.c.Subject
	t.report(d)
	if d.Outcome == schemas.Started || d.Outcome == schemas.Skipped && d.Reason == schemas.AlreadyActive ||
		d.Outcome == schemas.Ended && d.Detail == restarted {
		return
	}
	t.c.AddDecision(d)
}

// reports is how many decisions share a piece of memory: nearly every second event
// brings one, rarely more than two.
const reports = 32

// report adds a decision to the effects.
func (t *turn) report(d schemas.Decision) {
	n := len(t.eff.Decisions)
	if len(t.page) == cap(t.page) {
		t.page = append(make([]schemas.Decision, 0, max(reports, 2*n)), t.eff.Decisions...)
	}
	t.page = append(t.page, d)
	end := len(t.page)
	t.eff.Decisions = t.page[end-n-1 : end : end]
}

// decideEvent records what became of an event as a whole.
func (t *turn) decideEvent(ev *schemas.Event, r schemas.Reason, detail string) {
	t.decide(schemas.Decision{Time: ev.Time, Outcome: schemas.Skipped, Reason: r, EventID: ev.ID, Detail: detail})
}

// decideStart records what became of an event as a start of a trigger.
func (t *turn) decideStart(tr *rule.Trigger, ev *schemas.Event, key string, o schemas.Outcome, r schemas.Reason, detail string) {
	t.decide(schemas.Decision{
		Time: ev.Time, Trigger: tr.Name, Version: tr.Version, Key: key,
		Outcome: o, Reason: r, EventID: ev.ID, Detail: detail,
	})
}

// decideRun records what became of a run, or of its step, at an instant.
// eventID is the event that decided it, else the run's start event.
func (t *turn) decideRun(r *state.Run, now schemas.Time, step string, o schemas.Outcome, why schemas.Reason, eventID, detail string) {
	if eventID == "" {
		eventID = r.Start.ID
	}
	t.decide(schemas.Decision{
		Time: now, Trigger: r.Trigger, Version: r.Version, Key: r.Key, Step: step,
		Outcome: o, Reason: why, EventID: eventID, Detail: detail,
	})
}

// errorDetail is an evaluation error, cut to what a decision can carry.
func errorDetail(err error) string {
	const most = 240
	s := err.Error()
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
