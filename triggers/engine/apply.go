package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// apply lets one event happen to its record, unless it is a repeat. hops counts
// how often it was forwarded from alias to alias. An id that was erased is asked for
// that first: what is from before is nobody's, whoever the id belongs to by now. What
// beckon itself has emitted brings nobody back who was erased.
func (t *turn) apply(ev *schemas.Event, hops byte) {
	if kind, _, internal := isInternal(t.c.Subject); internal {
		t.applyInternal(kind, ev)
		return
	}
	core := t.c.Core()
	forwards := core.AliasOf != "" && hops < maxHops
	if core.ErasedAt != 0 && (ev.Time <= core.ErasedAt || t.depth > 0 && core.LastSeenAt == 0 && !forwards) {
		t.decideEvent(ev, schemas.Erased, "")
		if ask, ok := Ask(ev); ok { // the id may have been asked ahead
			t.dissolve(ask.To, ev.Time)
		}
		return
	}
	if forwards {
		t.forward(ev, core.AliasOf, hops)
		return
	}
	hash := state.EventHash(ev.Source, ev.ID)
	if core.EventIDs.Has(hash) {
		t.decideEvent(ev, schemas.DuplicateEvent, "")
		return
	}
	if ev.Kind == schemas.CustomerErased {
		t.erase(ev)
		return
	}
	t.c.AddEvent(hash)
	t.happen(ev)
	t.followUp()
}

// happen lets an event that is new happen to a customer: state, then runs that
// it ends, then runs that it starts.
func (t *turn) happen(ev *schemas.Event) {
	known := t.before()
	if ev.Kind.IsShipment() {
		ev = t.withOrder(ev)
	}
	t.in.Event, t.in.Now, t.startsLater = ev, ev.Time, false
	t.update(ev)
	t.endRuns(ev)
	t.convert(ev)
	if !t.startsLater {
		t.startRuns(ev)
	}
	t.after(known, partsBy(ev.Kind), ev.Time, func(tr *rule.Trigger, err error) {
		t.decideStart(tr, ev, "", schemas.Skipped, schemas.ExpressionError, "date: "+errorDetail(err))
	})
}

// update changes what is known about the customer, by families of events.
// Families see to their own order: an older event never undoes a newer one.
func (t *turn) update(ev *schemas.Event) {
	t.seen(ev)
	switch k := ev.Kind; {
	case k == schemas.ProductViewed:
		t.viewed(ev)
	case k == schemas.CartUpdated, k == schemas.CheckoutStarted:
		t.filled(ev)
	case k == schemas.OrderPlaced:
		t.ordered(ev)
		t.usedCoupons(ev)
	case k == schemas.OrderCancelled, k == schemas.OrderRefunded:
		t.unordered(ev)
	case k.IsShipment():
		t.shipped(ev)
	case k == schemas.CustomerRegistered, k == schemas.CustomerUpdated:
		t.profiled(ev)
	case k == schemas.CustomerConsented:
		t.consented(ev)
	case k == schemas.CustomerIdentified:
		t.identified(ev)
	case k == schemas.LoyaltyChanged:
		t.loyal(ev)
	case isReceipt(k):
		t.feedback(ev)
	case k == schemas.CouponIssued:
		t.gotCoupon(ev)
	}
	t.cares(ev)
	t.countTraits(ev)
}

// seen keeps when the customer was first and last about. Parcels, points, codes,
// products and messages move without the customer; so does what beckon emits itself.
// They bring nobody back who was erased, nor does an opened or clicked message, as
// programs that fetch and check mails do these, too.
func (t *turn) seen(ev *schemas.Event) {
	core := t.c.Core()
	own := t.ownDoing(ev)
	if erased := core.ErasedAt != 0 && core.CreatedAt == 0; erased && (!own || isReceipt(ev.Kind)) {
		return
	}
	if core.CreatedAt == 0 || ev.Time < core.CreatedAt {
		t.c.EditCore().CreatedAt = ev.Time
	}
	if own {
		t.c.Seen(ev.Time)
	}
}

func (t *turn) ownDoing(ev *schemas.Event) bool {
	switch k := ev.Kind; {
	case k == schemas.KindUnknown:
		return ev.Source != t.e.cfg.App
	case k.IsShipment(), k == schemas.LoyaltyChanged, k == schemas.OrderCancelled, k == schemas.OrderRefunded, k == schemas.CouponIssued,
		k == schemas.ProductUpdated:
		return false
	case isReceipt(k):
		return k == schemas.MessageOpened || k == schemas.MessageClicked
	default:
		return true
	}
}

// isReceipt tells whether an event reports on a message.
func isReceipt(k schemas.Kind) bool {
	return k >= schemas.MessageSent && k <= schemas.MessageUnsubscribed
}
