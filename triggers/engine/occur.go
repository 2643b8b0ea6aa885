package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/calendar"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// A start by schedule, or at one instant, is nobody's wait: a shop's Monday
// letter would be a record written for each customer each week, whoever gets
// it. The caller asks NextOccurrence when something is to happen, and when its
// clock has passed that, lets Occur visit the customers.
//
// What an occurrence is to a customer is decided by the customer's own zone, so
// callers need not sort customers by zone; they only have to know which zones
// there are (Effects.Zone), to be awake in time.

// The types of the events that such runs begin with.
const (
	DateEvent     = "beckon.date"
	ScheduleEvent = "beckon.schedule"
	InstantEvent  = "beckon.at"
)

// byClock tells whether a trigger starts by schedule or at an instant.
func byClock(tr *rule.Trigger) bool { return tr.Start.Cron != nil || tr.Start.At != 0 }

// zoned tells whether a trigger's schedule hangs on the customer's zone.
func zoned(tr *rule.Trigger) bool { return tr.Start.Zoned && !tr.Start.Absolute }

// clocked is a trigger that starts by schedule or at an instant.
type clocked struct {
	tr    *rule.Trigger
	start string // as in state.ScanStart
}

// Window is a span of time whose occurrences have come.
type Window struct {
	From, To schemas.Time // what is after From, up to and with To
	// Starts says since when each start is in force; nil: all for ever.
	Starts []state.ScanStart
	// Ahead: the customer is visited before its turn. This is noted in its record
	// (state.Runs.Scanned), so that the sweep can tell.
	Ahead bool
	// Arms, if not zero, lets all dates of the customer be looked up, as of then.
	Arms schemas.Time
}

// Occur begins the runs of the occurrences in a window, with the customer's
// waits up to its end in their places between them. The caller's clock has
// passed the window's end, with grace. Customers who came after an occurrence
// are left out.
func (e *Engine) Occur(c *state.Customer, w Window, env Env) Effects {
	t := e.turn(c, env)
	if c.Core().CreatedAt == 0 {
		return e.finish(t)
	}
	if w.Arms != 0 {
		t.planDates(allParts, w.Arms, nil)
		t.zoneKnown = e.zoned
	}
	if t.collect(&w); len(t.occasions) == 0 {
		if w.Ahead {
			c.EditRuns().Scanned = w.To
		}
		t.trim(0, w.To)
		return e.finish(t)
	}
	t.fire(w.To)
	if w.Ahead {
		c.EditRuns().Scanned = w.To
	}
	t.trim(0, w.To)
	wake, parked := t.resting(w.To)
	eff := e.finish(t)
	eff.Wake, eff.Parked = wake, parked
	return eff
}

// NextOccurrence is when a schedule or an instant comes next after a moment, in
// one of the zones that customers are in; zero: never.
func (e *Engine) NextOccurrence(after schemas.Time, zones []string) (next schemas.Time) {
	for i := range e.clocked {
		tr := e.clocked[i].tr
		if !zoned(tr) {
			next = earlier(next, tr, after, fixedZone(e.cfg.Set, tr))
			continue
		}
		for _, zone := range zones {
			if loc := walltime.Zone(zone); loc != nil {
				next = earlier(next, tr, after, loc)
			}
		}
	}
	return next
}

func earlier(next schemas.Time, tr *rule.Trigger, after schemas.Time, loc *time.Location) schemas.Time {
	if o, ok := calendar.Next(&tr.Start, after, loc); ok && (next == 0 || o.At < next) {
		return o.At
	}
	return next
}

// fixedZone is the zone of a start that does not hang on the customer's.
func fixedZone(set *rule.Set, tr *rule.Trigger) *time.Location {
	return cmp.Or(tr.Start.Zone, set.Policy.Zone, time.UTC)
}

// ByClock tells whether any trigger starts by schedule or at an instant.
func (e *Engine) ByClock() bool { return len(e.clocked) > 0 }

// Starts lists what begins runs other than events, for a task to tell what is
// new: by trigger, then definition.
func (e *Engine) Starts() []state.ScanStart {
	var all []state.ScanStart
	for _, d := range e.dated {
		all = append(all, state.ScanStart{Trigger: d.tr.Name, Start: e.definition(d.tr)})
	}
	for _, c := range e.clocked {
		all = append(all, state.ScanStart{Trigger: c.tr.Name, Start: c.start})
	}
	slices.SortFunc(all, func(a, b state.ScanStart) int {
		return cmp.Or(cmp.Compare(a.Trigger, b.Trigger), cmp.Compare(a.Start, b.Start))
	})
	return all
}

// NeedsSweep tells whether customers have to be visited once when a start is
// new: to look up their dates, or to learn in which zones they are.
func NeedsSweep(s state.ScanStart) bool { return s.Start[0] == 'd' || s.Start[0] == 'z' }

// IsDate tells whether a start is by date.
func IsDate(s state.ScanStart) bool { return s.Start[0] == 'd' }

// definition tells starts apart, whatever else changes in their triggers: d for
// dates, z for what hangs on the customer's zone, c for other clocks, and a hash. The
// first two hang on the policy's zone, too, which is that of customers who have none.
func (e *Engine) definition(tr *rule.Trigger) string {
	s := &tr.Start
	kind, text := "c", fmt.Sprintf("%s %d %t %v", s.Schedule, int64(s.At), s.Absolute, s.Zone)
	switch {
	case s.Date != nil:
		kind, text = "d", fmt.Sprintf("%s %s %d %d", s.Date.Source(), s.Every, int64(s.Offset), s.Clock)
	case zoned(tr):
		kind = "z"
	}
	if zone := cmp.Or(e.cfg.Set.Policy.Zone, time.UTC).String(); kind != "c" && zone != "UTC" {
		text += " " + zone
	}
	sum := sha256.Sum256([]byte(text))
	return kind + hex.EncodeToString(sum[:8])
}

