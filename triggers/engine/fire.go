package engine

import (
	"cmp"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// fire takes every run that is due on, in order of (due, priority highest
// first, trigger, key), until none is due any more: a step that follows at once
// or a short wait takes its place in that order too.
func (t *turn) fire(due schemas.Time) {
	for {
		i, as := t.nextDue(due)
		if i < 0 {
			return
		}
		t.resume(i, as)
	}
}

// nextDue is the first of the due runs, -1 if there is none.
func (t *turn) nextDue(due schemas.Time) (first int, as standing) {
	first = -1
	active := t.c.Runs().Active
	for i := range active {
		r := &active[i]
		if r.Due == 0 || r.Wake() > due {
			continue
		}
		s := t.standing(r)
		if s.how.stays() {
			continue
		}
		if first < 0 || dueBefore(r, s, &active[first], as) {
			first, as = i, s
		}
	}
	return first, as
}

// resting is when the customer is to be looked at next after all that could go
// on has, and the first due of the runs that couldn't.
func (t *turn) resting(due schemas.Time) (wake, parked schemas.Time) {
	active := t.c.Runs().Active
	for i := range active {
		at := active[i].Wake()
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
	return wake, parked
}

func dueBefore(a *state.Run, as standing, b *state.Run, bs standing) bool {
	return cmp.Or(
		cmp.Compare(a.Due, b.Due),
		cmp.Compare(priority(bs.tr), priority(as.tr)),
		cmp.Compare(a.Trigger, b.Trigger),
		cmp.Compare(a.Key, b.Key),
	) < 0
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
