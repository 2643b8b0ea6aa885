package engine

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/calendar"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
)

// A start by date is a wait of the customer: the next occurrence stands beside
// the runs and fires as they do. It is looked up anew whenever something has
// changed that the date may hang on, and for every customer when a set of
// triggers is loaded whose dates are new.
//
// Looking it up again must neither lose an occurrence that is about to come nor
// bring one back. So an occurrence that was planned stays planned while the date
// still has it, even if it is past now (the customer has moved east): it begins
// its run at once. And the one that has begun last is remembered, by its name
// and its instant, and none up to it begins again.

// travels is how far an occurrence can move when a customer changes zones.
const travels = 27 * time.Hour

// parts of a customer that a date may hang on.
type parts uint8

const (
	profilePart parts = 1 << iota // the zone too
	cartPart
	viewsPart
	ordersPart
	loyaltyPart
	consentPart
	firstPart // since when the customer is known: at first, and where something older turns up
	anyPart   // what every event may change

	allParts = ^parts(0)
)

// dated is a trigger that starts by date.
type dated struct {
	tr    *rule.Trigger
	parts parts
}

// partsOf is what has to change for a date to change.
func partsOf(x *expr.Expr) parts {
	on := firstPart | profilePart
	for _, p := range []struct {
		part  parts
		names []string
	}{
		{cartPart, []string{"customer.cart"}},
		{viewsPart, []string{"customer.views"}},
		{ordersPart, []string{"customer.orders", "customer.cycles", "customer.segment"}},
		{loyaltyPart, []string{"customer.points", "customer.tier"}},
		{consentPart, []string{"customer.consent"}},
		{anyPart, []string{"customer.traits", "customer.coupons", "customer.last_seen_at", "now"}},
	} {
		for _, name := range p.names {
			if x.Uses(name) {
				on |= p.part
			}
		}
	}
	return on
}

// partsBy is what an event may change.
func partsBy(k schemas.Kind) parts {
	switch {
	case k == schemas.ProductViewed:
		return viewsPart | anyPart
	case k == schemas.CartUpdated, k == schemas.CheckoutStarted:
		return cartPart | anyPart
	case k == schemas.OrderPlaced:
		return ordersPart | cartPart | anyPart
	case k == schemas.OrderCancelled, k == schemas.OrderRefunded, k.IsShipment():
		return ordersPart | anyPart
	case k == schemas.CustomerRegistered, k == schemas.CustomerUpdated:
		return profilePart | anyPart
	case k == schemas.CustomerConsented:
		return consentPart | anyPart
	case k == schemas.LoyaltyChanged:
		return loyaltyPart | anyPart
	default:
		return anyPart
	}
}

// planDates looks up the dates that may have changed, as of a moment. Errors
// are reported to told, which may be nil.
func (t *turn) planDates(changed parts, now schemas.Time, told func(*rule.Trigger, error)) {
	for i := range t.e.dated {
		d := &t.e.dated[i]
		if d.parts&changed == 0 || !t.set.Starts(d.tr, t.c.Subject) {
			continue
		}
		if err := t.plan(d.tr, now); err != nil && told != nil {
			told(d.tr, err)
		}
	}
}

// plan looks up when a trigger begins its next run. An error means never.
func (t *turn) plan(tr *rule.Trigger, now schemas.Time) error {
	was := state.DateStart{Trigger: tr.Name}
	at := t.c.Runs().FindDate(tr.Name)
	if at >= 0 {
		was = t.c.Runs().Dates[at]
	}
	next := was
	var err error
	next.ID, next.Due, err = t.nextDate(tr, &was, now)
	next.Version = tr.Version
	switch {
	case next.Due == 0 && at >= 0:
		t.forget(at)
	case next.Due != 0 && next != was:
		*t.c.EditRuns().Date(tr.Name) = next
	}
	return err
}

