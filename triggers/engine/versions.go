package engine

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// A run keeps the version of its trigger that it began with, on whatever
// instance, while instances with older and newer files work side by side. The
// sets of files are numbered in the order in which the app saw them first
// (rule.Known). What a set says about a trigger counts for the runs of its own
// and of older sets: that it is gone or disabled, that it migrates. Runs of a
// newer set go on with their version, which is known from its canonical form;
// where it can't be told what a run's version is, the run is left alone.

// verdict is what the set at hand means for a run that is touched.
type verdict uint8

const (
	goesOn   verdict = iota + 1 // with the version it began with
	disabled                    // the trigger is gone or switched off: rule_disabled
	migrates                    // the new version starts it anew
	dropped                     // the new version ends it
	paused                      // nothing happens to it before the trigger is resumed
	unknown                     // its version isn't known here: leave it alone
)

// stays tells that the run can't go on under this set, however late it gets.
func (v verdict) stays() bool { return v == paused || v == unknown }

// standing is a verdict and the version of the trigger it goes on with.
type standing struct {
	how verdict
	tr  *rule.Trigger
}

// standing judges a run by the set at hand. That it is paused comes last: a
// run that ends anyway ends.
func (t *turn) standing(r *state.Run) standing {
	s := t.judged(r)
	if (s.how == goesOn || s.how == migrates) && t.set.Paused(r.Trigger) {
		s.how = paused
	}
	return s
}

func (t *turn) judged(r *state.Run) standing {
	current := t.set.Current(r.Trigger)
	if current != nil && current.Enabled && current.Version == r.Version {
		return standing{goesOn, current}
	}
	began := t.set.Version(r.Trigger, r.Version)
	if began != nil && t.set.Newer(r.Trigger, r.Version) {
		return standing{goesOn, began}
	}
	switch {
	case began == nil && t.set.Generation != 0:
		return standing{unknown, current}
	case current == nil || !current.Enabled:
		return standing{disabled, current}
	case began == nil:
		return standing{unknown, current}
	}
	if t.set.For(r.Trigger, t.c.Subject) == current {
		switch current.Migrate {
		case rule.MigrateEnd:
			return standing{dropped, current}
		case rule.MigrateRestart:
			if keptOnlyItem(r) && usesEvent(current) {
				break // it would find an empty event
			}
			return standing{migrates, current}
		}
	}
	return standing{goesOn, began}
}

// keptOnlyItem tells that the run keeps no data of its start event, see usesEvent.
func keptOnlyItem(r *state.Run) bool { return len(r.Start.Item) > 0 && len(r.Start.Data) == 0 }

// enders are the triggers whose until may end runs of the customer for an event
// type, in order: those that are loaded, and the stored versions that the
// customer has runs of, or messages that may be called off.
func (t *turn) enders(eventType string) []*rule.Trigger {
	loaded := t.set.UntilOn(eventType)
	if !t.set.StoredEnds(eventType) {
		return loaded
	}
	all := loaded
	add := func(trigger, version string) {
		tr := t.set.Version(trigger, version)
		if tr == nil || t.set.Loaded(tr) || slices.Contains(all, tr) {
			return
		}
		all = append(all[:len(all):len(all)], tr)
	}
	active, open := t.c.Runs().Active, t.c.Sends().Open
	for i := range active {
		add(active[i].Trigger, active[i].Version)
	}
	for i := range open {
		add(open[i].Trigger, open[i].Version)
	}
	if len(all) > len(loaded) {
		slices.SortStableFunc(all, rule.Before)
	}
	return all
}

// forRestart is the version that a start event for an active run begins anew:
// the set's, but of a newer set's run its own.
func (t *turn) forRestart(active *state.Run, tr *rule.Trigger) *rule.Trigger {
	if active.Version != tr.Version && t.set.Newer(active.Trigger, active.Version) {
		if began := t.set.Version(active.Trigger, active.Version); began != nil {
			return began
		}
	}
	return tr
}

// refuses tells that a trigger is paused, which starts no run; a decision says
// so. An active run may be restarted: it has begun already.
func (t *turn) refuses(tr *rule.Trigger, ev *schemas.Event, key string) bool {
	if !t.set.Paused(tr.Name) {
		return false
	}
	t.decideStart(tr, ev, key, schemas.Skipped, schemas.RuleDisabled, pausedDetail)
	return true
}
