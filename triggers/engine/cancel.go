package engine

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// A message that has been handed over may lie at the delivery service for a
// while: quiet hours there, a queue, a not_before. Where its send says `cancel`,
// its reason is watched until the message expires or something is heard of it.
// When an until comes that would have ended its run then, over or not, the
// message is called off. Nothing is uncounted: whether it went out all the same,
// nobody here can tell.

// revocable is what is kept of a message that may be called off.
func (s *sending) revocable(cmd *schemas.Command) state.Revocable {
	return state.Revocable{
		CommandID: cmd.CommandID, Trigger: cmd.Trigger, Version: cmd.Version, Step: cmd.Step,
		Key: s.r.Key, Run: cmd.Run, Variant: cmd.Variant, Sent: s.r.Sent, StartedAt: s.r.StartedAt,
		Channel: cmd.Channel, Class: cmd.Class, ExpiresAt: cmd.ExpiresAt,
	}
}

// runOf is the run of a message, as far as an until may ask about it.
func runOf(m *state.Revocable) state.Run {
	return state.Run{
		Trigger: m.Trigger, Version: m.Version, Key: m.Key, ID: m.Run, Variant: m.Variant, Sent: m.Sent, StartedAt: m.StartedAt,
	}
}

// callOffBy calls off the messages whose runs the event ends, or would end if
// they were not over.
func (t *turn) callOffBy(ask *asking) {
	if t.c.OpenUntil() <= ask.ev.Time {
		return
	}
	for i := 0; i < len(t.c.Sends().Open); {
		m := t.c.Sends().Open[i]
		if r := runOf(&m); ask.ev.Time >= m.ExpiresAt || !t.ends(ask, &r) {
			i++
			continue
		}
		t.callOff(&m, ask.ev, schemas.GoalReached)
		t.c.EditSends().Settled(m.CommandID)
	}
}

// callOffByOthers is endByOthers for messages that were handed over, at the time of a
// merge.
func (t *turn) callOffByOthers(from *state.Customer, ours []state.StartEvent, at schemas.Time) {
	for _, m := range slices.Clone(t.c.Sends().Open) {
		tr := t.set.Version(m.Trigger, m.Version)
		if tr == nil || m.ExpiresAt <= at {
			continue
		}
		others := from.Untils().Events
		if slices.ContainsFunc(from.Sends().Open, func(f state.Revocable) bool { return f.CommandID == m.CommandID }) {
			others = ours
		}
		r := runOf(&m)
		if kept := t.endOf(&r, tr, others); kept != nil {
			t.callOff(&m, &schemas.Event{ID: kept.ID, Type: kept.Type, Time: kept.Time}, schemas.GoalReached)
			t.c.EditSends().Settled(m.CommandID)
		}
	}
}

// callOff emits the command that calls a message off, and says why.
func (t *turn) callOff(m *state.Revocable, ev *schemas.Event, why schemas.Reason) {
	t.eff.Commands = append(t.eff.Commands, schemas.Command{
		CommandID: m.CommandID, Action: schemas.Cancel,
		Trigger: m.Trigger, Version: m.Version, Run: m.Run, Step: m.Step, Variant: m.Variant, Class: m.Class, Channel: m.Channel,
		DueAt: ev.Time, ExpiresAt: m.ExpiresAt,
		Cause:    schemas.Cause{EventID: ev.ID, EventType: ev.Type, EventTime: ev.Time},
		Customer: t.c.Subject, TraceParent: ev.TraceParent, TraceState: ev.TraceState,
	})
	t.decide(schemas.Decision{
		Time: ev.Time, Trigger: m.Trigger, Version: m.Version, Key: m.Key, Step: m.Step,
		Outcome: schemas.Skipped, Reason: why, CommandID: m.CommandID, EventID: ev.ID, Detail: m.Channel + ": called off",
	})
}

// settled notes that something was heard of a message.
func (t *turn) settled(id schemas.CommandID) {
	if slices.ContainsFunc(t.c.Sends().Open, func(m state.Revocable) bool { return m.CommandID == id }) {
		t.c.EditSends().Settled(id)
	}
}