// nextDate is the occurrence that comes next, as of a moment: the one that is
// planned, or the first at or after now. What is known of the customer is looked at as of the
// latest that was heard: where now is that of a late event, a window would end before what
// has planned the date.
func (t *turn) nextDate(tr *rule.Trigger, was *state.DateStart, now schemas.Time) (id string, due schemas.Time, err error) {
	t.in.Event, t.in.Item, t.in.Run, t.in.Now = nil, nil, nil, max(now, t.c.Core().LastSeenAt)
	date, ok, err := tr.Start.Date.Timestamp(&t.in)
	if err != nil || !ok {
		return "", 0, err
	}
	dates := calendar.Of(&tr.Start, date, t.Location(t.c))
	for n := dates.First(now.Add(-travels)); ; n++ {
		o := dates.Number(n)
		planned := was.Due != 0 && (o.ID == was.ID || o.At == was.Due)
		// The date itself is no anniversary unless it was known before it came:
		// a year with the shop is over a year after the first visit.
		counts := n > 0 || !dates.Repeats() || date > now
		switch fresh := o.ID != was.Last && o.At > was.LastAt && !t.mayHaveHad(o.ID); {
		case fresh && planned && o.At < now:
			return o.ID, max(o.At, min(now, was.Due)), nil
		case fresh && (planned || counts && o.At >= now):
			return o.ID, o.At, nil
		case !dates.Repeats():
			return "", 0, nil
		}
	}
}

// dateStanding judges what stands planned, by the set at hand, as standing does
// for runs. A trigger that is paused refuses its starts one by one.
func (t *turn) dateStanding(d *state.DateStart) standing {
	s := t.judged(&state.Run{Trigger: d.Trigger, Version: d.Version})
	if s.how == unknown || s.how == disabled {
		return s
	}
	if !t.set.Newer(d.Trigger, d.Version) {
		s.tr = t.set.For(d.Trigger, t.c.Subject)
	}
	s.how = goesOn
	if s.tr == nil || s.tr.Start.Date == nil && !byClock(s.tr) {
		s.how = disabled
	}
	return s
}

// fall lets a planned occurrence begin its run, and plans the next one.
func (t *turn) fall(i int, as standing) {
	d := t.c.Runs().Dates[i]
	tr := as.tr
	if as.how == disabled {
		t.forget(i)
		return
	}
	if tr.Start.Date != nil && d.Version != tr.Version {
		// The trigger has changed since: it may see the date otherwise.
		_ = t.plan(tr, d.Due) // an error means that there is none
		i = t.c.Runs().FindDate(tr.Name)
		if i < 0 || t.c.Runs().Dates[i].Due != d.Due {
			return
		}
		d = t.c.Runs().Dates[i]
	}
	entry := &t.c.EditRuns().Dates[i]
	entry.Last, entry.LastAt = max(d.Last, d.ID), d.Due
	entry.ID, entry.Due = "", 0
	ev := t.occasion(tr, d.ID, d.Due)
	t.startBy(tr, ev)
	if tr.Start.Date == nil {
		return
	}
	if err := t.plan(tr, d.Due); err != nil {
		t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, "date: "+errorDetail(err))
	}
}

// forget takes away what was planned; what has begun last stays known.
func (t *turn) forget(i int) {
	runs := t.c.EditRuns()
	if runs.Dates[i].Last == "" {
		runs.RemoveDate(i)
		return
	}
	runs.Dates[i].ID, runs.Dates[i].Due = "", 0
}

// before is what dates and schedules need to know of the time before an event:
// the zone, nil where there was no customer or nobody asks.
func (t *turn) before() (was knownBefore) {
	if len(t.e.dated) == 0 && !t.e.zoned {
		return was
	}
	was.created = t.c.Core().CreatedAt
	if t.e.zoned && was.created != 0 {
		was.zone = t.Location(t.c)
	}
	return was
}

type knownBefore struct {
	created schemas.Time // 0: there was nothing
	zone    *time.Location
}

// after brings dates and schedules up to what an event, or a merge, has changed.
// Errors are reported to told, which may be nil.
func (t *turn) after(was knownBefore, changed parts, at schemas.Time, told func(*rule.Trigger, error)) {
	if t.c.Core().CreatedAt != was.created {
		changed |= firstPart
	}
	if t.e.zoned && changed&(firstPart|profilePart) != 0 {
		t.zoneKnown = true
		if now := t.Location(t.c); was.zone != nil && now.String() != was.zone.String() {
			t.travelled(was.zone, now, at)
		}
	}
	t.planDates(changed, at, told)
}
