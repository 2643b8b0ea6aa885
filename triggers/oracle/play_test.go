package oracle

import (
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/schemas"
)

// play is what must come of a case.
func play(ex *example) *oracle {
	o := &oracle{ex: ex, clock: ex.log[0].at}
	for _, m := range ex.log {
		if m.outage {
			o.catchUp(m)
			continue
		}
		for i := range m.events {
			o.advance(m.at)
			o.read(&m.events[i])
		}
	}
	o.advance(ex.end)
	o.settle(ex.end)
	return o
}

// catchUp reads what happened in an outage, in the order of time, and then ends
// all waits that ended in it.
func (o *oracle) catchUp(m moment) {
	o.late = m.at
	var events []*event
	for i := range m.events {
		events = append(events, &m.events[i])
	}
	slices.SortStableFunc(events, func(a, b *event) int { return cmp.Compare(a.time, b.time) })
	for _, ev := range events {
		o.advance(max(o.clock, ev.time))
		o.read(ev)
	}
	o.advance(m.at)
	o.settle(m.at)
	o.late = 0
}

// advance moves time: before anything of that time is read, every wait with
// due + grace < to ends.
func (o *oracle) advance(to schemas.Time) {
	for {
		r, due := o.waiting()
		if r == nil || due.Add(o.ex.policy.grace) >= to {
			break
		}
		o.walk(r, o.shown(due))
	}
	o.clock = max(o.clock, to)
}

// settle ends the waits that are due, grace or not: nothing more is to come.
func (o *oracle) settle(end schemas.Time) {
	for {
		r, due := o.waiting()
		if r == nil || due > end {
			return
		}
		o.walk(r, o.shown(due))
	}
}

// shown is what the wall clock shows when a wait ends: its due, unless that was
// over by more than grace before the wait could end, as it was begun by an event
// that was read late.
func (o *oracle) shown(due schemas.Time) schemas.Time {
	if o.clock.Sub(due) > o.ex.policy.grace {
		return o.clock
	}
	return due
}

// waiting is the run whose wait ends first, in order of (due, customer, priority
// highest first, trigger, key); nil: none waits.
func (o *oracle) waiting() (*run, schemas.Time) {
	type wait struct {
		run *run
		due schemas.Time
	}
	var all []wait
	for _, customer := range o.customers() {
		for _, r := range o.active(customer) {
			n, _ := o.last(r, stands, "")
			all = append(all, wait{r, n.at})
		}
	}
	if len(all) == 0 {
		return nil, 0
	}
	first := slices.MinFunc(all, func(a, b wait) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.run.customer, b.run.customer), before(a.run.trigger, b.run.trigger),
			cmp.Compare(a.run.key, b.run.key))
	})
	return first.run, first.due
}

