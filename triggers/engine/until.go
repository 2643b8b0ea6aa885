package engine

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// untilsKept is how long events that some until names are kept, to judge starts
// that come late.
const untilsKept = 24 * time.Hour

// endRuns ends the runs that the event is an until of: triggers by priority,
// highest first, then name, then key. An event that could end a run which is
// yet to be started by a late event is kept, with its data where any until asks
// for that: also one that it does not end a run by, which will be asked again.
func (t *turn) endRuns(ev *schemas.Event) {
	enders := t.enders(ev.Type)
	if len(enders) == 0 {
		return
	}
	keep, data := false, false
	kinds := t.running()
	for _, tr := range enders {
		running := slices.Contains(kinds, runKind{tr.Name, tr.Version})
		for i := range tr.Until {
			u := &tr.Until[i]
			if !slices.Contains(u.On, ev.Type) {
				continue
			}
			loaded := t.set.Loaded(tr) // others start no runs that could come late
			data = data || loaded && (u.When != nil || u.MatchKey)
			if !running && !tr.Cancels && keep {
				continue // it could neither end a run nor add to what is kept
			}
			if !t.holds(tr, u, ev) {
				continue
			}
			keep = keep || loaded
			ask := asking{tr: tr, u: u, ev: ev}
			if running {
				t.endBy(&ask)
			}
			if tr.Cancels {
				t.callOffBy(&ask)
			}
		}
	}
	if keep {
		t.keepUntil(ev, data)
	}
}

// endOnceMore asks the untils of an identification that look at the customer, who is more
// by now than when they were asked at the event. What a run may have done meanwhile is
// done; runs that began at that very instant may have begun after it.
func (t *turn) endOnceMore(ev *schemas.Event) {
	t.in.Event, t.in.Now = ev, ev.Time
	for _, tr := range t.enders(ev.Type) {
		for i := range tr.Until {
			u := &tr.Until[i]
			if !slices.Contains(u.On, ev.Type) || u.When == nil || !u.When.Uses("customer") || perRun(u) {
				continue
			}
			if ok, err := u.When.Bool(&t.in); err != nil || !ok {
				continue // an error was told at the event
			}
			ask := asking{tr: tr, u: u, ev: ev, again: true}
			t.endBy(&ask)
			if tr.Cancels {
				t.callOffBy(&ask)
			}
		}
	}
}

// runKind is a version of a trigger.
type runKind struct{ trigger, version string }

// running lists what the customer has runs of, each once: hundreds of triggers
// may name an event that ends runs, and a customer may have hundreds of runs, but
// of few triggers.
func (t *turn) running() []runKind {
	t.kinds = t.kinds[:0]
	active := t.c.Runs().Active
	for i := range active {
		if k := (runKind{active[i].Trigger, active[i].Version}); !slices.Contains(t.kinds, k) {
			t.kinds = append(t.kinds, k)
		}
	}
	return t.kinds
}

// perRun tells whether an until has to be asked anew for each run.
func perRun(u *rule.Until) bool { return u.When != nil && u.When.Uses("run") }

// holds asks an until that is the same for all runs; the others hold so far.
// An error is worth a decision only where it keeps a run from ending.
func (t *turn) holds(tr *rule.Trigger, u *rule.Until, ev *schemas.Event) bool {
	if u.When == nil || perRun(u) {
		return true
	}
	ok, err := u.When.Bool(&t.in)
	if err != nil && slices.ContainsFunc(t.c.Runs().Active, func(r state.Run) bool { return of(&r, tr) }) {
		t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, "until: "+errorDetail(err))
	}
	return err == nil && ok
}

func of(r *state.Run, tr *rule.Trigger) bool { return r.Trigger == tr.Name && r.Version == tr.Version }

// asking is an until of a trigger's version and the event at hand, to be asked
// about runs one by one.
type asking struct {
	tr *rule.Trigger
	u  *rule.Until
	ev *schemas.Event

	again bool // see endOnceMore

	keys eventKeys // for match: key
}

// eventKeys are the keys that an event has by a trigger, once asked for.
type eventKeys struct {
	keySet
	asked bool
}

// endBy ends the runs of a trigger's version that an until matches.
func (t *turn) endBy(ask *asking) {
	var ending []int
	ev := ask.ev
	for i := range t.c.Runs().Active {
		if t.ends(ask, &t.c.Runs().Active[i]) {
			ending = append(ending, i)
		}
	}
	if len(ending) == 0 {
		return
	}
	runs := t.c.EditRuns()
	slices.SortFunc(ending, func(a, b int) int { return cmp.Compare(runs.Active[a].Key, runs.Active[b].Key) })
	for _, i := range ending {
		r, why := &runs.Active[i], schemas.GoalReached
		if t.standing(r).how == disabled {
			why = schemas.RuleDisabled
		}
		t.decideRun(r, ev.Time, "", schemas.Ended, why, ev.ID, "")
	}
	slices.Sort(ending)
	for n := len(ending) - 1; n >= 0; n-- {
		runs.Remove(ending[n]) // from the back, so that the other indices stay true
	}
}

// ends tells whether an until matches a run.
func (t *turn) ends(ask *asking, r *state.Run) bool {
	tr, u, ev := ask.tr, ask.u, ask.ev
	if !of(r, tr) || ev.Time < r.StartedAt || ask.again && ev.Time == r.StartedAt || u.MatchKey && !t.hasKey(ask, r.Key) {
		return false
	}
	if !perRun(u) {
		return true
	}
	t.in.Run = r
	ok, err := u.When.Bool(&t.in)
	t.in.Run = nil
	if err != nil {
		t.decideRun(r, ev.Time, "", schemas.Skipped, schemas.ExpressionError, ev.ID, "until: "+errorDetail(err))
	}
	return err == nil && ok
}

