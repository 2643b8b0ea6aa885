package engine

import (
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// fire takes every run that is due on, and begins those whose date or schedule
// has come, in order of (due, priority highest first, trigger, key), until none
// is due any more: a step that follows at once or a short wait takes its place in
// that order too.
func (t *turn) fire(due schemas.Time) {
	for {
		switch d := t.nextDue(due); d.what {
		case aRun:
			t.resume(d.i, d.as)
		case aDate:
			t.fall(d.i, d.as)
		case anOccasion:
			o := t.occasions[0]
			t.occasions = slices.Delete(t.occasions, 0, 1)
			t.startBy(o.tr, t.occasion(o.tr, o.ID, o.At))
		default:
			return
		}
		t.followUp()
	}
}

// dueThing is what comes next in the order of fire.
type dueThing struct {
	what dueKind
	i    int // where it is
	as   standing

	due          schemas.Time
	trigger, key string
}

type dueKind uint8

const (
	aRun dueKind = iota + 1
	aDate
	anOccasion
)

// nextDue is the first of what is due; what is zero if nothing is.
func (t *turn) nextDue(due schemas.Time) (first dueThing) {
	runs := t.c.Runs()
	for i := range runs.Active {
		r := &runs.Active[i]
		if r.Due == 0 || r.Wake() > due {
			continue
		}
		if as := t.standing(r); !as.how.stays() {
			first.least(dueThing{aRun, i, as, r.Due, r.Trigger, r.Key})
		}
	}
	for i := range runs.Dates {
		d := &runs.Dates[i]
		if d.Due == 0 || d.Due > due {
			continue
		}
		if as := t.dateStanding(d); !as.how.stays() {
			first.least(dueThing{aDate, i, as, d.Due, d.Trigger, ""})
		}
	}
	if len(t.occasions) > 0 {
		o := &t.occasions[0]
		first.least(dueThing{anOccasion, 0, standing{goesOn, o.tr}, o.At, o.tr.Name, ""})
	}
	return first
}

// least takes over what comes before.
func (d *dueThing) least(other dueThing) {
	if d.what == 0 || cmp.Or(
		cmp.Compare(other.due, d.due),
		cmp.Compare(priority(d.as.tr), priority(other.as.tr)),
		cmp.Compare(other.trigger, d.trigger),
		cmp.Compare(other.key, d.key),
	) < 0 {
		*d = other
	}
}

// resting is when the customer is to be looked at next after all that could go
// on has, and the first due of the runs that couldn't.
func (t *turn) resting(due schemas.Time) (wake, parked schemas.Time) {
	wait := func(at schemas.Time) {
		switch {
		case at == 0:
		case at <= due:
			if parked == 0 || at < parked {
				parked = at
			}
		case wake == 0 || at < wake:
			wake = at
		}
	}
	runs := t.c.Runs()
	for i := range runs.Active {
		wait(runs.Active[i].Wake())
	}
	for i := range runs.Dates {
		wait(runs.Dates[i].Due)
	}
	return wake, parked
}

func priority(tr *rule.Trigger) int {
	if tr == nil {
		return 0
	}
	return tr.Priority
}

// resume takes one run on from where it stands, at its due.
func (t *turn) resume(i int, as standing) {
	t.run = t.c.Runs().Active[i]
	r := &t.run
	t.again = r.Again != 0
	r.At, r.Due, r.Again = r.Due, 0, 0
	t.in.Event, t.in.Item = nil, nil // of the start event; rebuilt when an expression asks

	alive := false
	switch as.how {
	case disabled:
		t.decideRun(r, r.At, "", schemas.Ended, schemas.RuleDisabled, "", "")
	case dropped:
		t.decideRun(r, r.At, "", schemas.Ended, 0, "", migrated)
	case migrates:
		t.decideRun(r, r.At, "", schemas.Ended, 0, "", migrated)
		r.Version, r.Op, r.Held, r.HeldChannels, r.Variant = as.tr.Version, 0, 0, nil, ""
		t.decideRun(r, r.At, "", schemas.Started, 0, "", migrated)
		alive = t.advance(r, as.tr)
	default:
		if r.Held == 0 {
			r.Op++ // past the wait
		}
		alive = t.advance(r, as.tr)
	}
	t.putBack(i, alive)
}

// putBack stores the run at hand where it was, or takes it out.
func (t *turn) putBack(i int, alive bool) {
	runs := t.c.EditRuns()
	if alive {
		runs.Active[i] = t.run
	} else {
		runs.Remove(i)
	}
	t.in.Run = nil
}