func (o *oracle) customers() []string {
	var all []string
	for _, n := range o.journal {
		all = append(all, n.customer)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// triggers is all triggers in their order.
func (o *oracle) triggers() []*trigger {
	var all []*trigger
	for i := range o.ex.triggers {
		all = append(all, &o.ex.triggers[i])
	}
	slices.SortFunc(all, before)
	return all
}

// read lets an event happen: dedupe, state, runs that it ends, runs that it
// starts.
func (o *oracle) read(ev *event) {
	if reason := o.drop(ev); reason != 0 {
		o.decisions = append(o.decisions, schemas.Decision{Time: ev.time, Customer: ev.customer, Outcome: schemas.Skipped, Reason: reason})
		return
	}
	if ev.kind == "customer.erased" {
		for _, r := range o.active(ev.customer) {
			o.end(r, ev.time, schemas.Erased, "")
		}
	}
	o.note(note{fact: wasRead, customer: ev.customer, ev: ev})
	for _, tr := range o.triggers() {
		for i := range tr.until {
			o.finish(&tr.until[i], tr, ev)
		}
	}
	o.convert(ev)
	for _, tr := range o.triggers() {
		if slices.Contains(tr.on, ev.kind) && !tr.disabled {
			o.start(tr, ev)
		}
	}
}

// drop is why an event does not count; 0: it does.
func (o *oracle) drop(ev *event) schemas.Reason {
	for _, n := range o.of(ev.customer) {
		switch {
		case n.fact != wasRead:
		case n.ev.kind == "customer.erased" && ev.time <= n.ev.time:
			return schemas.Erased
		case n.ev.id == ev.id && n.ev.source == ev.source:
			return schemas.DuplicateEvent
		}
	}
	return 0
}

// finish ends the runs that an until names.
func (o *oracle) finish(u *ending, tr *trigger, ev *event) {
	for _, r := range o.active(ev.customer) {
		if r.trigger == tr && ev.time >= r.ev.time && o.ends(u, r, ev) {
			o.end(r, ev.time, schemas.GoalReached, "")
		}
	}
}

func (o *oracle) ends(u *ending, r *run, ev *event) bool {
	f := frame{o: o, customer: r.customer, ev: ev, now: ev.time, run: o.view(r)}
	return u.on == ev.kind && (u.when == nil || u.when.holds(f)) && (!u.key || slices.Contains(r.keys(ev), r.key))
}

// keys is the trigger's key evaluated on an event, with each of every element.
func (tr *trigger) keys(ev *event) []string {
	switch {
	case tr.each:
		var all []string
		for i := range ev.items {
			all = append(all, ev.items[i].sku)
		}
		return all
	case tr.key == "cart_id":
		return []string{ev.cartID}
	case tr.key == "order_id":
		return []string{ev.orderID}
	default:
		return []string{""}
	}
}

// start begins the runs that an event starts, one for each element.
func (o *oracle) start(tr *trigger, ev *event) {
	here := frame{o: o, customer: ev.customer, ev: ev, now: ev.time}
	if tr.audience != nil && !tr.audience.holds(here) {
		return
	}
	elements := []*item{nil}
	if tr.each {
		elements = nil
		for i := range ev.items {
			elements = append(elements, &ev.items[i])
		}
	}
	taken := map[string]bool{}
	for _, it := range elements {
		here.item = it
		if tr.when != nil && !tr.when.holds(here) {
			continue
		}
		r := &run{trigger: tr, customer: ev.customer, ev: ev, item: it}
		if it != nil {
			r.key = it.sku
		} else {
			r.key = tr.keys(ev)[0]
		}
		if !taken[r.key] { // of two elements with one key the first counts
			taken[r.key] = true
			o.begin(r)
		}
	}
}

// begin begins a run unless another one or an event that came before its turn
// speaks against it.
func (o *oracle) begin(r *run) {
	var other *run
	for _, a := range o.active(r.customer) {
		if a.trigger == r.trigger && a.key == r.key {
			other = a
		}
	}
	switch {
	case other != nil && r.repeat == "ignore":
		return
	case o.wouldEnd(r):
		o.decide(r, r.ev.time, schemas.Skipped, schemas.LateEvent, "")
		return
	case other != nil && r.repeat == "":
		o.decide(r, r.ev.time, schemas.Skipped, schemas.AlreadyActive, "")
		return
	case other != nil && other.ev.time > r.ev.time:
		o.decide(r, r.ev.time, schemas.Skipped, schemas.LateEvent, "")
		return
	case other != nil:
		o.end(other, r.ev.time, 0, "")
	}
	o.note(note{fact: began, customer: r.customer, run: r})
	o.decide(r, r.ev.time, schemas.Started, 0, "")
	o.walk(r, max(o.clock, o.late))
}

// wouldEnd tells whether a strictly newer event that was read before would have
// ended the run.
func (o *oracle) wouldEnd(r *run) bool {
	for _, ev := range o.past(r.customer) {
		for i := range r.until {
			if ev.time > r.ev.time && o.ends(&r.until[i], r, ev) {
				return true
			}
		}
	}
	return false
}

// convert finds the message that an event is a success of: the trigger's last
// one before it. With it all that its run has sent by now is settled.
func (o *oracle) convert(ev *event) {
	for _, tr := range o.triggers() {
		if tr.goal == nil || tr.goal.on != ev.kind {
			continue
		}
		var touch note
		for _, n := range o.unsettled(ev.customer) {
			if n.run.trigger == tr && n.at <= ev.time && ev.time <= n.at.Add(tr.goal.within) && n.at >= touch.at {
				touch = n
			}
		}
		if touch.run != nil {
			o.note(note{fact: converted, customer: ev.customer, run: touch.run})
			o.decisions = append(o.decisions, schemas.Decision{
				Time: ev.time, Customer: ev.customer, Trigger: tr.name, Key: touch.run.key, Step: touch.command.Step, Outcome: schemas.Converted, CommandID: touch.command.CommandID,
			})
		}
	}
}

// unsettled is the commands to a customer that no goal was attributed to since.
func (o *oracle) unsettled(customer string) []note {
	var all []note
	for _, n := range o.of(customer) {
		switch n.fact {
		case wasSent:
			all = append(all, n)
		case converted:
			all = slices.DeleteFunc(all, func(sent note) bool { return sent.run == n.run })
		}
	}
	return all
}
