package engine

import (
	"errors"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
)

// startRuns starts what the event starts: triggers by priority, highest first,
// then name; each new run goes through its steps up to its first wait.
func (t *turn) startRuns(ev *schemas.Event) {
	for _, tr := range t.set.StartsOn(ev.Type) {
		t.in.Event, t.in.Now, t.in.Run, t.in.Item = ev, ev.Time, nil, nil
		if !t.set.Starts(tr, t.c.Subject) {
			continue
		}
		if err := t.startsOf(tr, ev); err != nil {
			t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, errorDetail(err))
		}
	}
	t.in.Item = nil
}

// startsOf starts the runs of one trigger. The error is an expression's.
func (t *turn) startsOf(tr *rule.Trigger, ev *schemas.Event) error {
	if tr.Audience != nil {
		if in, err := tr.Audience.Bool(&t.in); err != nil || !in {
			return err
		}
	}
	t.keys, t.kept = t.keys.emptied(), nil
	if tr.Start.Each == nil {
		return t.startOne(tr, ev, 0)
	}
	items, err := tr.Start.Each.List(&t.in)
	if err != nil {
		return err
	}
	for i, item := range items {
		t.in.Event, t.in.Now, t.in.Run, t.in.Item = ev, ev.Time, nil, item
		err := t.startOne(tr, ev, i)
		if errors.Is(err, expr.ErrWork) { // so it is with all that follow
			return err
		}
		if err != nil {
			t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, errorDetail(err))
		}
	}
	return nil
}

// startOne starts at most one run: of the event, or of its element at hand, which
// stands at a place in the list. Of several elements with one key the first counts:
// their runs would be the same.
func (t *turn) startOne(tr *rule.Trigger, ev *schemas.Event, place int) error {
	if tr.Start.When != nil {
		if ok, err := tr.Start.When.Bool(&t.in); err != nil || !ok {
			return err
		}
	}
	key, err := t.keyOf(tr, place)
	if err != nil {
		return err
	}
	if !t.keys.add(key) {
		return nil
	}
	if err := checkKey(key); err != nil {
		return err
	}
	t.begin(tr, ev, key)
	return nil
}

// begin makes the run and takes it to its first wait, unless a run that is
// active, a newer until or the bound on runs speaks against it.
func (t *turn) begin(tr *rule.Trigger, ev *schemas.Event, key string) {
	old := t.c.Runs().Find(tr.Name, key)
	if old >= 0 && t.endsFor(old, ev) {
		old = -1
	}
	if old >= 0 {
		tr = t.forRestart(&t.c.Runs().Active[old], tr)
	}
	if old >= 0 && tr.Repeat == rule.Ignore {
		return
	}
	if t.outdated(tr, ev, key) {
		t.decideStart(tr, ev, key, schemas.Skipped, schemas.LateEvent, "a newer event would have ended the run")
		return
	}
	switch {
	case old < 0 && t.refuses(tr, ev, key):
		return
	case old >= 0 && !t.makeWay(old, tr, ev, key):
		return
	}
	var err error // the element cannot be kept
	t.run, err = t.newRun(tr, ev, key)
	room := err == nil && t.c.Runs().Room(&t.run)
	switch {
	case room || !mayWait(tr):
	case err != nil:
		t.decideStart(tr, ev, key, schemas.Skipped, schemas.ExpressionError, errorDetail(err))
		return
	default:
		t.decideStart(tr, ev, key, schemas.Skipped, schemas.TooManyRuns, "")
		return
	}
	t.decideStart(tr, ev, key, schemas.Started, 0, "")
	t.full = !room
	switch waits := t.advance(&t.run, tr); {
	case waits && room:
		runs := t.c.EditRuns()
		runs.Active = append(runs.Active, t.run)
	case waits: // for the end of quiet hours
		t.decideRun(&t.run, t.run.At, "", schemas.Ended, schemas.TooManyRuns, "", "")
	}
	t.full, t.in.Run = false, nil
}

// mayWait tells whether a run may take room among the customer's: one that ends at once,
// such as that of an order's confirmation, is not refused because of others that wait.
func mayWait(tr *rule.Trigger) bool {
	return slices.ContainsFunc(tr.Steps, func(op rule.Op) bool {
		return op.Kind == rule.OpWait || op.Kind == rule.OpWaitUntil || op.Kind == rule.OpWaitLocal
	})
}

// endsFor ends a run that the trigger's new version ends anyway, so that it does not
// stand in the way of one of that version.
func (t *turn) endsFor(i int, ev *schemas.Event) bool {
	old := &t.c.Runs().Active[i]
	if ev.Time < old.StartedAt || t.standing(old).how != dropped {
		return false
	}
	t.decideRun(old, ev.Time, "", schemas.Ended, 0, ev.ID, migrated)
	t.c.EditRuns().Remove(i)
	return true
}

// newRun stands before its first step, at the event's time.
func (t *turn) newRun(tr *rule.Trigger, ev *schemas.Event, key string) (r state.Run, err error) {
	r = state.Run{
		Trigger: tr.Name, Version: tr.Version, Key: key,
		ID:          runID(tr.Name, t.c.Subject, key, ev.ID),
		Start:       state.StartEvent{ID: ev.ID, Source: ev.Source, Type: ev.Type, Time: ev.Time},
		StartedAt:   ev.Time,
		At:          ev.Time,
		TraceParent: ev.TraceParent,
		TraceState:  ev.TraceState,
	}
	if !t.e.lean[tr] {
		r.Start.Data = ev.Raw
	}
	if t.in.Item != nil {
		r.Start.Item, err = tr.Start.Each.ItemJSON(t.in.Item, nil)
	}
	return r, err
}

// makeWay does what `repeat` says of an active run with the key; true if a new
// one may start.
func (t *turn) makeWay(i int, tr *rule.Trigger, ev *schemas.Event, key string) bool {
	old := &t.c.Runs().Active[i]
	switch {
	case tr.Repeat == rule.Refuse || t.standing(old).how == unknown:
		t.decideStart(tr, ev, key, schemas.Skipped, schemas.AlreadyActive, "")
		return false
	case ev.Time < old.StartedAt:
		t.decideStart(tr, ev, key, schemas.Skipped, schemas.LateEvent, "a newer event started the run")
		return false
	}
	t.decideRun(old, ev.Time, "", schemas.Ended, 0, ev.ID, restarted)
	t.c.EditRuns().Remove(i)
	return true
}
