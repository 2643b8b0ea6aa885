package engine

import (
	"errors"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
)

// An anonymous id that is identified as a customer becomes an alias: its record
// hands over what it kept (ask, then merge) and forwards every event from then
// on. The owner remembers its aliases, to erase them with itself.

// maxHops bounds forwarding from alias to alias. Two ids identified as each other
// are mostly told apart in becomeAlias; a ring, which only a broken source can make, ends
// here: an event is applied where it is, and what an id kept stays where it has come to,
// with a record that is nobody's alias any more.
const maxHops = 8

// forward sends an event to the customer whose alias this record is.
func (t *turn) forward(ev *schemas.Event, owner string, hops byte) {
	own := *ev
	own.Subject = owner
	t.mail(Mail{Kind: MailEvent, To: owner, Event: &own, Payload: []byte{hops + 1, byte(t.depth)}, At: ev.Time})
}

// wayOf is the way that an event in mail has come: over so many aliases, and
// after so many events of beckon's own (see maxOwn). The payload is a byte each.
func wayOf(m Mail) (hops byte, depth int) {
	if len(m.Payload) != 2 {
		return 0, 0
	}
	return m.Payload[0], int(m.Payload[1])
}

// Ask is the mail that asks an anonymous id for what it kept, where the event tells whose
// it is; not ok for other events. Whoever reads events long before they are processed may
// mail it ahead, any number of times, so that the id's own waits do not end meanwhile.
func Ask(ev *schemas.Event) (ask Mail, ok bool) {
	_, _, internal := isInternal(ev.AnonymousID)
	if ev.Kind != schemas.CustomerIdentified || ev.AnonymousID == "" || ev.AnonymousID == ev.Subject || internal {
		return Mail{}, false
	}
	return Mail{Kind: MailMergeAsk, To: ev.AnonymousID, Customer: ev.Subject, At: ev.Time}, true
}

// identified asks the anonymous id for what it kept. What the event starts waits for
// the answer, with which it comes back: triggers see the customer with all that was
// kept. What it ends does not wait: no clock would wait for it either. An id that has
// been asked before has nothing more to tell.
func (t *turn) identified(ev *schemas.Event) {
	ask, ok := Ask(ev)
	if !ok {
		return
	}
	if !slices.Contains(t.c.Core().Aliases, ev.AnonymousID) {
		t.addAlias(ev.AnonymousID, ev.Time)
		if len(t.set.StartsOn(ev.Type)) > 0 || len(t.enders(ev.Type)) > 0 {
			own := *ev
			ask.Event, t.startsLater = &own, true
		}
	}
	t.mail(ask)
}

// giveUp makes this record an alias and mails what it kept to its owner, and the event
// that asked for it.
func (t *turn) giveUp(m Mail) {
	kept := t.becomeAlias(m)
	if kept != nil || m.Event != nil {
		t.mail(Mail{Kind: MailMerge, To: m.Customer, Customer: t.c.Subject, Event: m.Event, Payload: kept, At: m.At})
	}
}

// becomeAlias gives what was kept, nil if there is nothing to hand over. Of two ids
// identified as each other, the lesser one stays the owner. An id is its last owner's,
// in whatever order it is asked, and nobody's who asks from before its erasure.
func (t *turn) becomeAlias(m Mail) (kept []byte) {
	core := t.c.Core()
	switch {
	case m.Customer == t.c.Subject, slices.Contains(core.Aliases, m.Customer) && t.c.Subject < m.Customer,
		m.At <= core.ErasedAt, core.AliasOf != "" && m.At < core.LastSeenAt:
		return nil
	}
	if core.AliasOf == "" {
		if whole, err := t.c.EncodeWhole(); err == nil && !t.c.Empty() {
			kept = whole
		}
		erased := core.ErasedAt
		t.unwatchAll(m.At)
		t.c.Erase(erased)
	}
	core = t.c.EditCore()
	core.AliasOf, core.LastSeenAt = m.Customer, m.At
	return kept
}

