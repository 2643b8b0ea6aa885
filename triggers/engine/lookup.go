package engine

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// bind tells an order's or tracking code's record whose it is.
func (t *turn) bind(kind, name, customer string, at schemas.Time) {
	t.mail(Mail{Kind: MailBind, To: Internal(kind, name), Customer: customer, At: at})
}

// release takes that back where the record is still the customer's: the order may
// have been told of for somebody else since.
func (t *turn) release(kind, name, customer string, at schemas.Time) {
	t.mail(Mail{Kind: MailBind, To: Internal(kind, name), Payload: []byte(customer), At: at})
}

// bindings are the records that an order is found by: its own, once it was placed,
// and those of its parcels' codes.
func bindings(o *state.Order, each func(kind, name string)) {
	if o.At != 0 {
		each(orderKind, o.ID)
	}
	for i := range o.Shipments {
		if code := o.Shipments[i].TrackingCode; code != "" {
			each(trackingKind, code)
		}
	}
}

// keeps tells whether a record leads to one of the recent orders.
func (t *turn) keeps(kind, name string) (found bool) {
	recent := t.c.Orders().Recent
	for i := range recent {
		bindings(&recent[i], func(k, n string) { found = found || k == kind && n == name })
	}
	return found
}

// unbind lets the records go of an order, or a version of one, that is not among the
// recent ones any more, so that bindings live no longer than what they point to.
func (t *turn) unbind(o *state.Order, at schemas.Time) {
	if !t.e.cfg.Lookup {
		return
	}
	bindings(o, func(kind, name string) {
		if !t.keeps(kind, name) {
			t.release(kind, name, t.c.Subject, at)
		}
	})
}

// applyInternal lets an event happen to a record that is no customer's.
func (t *turn) applyInternal(kind string, ev *schemas.Event) {
	switch kind {
	case productKind:
		t.catalogued(ev)
	case orderKind, trackingKind:
		t.lookUp(kind, ev)
	}
}

// lookUp sends a shipment on to the customer whose order it is, or keeps it
// until that is known. A carrier may know the order by another name than the shop:
// the tracking code is asked as well, without that name, so that the customer's record
// finds the order by the parcel. Whichever of the two finds the customer first sends the
// event there; the order's takes the code's back.
func (t *turn) lookUp(kind string, ev *schemas.Event) {
	if customer := t.c.Entry().Customer; customer != "" {
		t.sendOn(ev, customer)
		return
	}
	waits := *ev
	waits.Time = t.counts(ev.Time)
	t.c.EditEntry().AddWaiting(schemas.AppendEvent(nil, &waits))
	if kind == orderKind && ev.TrackingCode != "" {
		nameless := *ev
		nameless.OrderID, nameless.Raw = "", ofOrder(ev.Raw, "")
		t.mail(Mail{Kind: MailLookup, To: Internal(trackingKind, ev.TrackingCode), Event: &nameless, At: ev.Time})
	}
}

// bound is the other half: the customer is known, what waited goes there. What earlier
// versions take back they take from whoever has it.
func (t *turn) bound(m Mail) {
	has := t.c.Entry().Customer
	if m.Customer == has || m.Customer == "" && len(m.Payload) > 0 && string(m.Payload) != has {
		return
	}
	entry := t.c.EditEntry()
	entry.Customer = m.Customer
	if m.Customer == "" {
		return
	}
	kind, _, _ := isInternal(t.c.Subject)
	for _, raw := range entry.Waiting {
		ev, err := waitingEvent(raw)
		if err != nil {
			continue // not reached: it was encoded by AppendEvent
		}
		t.sendOn(ev, m.Customer)
		if kind == orderKind && ev.TrackingCode != "" {
			t.mail(Mail{Kind: MailLookup, To: Internal(trackingKind, ev.TrackingCode), Event: ev, Payload: takenBack, At: ev.Time})
		}
	}
	entry.Waiting = nil
}

func waitingEvent(raw []byte) (*schemas.Event, error) {
	return schemas.Decode(raw, nil, schemas.DecodeOptions{AllowNoSubject: true, Internal: true})
}

// takenBack, as a MailLookup's payload, says that the customer has the event from
// elsewhere: sent on once more it would be reported as a repeat, which it is not.
var takenBack = []byte{1}

// takeBack forgets an event that waits.
func (t *turn) takeBack(ev *schemas.Event) {
	waits := func(raw []byte) bool {
		w, err := waitingEvent(raw)
		return err == nil && w.Source == ev.Source && w.ID == ev.ID
	}
	if slices.ContainsFunc(t.c.Entry().Waiting, waits) {
		entry := t.c.EditEntry()
		entry.Waiting = slices.DeleteFunc(entry.Waiting, waits)
	}
}

// sendOn mails an event to a customer.
func (t *turn) sendOn(ev *schemas.Event, customer string) {
	own := *ev
	own.Subject = customer
	t.mail(Mail{Kind: MailEvent, To: customer, Event: &own, At: ev.Time})
}
