package processor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/beckon-io/beckon/processor/mailbox"
	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/processor/rate"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// live is how old an event may be that does not wait for those before it that
// only other customers have to do with.
const live = time.Minute

// work ends due waits and processes up to most items. More tells that there is
// more that could be done at once.
//
// Waits that are due come before an item. Where a crowd of them is due at once,
// and what arrives is live, a few items are let through after each few hundred
// waits: a flash sale's hundred thousand reminders are not to hold up an order's
// confirmation. A customer's own waits come before an item in any case, see apply.
// Records that live elsewhere are passed on meanwhile. After a turn that was all crowd,
// more is false though there is: the lane is to read on first, or what arrives then
// would miss a transaction.
func (t *task) work(most int) (more bool, err error) {
	t.busy, t.plenty = false, false
	now := t.l.now
	t.merge.Clock(t.l.clockBound())
	if err := t.adopt(); err != nil {
		return false, err
	}
	crowded := false // more waits are due than may end now
	allCrowd := false
	for n := range most {
		if n%lookAhead == 0 {
			t.feed()
			t.prefetch()
		}
		if t.l.laden() { // one item may bring hundreds of mails
			t.busy = true
			break
		}
		if err := t.open(); err != nil {
			return false, err
		}
		if !crowded {
			if crowded, err = t.fireDue(most - n); err != nil {
				return false, err
			}
			allCrowd = crowded && n == 0
		}
		it, wait := t.merge.Next(now)
		t.wantsProof = t.wantsProof || wait.Why == merge.Proof
		if crowded && (it == nil || n >= most/4 || it.Time.Add(live) < now) {
			return t.crowdedOut(most/4, allCrowd)
		}
		if it == nil {
			break
		}
		held, err := t.process(it)
		if err != nil {
			return false, err
		}
		if held {
			t.wantsProof = true
			if crowded {
				return t.crowdedOut(most/4, allCrowd)
			}
			break
		}
		ev := it.Payload.ev
		t.merge.Take()
		t.l.events.done(ev)
		t.touched = true
		t.busy = n == most-1
		t.plenty = t.busy
		t.l.batch.processed()
		t.merge.Clock(t.l.clockBound())
	}
	if err := t.forward(most); err != nil {
		return false, err
	}
	if err := t.sweep(most); err != nil {
		return false, err
	}
	return t.busy, nil
}

// crowdedOut ends a turn after which more waits are due. More tells whether the task may
// go on at once.
func (t *task) crowdedOut(few int, all bool) (more bool, err error) {
	if err := t.forward(few); err != nil {
		return false, err
	}
	t.busy = true
	t.l.batch.crowd = t.l.batch.crowd || all
	return !all, nil
}

// fireDue ends the waits that the clock has passed, in order, at most so many;
// full tells that there are more.
func (t *task) fireDue(most int) (full bool, err error) {
	full, err = t.fireWaits(most)
	t.await()
	return full, err
}