// merge takes over what was kept under an anonymous id, then asks once more what the
// event ends that identified it, and starts what it starts.
func (t *turn) merge(m Mail) {
	var from *state.Customer
	if len(m.Payload) > 0 {
		var err error
		if from, err = state.DecodeWhole(m.Customer, m.Payload); err != nil {
			if errors.Is(err, state.ErrNewer) {
				t.c.Fail(err) // whoever can read it takes it over, nothing is lost
			}
			return
		}
	}
	if erased := t.c.Core().ErasedAt; erased != 0 && erased >= m.At {
		if from != nil {
			t.rebindAll(from, m.At)
		}
		return
	}
	if t.passedOn(m) {
		return
	}
	if t.c.Core().AliasOf != "" { // a ring ends here, see maxHops
		t.c.EditCore().AliasOf = ""
		if from != nil {
			from.EditCore().Aliases = nil // asked once more, they would close it again
		}
	}
	known := t.before()
	if from != nil {
		t.mergeAll(from, m.At)
	}
	if m.Event != nil {
		own := *m.Event
		own.Subject = t.c.Subject
		t.endOnceMore(&own)
		t.startRuns(&own)
	}
	t.after(known, allParts, m.At, nil)
	t.followUp()
}

// passedOn passes mail on to the customer whom this one was identified as meanwhile.
func (t *turn) passedOn(m Mail) bool {
	owner := t.c.Core().AliasOf
	if owner == "" || owner == t.c.Subject || m.Hops >= maxHops {
		return false
	}
	m.To = owner
	m.Hops++
	t.mail(m)
	return true
}

// mergeAll takes over of single values the newer one, of lists both.
func (t *turn) mergeAll(from *state.Customer, at schemas.Time) {
	t.mergeCore(from.Core(), at)
	if from.Cart().UpdatedAt > t.c.Cart().UpdatedAt {
		*t.c.EditCart() = *from.Cart()
	}
	t.mergeViews(from.Views())
	for _, w := range from.Views().Watched {
		t.interested(w.SKU, w.At)
	}
	t.mergeOrders(from, at)
	t.mergeTraits(from.Traits())
	t.mergeSends(from.Sends())
	ours := slices.Clone(t.c.Untils().Events)
	t.mergeUntils(from.Untils())
	t.mergeRuns(from.Runs())
	t.endByOthers(from, ours)
	t.callOffByOthers(from, ours, at)
	t.mergeDates(from.Runs().Dates)
}

// mergeDates takes over which occurrences have begun for either, and what is
// about to come, which planning leaves as it is if it still holds.
func (t *turn) mergeDates(from []state.DateStart) {
	for _, f := range from {
		d := t.c.EditRuns().Date(f.Trigger)
		d.Last, d.LastAt = max(d.Last, f.Last), max(d.LastAt, f.LastAt)
		if f.Due != 0 && (d.Due == 0 || f.Due < d.Due) {
			d.Version, d.ID, d.Due = f.Version, f.ID, f.Due
		}
	}
}

func (t *turn) mergeCore(from *state.Core, at schemas.Time) {
	core := t.c.EditCore()
	t.learnProfile(from.ProfileWords())
	for _, c := range from.Consent {
		core.SetConsent(c)
	}
	for _, s := range from.Suppress {
		have := core.Suppression(s.Channel)
		if policy.Address(&from.Profile, s.Channel) == policy.Address(&core.Profile, s.Channel) {
			have.Bounced += s.Bounced
		}
		have.Complained += s.Complained
		have.Unsubscribed = max(have.Unsubscribed, s.Unsubscribed)
	}
	core.EventIDs.Merge(from.EventIDs)
	for _, alias := range from.Aliases {
		t.addAlias(alias, at)
		t.mail(Mail{Kind: MailMergeAsk, To: alias, Customer: t.c.Subject, At: from.LastSeenAt})
	}
	if from.CreatedAt != 0 && (core.CreatedAt == 0 || from.CreatedAt < core.CreatedAt) {
		core.CreatedAt = from.CreatedAt
	}
	core.LastSeenAt = max(core.LastSeenAt, from.LastSeenAt)
	core.LearnLoyalty(from.LoyaltyWords())
}

