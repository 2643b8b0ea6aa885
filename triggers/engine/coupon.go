package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// A command that carries a unique code says so three times: to the customer, to
// the shop (coupon.issued, on a topic of its own), and to beckon itself, where
// the same event happens to the customer at once: the code is known before
// anybody can use it, and triggers start on it. An event that has come by the
// mailbox could be overtaken by the order that uses the code.

// Triggers may answer events of beckon's own making, and so without end: maxOwn
// of these may follow from one another without a wait between them, and maxCodes
// codes from one event or wait.
const (
	maxOwn   = 16
	maxCodes = 64
)

const answersItself = "events of beckon's own follow from one another without a wait"

// ownEvent is an event that the customer is yet to have in this call.
type ownEvent struct {
	ev    *schemas.Event
	depth int // of maxOwn
}

// letOut hands a command over to the delivery service and announces its code.
func (t *turn) letOut(cmd *schemas.Command) *schemas.Event {
	t.eff.Commands = append(t.eff.Commands, *cmd)
	ev := t.issued(cmd)
	if ev != nil {
		t.eff.Coupons = append(t.eff.Coupons, ev)
	}
	return ev
}

// issued is the coupon.issued event of a command, nil where it carries no code.
func (t *turn) issued(cmd *schemas.Command) *schemas.Event {
	coupon := schemas.CouponOf(cmd)
	if coupon == nil {
		return nil
	}
	ev, err := schemas.FromData(string(cmd.CommandID)+"/coupon", t.e.cfg.App, schemas.CouponIssued.String(), cmd.Customer, cmd.DueAt, coupon.AppendJSON(nil))
	if err != nil {
		panic("the event of a code: " + err.Error())
	}
	ev.TraceParent, ev.TraceState = cmd.TraceParent, cmd.TraceState
	return ev
}

// follow queues an event for the customer at hand.
func (t *turn) follow(ev *schemas.Event) {
	if ev == nil {
		return
	}
	if ev.Subject != t.c.Subject { // identified since as this customer
		own := *ev
		own.Subject = t.c.Subject
		ev = &own
	}
	t.own = append(t.own, ownEvent{ev, t.depth + 1})
}

// followUp lets the events happen that have been queued, and those that follow
// from them.
func (t *turn) followUp() {
	for i := 0; i < len(t.own); i++ {
		o := t.own[i]
		hash := state.EventHash(o.ev.Source, o.ev.ID)
		if t.c.Core().EventIDs.Has(hash) {
			continue
		}
		t.c.EditCore().EventIDs.Add(hash)
		t.depth, t.moved = o.depth, t.moved[:0]
		if o.depth > maxOwn || i >= maxCodes {
			t.update(o.ev)
			t.decideEvent(o.ev, schemas.TooManyRuns, answersItself)
			continue
		}
		t.happen(o.ev)
	}
	clear(t.own)
	t.own, t.depth = t.own[:0], 0
}

// maxCode is longer than any code that people type.
const maxCode = 200

// gotCoupon notes a code that the customer was given, by beckon or by the shop.
func (t *turn) gotCoupon(ev *schemas.Event) {
	if ev.Code == "" || len(ev.Code) > maxCode {
		return
	}
	offer := schemas.ReadOffer(ev.Offer)
	expires := ev.ExpiresAt
	if expires == 0 {
		expires = offer.ExpiresAt
	}
	t.c.EditSends().AddCoupon(state.Coupon{
		Code: ev.Code, Trigger: ev.Trigger, CommandID: schemas.CommandID(ev.CommandID),
		Offer: state.CouponOffer{
			Kind: offer.Kind, Value: offer.Value, Currency: offer.Currency, Minimum: offer.Minimum, FreeShipping: offer.FreeShipping,
		},
		IssuedAt: ev.Time, ExpiresAt: expires,
	})
}

// usedCoupons notes the codes that an order has used; of several orders the
// first one counts.
func (t *turn) usedCoupons(ev *schemas.Event) {
	for _, code := range ev.Codes {
		c := t.c.Sends().Coupon(code)
		if c == nil || c.UsedAt != 0 && c.UsedAt <= ev.Time {
			continue
		}
		c = t.c.EditSends().Coupon(code)
		c.UsedAt, c.OrderID = ev.Time, ev.OrderID
	}
}