// occasion is an occurrence that has come for the customer at hand.
type occasion struct {
	tr *rule.Trigger
	calendar.Occurrence
}

// collect lists the occurrences of a window for the customer, in order.
func (t *turn) collect(w *Window) {
	// An occurrence at the very moment of the first event finds the customer.
	from := max(w.From, t.c.Core().CreatedAt-1)
	for i := range t.e.clocked {
		c := &t.e.clocked[i]
		since, in := from, w.Starts == nil
		for _, s := range w.Starts {
			if s.Trigger == c.tr.Name && s.Start == c.start {
				since, in = max(from, s.Since), true
			}
		}
		if in && since < w.To && t.set.Starts(c.tr, t.c.Subject) {
			t.collectOf(c.tr, since, w.To)
		}
	}
	slices.SortFunc(t.occasions, func(a, b occasion) int {
		return cmp.Or(cmp.Compare(a.At, b.At), rule.Before(a.tr, b.tr))
	})
}

func (t *turn) collectOf(tr *rule.Trigger, from, to schemas.Time) {
	loc, last := fixedZone(t.set, tr), ""
	if zoned(tr) {
		loc = t.Location(t.c)
		if i := t.c.Runs().FindDate(tr.Name); i >= 0 {
			last = t.c.Runs().Dates[i].Last // the customer had it in another zone
		}
	}
	for o, ok := calendar.Next(&tr.Start, from, loc); ok && o.At <= to; o, ok = calendar.Next(&tr.Start, o.At, loc) {
		switch {
		case o.ID <= last:
		case zoned(tr) && t.mayHaveHad(o.ID):
			t.decideStart(tr, t.occasion(tr, o.ID, o.At), "", schemas.Skipped, schemas.Erased, "")
		default:
			t.occasions = append(t.occasions, occasion{tr, o})
		}
	}
}

// easternmost is the zone in which a wall time comes first.
var easternmost = time.FixedZone("UTC+14", 14*60*60)

// mayHaveHad tells whether the customer may have had an occurrence that goes by wall time
// before everything that was known was erased: where it was then is not known any more. Its
// commands would be those that have gone out.
func (t *turn) mayHaveHad(id string) bool {
	erased := t.c.Core().ErasedAt
	if erased == 0 {
		return false
	}
	first, wall := calendar.Read(id, easternmost)
	return wall && first <= erased
}

// occasion is the event that a run begins with which no event has begun.
func (t *turn) occasion(tr *rule.Trigger, id string, at schemas.Time) *schemas.Event {
	kind := DateEvent
	switch {
	case tr.Start.Cron != nil:
		kind = ScheduleEvent
	case tr.Start.At != 0:
		kind = InstantEvent
	}
	ev, err := schemas.FromData(id, t.e.cfg.App, kind, t.c.Subject, at, []byte("{}"))
	if err != nil {
		panic("the start event of an occurrence: " + err.Error())
	}
	return ev
}

// startBy begins the run of an occurrence, if nothing speaks against it.
func (t *turn) startBy(tr *rule.Trigger, ev *schemas.Event) {
	t.again = false
	t.in.Event, t.in.Now, t.in.Run, t.in.Item = ev, ev.Time, nil, nil
	if err := t.startsOf(tr, ev); err != nil {
		t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, errorDetail(err))
	}
	t.in.Event = nil
}

// travelled sees to it that a customer whose zone has changed at a moment has
// each occurrence once. What has come in the old zone does not come again in the
// new one; of what was yet to come there and is past here, the last begins now.
// What came before the customer did is neither. From then on the new zone counts.
func (t *turn) travelled(from, to *time.Location, at schemas.Time) {
	// Occurrences up to here have begun, in whatever zone.
	passed := max(t.env.Passed, at.Add(-t.set.Policy.Grace)-1)
	for i := range t.e.clocked {
		tr := t.e.clocked[i].tr
		if zoned(tr) && t.set.Starts(tr, t.c.Subject) {
			t.travelledOf(tr, from, to, at, passed)
		}
	}
	if runs := t.c.EditRuns(); runs.Scanned < passed {
		runs.Scanned = passed
	}
}

func (t *turn) travelledOf(tr *rule.Trigger, from, to *time.Location, at, passed schemas.Time) {
	var d state.DateStart
	if i := t.c.Runs().FindDate(tr.Name); i >= 0 {
		d = t.c.Runs().Dates[i]
	}
	had, missed := d.Last, ""
	born := t.c.Core().CreatedAt
	o, ok := calendar.Next(&tr.Start, max(passed.Add(-travels), born-1), to)
	for ; ok && o.At <= passed.Add(travels); o, ok = calendar.Next(&tr.Start, o.At, to) {
		before, _ := calendar.Read(o.ID, from)
		switch {
		case born <= before && before <= passed && o.At > passed:
			had = max(had, o.ID)
		case before > passed && o.At <= passed && o.ID > had && o.ID != d.ID:
			missed = o.ID
		}
	}
	if had == d.Last && missed == "" {
		return
	}
	entry := t.c.EditRuns().Date(tr.Name)
	entry.Version, entry.Last, entry.LastAt = tr.Version, had, at
	if missed != "" {
		entry.ID, entry.Due = missed, at
	}
}