func (t *task) fireWaits(most int) (full bool, err error) {
	grace := t.l.p.cfg.Grace
	for range most {
		if t.l.laden() { // one wait may bring many large messages
			return true, nil
		}
		first, ok, err := t.store.NextDue()
		t.nextDue = 0
		if err != nil || !ok {
			return false, err
		}
		if !t.merge.Ended(first.At) {
			t.nextDue = first.At.Add(grace + time.Microsecond)
			t.wantsProof = t.wantsProof || first.At.Add(grace) < t.l.now
			return false, nil
		}
		c, due, err := t.store.PopDue(t.ended())
		if err != nil {
			return false, err
		}
		t.touched = true
		if c == nil {
			continue
		}
		if err := t.ahead(c); err != nil {
			return false, err
		}
		if _, err := t.fire(c, due); err != nil {
			return false, err
		}
		if err := t.store.Done(c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// ended is the last due that merge.Ended is true for.
func (t *task) ended() schemas.Time {
	return t.merge.Clock(t.l.clockBound()).Add(-t.l.p.cfg.Grace) - 1
}

// fire ends the waits of one customer that are due at one instant. Next is when
// the customer has another that can end.
func (t *task) fire(c *state.Customer, due schemas.Time) (next schemas.Time, err error) {
	t.touched = true
	eff := t.l.engine.Fire(c, due, t.env())
	switch {
	case !engine.IsCustomer(c.Subject): // a watcher whose time is over: nobody's wait
		t.l.batch.processed()
	case eff.Parked == 0 || len(eff.Decisions) > 0: // else nothing has ended
		t.l.batch.ended(t.l.now, due.Add(t.l.p.cfg.Grace))
	}
	return eff.Wake, t.effect(c, &eff, origin{wait: len(t.l.batch.late), place: t.rounds.Place(due)})
}

// process lets one item happen. Held tells that the customer has a wait that
// ends before the item and that the clock has not passed yet: it must come
// again after a proof.
func (t *task) process(it *merge.Item[item]) (held bool, err error) {
	p := &it.Payload
	why := origin{cause: cause{in: p.in, offset: it.Offset}, source: p.source, appended: p.appended, place: it.Place}
	if p.mail == nil && it.Place == 0 {
		why.place = t.rounds.Place(it.Time)
	}
	switch {
	case p.bad != nil:
		t.l.deadLetter(p.bad, why.cause)
		return false, nil
	case p.mail != nil:
		_, held, err := t.apply(p.mail.To, it, why)
		if held {
			return true, err
		}
		t.l.batch.mail++
		if t.l.engine.MayEnd(p.mail.Kind) {
			t.rounds.Took(it.Place)
		}
		return false, err
	case p.raw != nil: // a stray, which no mark follows
		t.forwardOne(it, why.place)
		return false, nil
	}
	repeat, held, err := t.apply(engine.RecordOf(p.ev), it, why)
	if !held && err == nil {
		t.processed(p, repeat)
		if it.Place != 0 { // it was a stray
			t.rounds.Took(it.Place)
		}
	}
	return held, err
}

// processed counts an event that was applied, or dropped as a repeat.
func (t *task) processed(p *item, repeat bool) {
	n := t.l.batch.source(t.l.lay, p.source)
	if repeat {
		n.Duplicate++
		return
	}
	n.Processed++
	if p.ev.TraceParent == "" {
		return
	}
	if tr := t.l.trace(); tr != nil {
		tr.Read(t.l.p.background, n.Topic, p.ev)
	}
}

// forwardOne passes an event on to its home and counts it. place is 0 where marks follow it.
func (t *task) forwardOne(it *merge.Item[item], place schemas.Time) {
	p := &it.Payload
	t.l.mailTo(t.l.lay.homeOf(p.ev), mailbox.Forward(int(t.id), p.raw, it.Time, place), cause{in: p.in, offset: it.Offset})
	n := t.l.batch.source(t.l.lay, p.source)
	n.Forwarded++
	if !p.source.Other && p.ev.Subject != "" {
		n.Misplaced++
		t.l.p.tellMisplaced(n.Topic)
	}
}

// apply lets an event or mail happen to its record, whose waits come before it.
// Repeat tells that it was an event that had happened already.
func (t *task) apply(record string, it *merge.Item[item], why origin) (repeat, held bool, err error) {
	if t.early(record, it.Time) {
		return false, true, nil
	}
	c, err := t.store.Customer(record)
	if err != nil {
		return false, false, err
	}
	t.products = t.products || strings.HasPrefix(record, engine.Products)
	if err := t.ahead(c); err != nil {
		return false, false, err
	}
	for wake := c.Wake(); wake != 0 && wake.Add(t.l.p.cfg.Grace) < it.Time; {
		if !t.merge.Ended(wake) {
			return false, true, t.store.Done(c)
		}
		if wake, err = t.fire(c, wake); err != nil {
			return false, false, err
		}
	}
	var eff engine.Effects
	env := t.env()
	env.Counts = it.Time
	if p := &it.Payload; p.mail != nil {
		eff = t.l.engine.Receive(c, *p.mail, env)
	} else {
		eff = t.l.engine.Apply(c, p.ev, env)
		repeat = len(eff.Decisions) == 1 && eff.Decisions[0].Reason == schemas.DuplicateEvent
	}
	if err := t.effect(c, &eff, why); err != nil {
		return false, false, err
	}
	return repeat, false, t.store.Done(c)
}

// effect carries out what the engine asks for.
func (t *task) effect(c *state.Customer, eff *engine.Effects, why origin) error {
	if err := cmp.Or(c.Err(), t.unread); err != nil {
		return fmt.Errorf("task %d: %w", t.id, err)
	}
	t.arm(c, eff)
	if err := t.scan.locate(eff.Zone); err != nil {
		return err
	}
	for i := range eff.Commands {
		if regrets(t.l.engine.Set(), c, &eff.Commands[i]) {
			t.l.regret(&eff.Commands[i])
		}
		t.l.command(&eff.Commands[i], why)
	}
	for _, ev := range eff.Coupons {
		t.l.coupon(ev, why.cause)
	}
	for i := range eff.Decisions {
		t.l.decision(&eff.Decisions[i], why.cause)
	}
	for i := range eff.Mail {
		t.l.mail(t, &eff.Mail[i], why)
	}
	return nil
}

// arm sees to it that the customer is found when there is something to do.
func (t *task) arm(c *state.Customer, eff *engine.Effects) {
	if eff.Parked != 0 {
		t.store.Park(c, eff.Parked, eff.Wake)
		return
	}
	if eff.Wake != 0 && t.merge.Ended(eff.Wake) {
		// It may be that of a parked run, and hide what the customer's others
		// need. Looked at once more, they are told apart.
		c.SetArmed(0)
	}
	t.store.Arm(c, eff.Wake)
}

// forward passes records on to their homes, in the order of the logs they came
// from.
func (t *task) forward(most int) error {
	for range most {
		if t.l.laden() {
			break
		}
		it, wait := t.merge.NextForward()
		if it == nil {
			t.wantsProof = t.wantsProof || wait.Why == merge.Proof
			return nil
		}
		p := &it.Payload
		if p.bad != nil {
			t.l.deadLetter(p.bad, cause{in: p.in, offset: it.Offset})
		} else {
			t.forwardOne(it, 0)
		}
		t.merge.TakeForward()
		t.touched, t.forwarded = true, true
		t.l.batch.processed()
	}
	t.busy = true
	return nil
}

func (t *task) env() engine.Env {
	env := t.asks
	env.Wall, env.Passed = t.l.now, t.scan.Target
	if len(t.l.engine.Set().Policy.Rate) == 0 {
		env.Pace = nil
	}
	return env
}

// pace asks for a place in the channel's rate. The slot is by the processor's
// clock, and a wait ends grace after its due.
func (t *task) pace(channel string, perSecond int, class schemas.Class, queued bool) (again schemas.Time) {
	slot := t.l.p.pacer.Ask(rate.Request{Channel: channel, PerSecond: perSecond, Class: class, Queued: queued, Now: t.l.now})
	if slot == 0 {
		return 0
	}
	return slot.Add(-t.l.p.cfg.Grace)
}

// product is what this task knows of a sku. It is good until the transaction
// ends.
func (t *task) product(sku string) *state.Product {
	if !t.products {
		return nil
	}
	record := engine.Products + sku
	if known, err := t.store.Knows(record); !known || err != nil {
		return nil
	}
	c, err := t.store.Customer(record)
	if err != nil || c.Empty() {
		return nil
	}
	return &c.Entry().Product
}

// watchers lists those who watch a product, as they are committed. What keeps
// them from being read is found in effect: nothing of the outcome may leave.
func (t *task) watchers(prefix, after string, most int) []*state.Customer {
	page, err := t.store.Members(prefix, after, most)
	if err != nil {
		t.unread = err
	}
	return page
}