func (t *turn) mergeViews(from *state.Views) {
	if len(from.Recent) == 0 && len(from.Counts) == 0 {
		return
	}
	t.c.EditViews().Merge(from)
}

func (t *turn) mergeOrders(from *state.Customer, at schemas.Time) {
	if f := from.Orders(); f.Count > 0 || len(f.Recent) > 0 {
		orders := t.c.EditOrders()
		ours := slices.Clone(orders.Recent)
		orders.Count += f.Count
		orders.Revenue = orders.Revenue.Add(f.Revenue)
		if f.FirstAt != 0 && (orders.FirstAt == 0 || f.FirstAt < orders.FirstAt) {
			orders.FirstAt = f.FirstAt
		}
		orders.LastAt = max(orders.LastAt, f.LastAt)
		for _, o := range slices.Backward(f.Recent) {
			if i := slices.IndexFunc(ours, func(x state.Order) bool { return x.ID == o.ID }); i >= 0 {
				o = joinOrders(orders, &o, &ours[i])
			}
			orders.Insert(o)
		}
		for i := range ours {
			t.unbind(&ours[i], at)
		}
		t.rebindAll(from, at)
	}
	if f := from.Cycles(); len(f.SKUs) > 0 {
		cycles := t.c.EditCycles()
		for _, p := range f.SKUs {
			for _, day := range p.Days {
				cycles.Add(p.SKU, p.Category, day)
			}
		}
	}
}

// rebindAll points the records of another customer's orders to this one, as far as they
// are kept here.
func (t *turn) rebindAll(from *state.Customer, at schemas.Time) {
	if !t.e.cfg.Lookup {
		return
	}
	for i := range from.Orders().Recent {
		bindings(&from.Orders().Recent[i], func(kind, name string) {
			if t.keeps(kind, name) {
				t.bind(kind, name, t.c.Subject, at)
			} else {
				t.release(kind, name, from.Subject, at)
			}
		})
	}
}

func (t *turn) mergeSends(from *state.Sends) {
	if len(from.Recent) == 0 && len(from.Triggers) == 0 && len(from.Coupons) == 0 && len(from.Open) == 0 {
		return
	}
	sends := t.c.EditSends()
	for _, c := range slices.Backward(from.Coupons) {
		sends.AddCoupon(c)
	}
	sends.MergeOpen(from.Open)
	for _, s := range from.Recent {
		sends.Add(s, t.set.Policy.Needs)
	}
	for name, f := range from.Triggers {
		ts := sends.Trigger(name)
		ts.Before = max(ts.Before, f.Before, min(ts.FirstAt, f.FirstAt))
		ts.FirstAt = max(ts.FirstAt, f.FirstAt)
		for _, template := range f.Once {
			ts.AddOnce(template)
		}
		for _, g := range f.Goals {
			ts.AddGoal(g)
		}
		sends.SetTrigger(name, ts)
	}
}

func (t *turn) mergeUntils(from *state.Untils) {
	if len(from.Events) == 0 {
		return
	}
	untils := t.c.EditUntils()
	for _, e := range from.Events {
		untils.Add(e)
	}
}

// mergeRuns takes runs over as they stand; of two with the same trigger and key
// the one that started later goes on.
func (t *turn) mergeRuns(from *state.Runs) {
	for i := range from.Active {
		r := &from.Active[i]
		at := t.c.Runs().Find(r.Trigger, r.Key)
		if at < 0 {
			if !t.c.Runs().Room(r) {
				t.decideRun(r, r.StartedAt, "", schemas.Ended, schemas.TooManyRuns, "", "")
				continue
			}
			t.c.EditRuns().Active = append(t.c.EditRuns().Active, *r)
			continue
		}
		have := &t.c.EditRuns().Active[at]
		first, second := *have, *r
		if second.StartedAt <= first.StartedAt {
			first, second = second, first
		}
		*have = second
		t.decideRun(&first, second.StartedAt, "", schemas.Ended, 0, "", restarted)
	}
}