// hasKey tells whether the event has a run's key.
func (t *turn) hasKey(ask *asking, key string) bool {
	if err := t.askKeys(&ask.keys, ask.tr); err != nil {
		t.decideStart(ask.tr, ask.ev, "", schemas.Skipped, schemas.ExpressionError, "until: key: "+errorDetail(err))
	}
	return ask.keys.has(key)
}

// askKeys evaluates a trigger's keys on the event at hand, once; the error is told
// the first time.
func (t *turn) askKeys(keys *eventKeys, tr *rule.Trigger) (err error) {
	if !keys.asked {
		keys.asked = true
		err = t.keysOf(tr, &keys.keySet)
	}
	return err
}

// keyOf evaluates a trigger's key on the event at hand, or on its element at hand.
// Elements without a key are told apart by their place in the list.
func (t *turn) keyOf(tr *rule.Trigger, place int) (string, error) {
	switch {
	case tr.Start.Key != nil:
		return tr.Start.Key.Text(&t.in)
	case tr.Start.Each != nil:
		return strconv.Itoa(place), nil
	}
	return "", nil
}

// keysOf adds the keys that the event at hand has by a trigger: with `each` that of
// every element. One whose key cannot be told has none, and is no reason to leave
// out the others.
func (t *turn) keysOf(tr *rule.Trigger, keys *keySet) (err error) {
	items := []any{nil}
	if tr.Start.Each != nil {
		items, err = tr.Start.Each.List(&t.in)
	}
	for i, item := range items {
		t.in.Item = item
		if key, e := t.keyOf(tr, i); e == nil {
			keys.add(key)
		} else {
			err = cmp.Or(err, e)
		}
	}
	t.in.Item = nil
	return err
}

// keepUntil notes the event for starts that come late.
func (t *turn) keepUntil(ev *schemas.Event, data bool) {
	kept := state.StartEvent{ID: ev.ID, Source: ev.Source, Type: ev.Type, Time: ev.Time}
	if data {
		kept.Data = ev.Raw
	}
	t.c.KeepUntil(kept, untilsKept)
}

// outdated tells whether a strictly newer event that is known already would
// have ended the run that ev is about to start. Those that lie a day behind what the
// customer has done since count no more, whether they are still kept or not.
func (t *turn) outdated(tr *rule.Trigger, ev *schemas.Event, key string) bool {
	after := max(ev.Time, t.c.Core().LastSeenAt.Add(-untilsKept)-1)
	if len(tr.Until) == 0 || t.c.NewestUntil() <= after {
		return false
	}
	events := t.c.Untils().Events
	for i := len(events) - 1; i >= 0 && events[i].Time > after; i-- {
		run := state.Run{Trigger: tr.Name, Version: tr.Version, Key: key, StartedAt: ev.Time, At: ev.Time}
		if t.endsBy(&run, tr, &events[i]) {
			return true
		}
	}
	return false
}

// endsBy tells whether an event that was kept ends a run. An error means no.
func (t *turn) endsBy(r *state.Run, tr *rule.Trigger, kept *state.StartEvent) bool {
	before := t.in
	defer func() { t.in = before }()
	a := t.answerOf(tr, kept)
	t.in.Event, t.in.Item, t.in.Now, t.in.Run = a.ev, nil, kept.Time, r
	for i := range tr.Until {
		u := &tr.Until[i]
		if !slices.Contains(u.On, kept.Type) {
			continue
		}
		if a.ev == nil && (u.When != nil || u.MatchKey) {
			a.ev = t.rebuilt(kept)
			t.in.Event = a.ev
		}
		if t.keptHolds(u, &a.says[i]) && (!u.MatchKey || t.keptKey(a, tr, r.Key)) {
			return true
		}
	}
	return false
}

// endByOthers ends runs that an event which the other record kept, at or after their
// start, would have ended: those that a merge has brought by ours, the events kept
// here before, and those that were here by what the other kept. Each record's own
// events have met its runs already, with the customer as it stood then.
func (t *turn) endByOthers(from *state.Customer, ours []state.StartEvent) {
	theirs := func(r *state.Run) bool {
		return slices.ContainsFunc(from.Runs().Active, func(f state.Run) bool { return f.Trigger == r.Trigger && f.ID == r.ID })
	}
	type end struct {
		run state.Run
		tr  *rule.Trigger
		by  *state.StartEvent
	}
	var ends []end
	t.kept = nil
	for _, r := range t.c.Runs().Active {
		as := t.judged(&r)
		if as.how != goesOn {
			continue
		}
		others := from.Untils().Events
		if theirs(&r) {
			others = ours
		}
		if kept := t.endOf(&r, as.tr, others); kept != nil {
			ends = append(ends, end{r, as.tr, kept})
		}
	}
	slices.SortFunc(ends, func(a, b end) int {
		return cmp.Or(rule.Before(a.tr, b.tr), cmp.Compare(a.run.Key, b.run.Key))
	})
	for _, e := range ends {
		t.decideRun(&e.run, e.by.Time, "", schemas.Ended, schemas.GoalReached, e.by.ID, "")
		runs := t.c.EditRuns()
		runs.Remove(runs.Find(e.run.Trigger, e.run.Key))
	}
}

// endOf is the first of some kept events that ends a run, nil if none does.
func (t *turn) endOf(r *state.Run, tr *rule.Trigger, events []state.StartEvent) *state.StartEvent {
	for i := range events {
		if kept := &events[i]; kept.Time >= r.StartedAt && t.endsBy(r, tr, kept) {
			return kept
		}
	}
	return nil
}
