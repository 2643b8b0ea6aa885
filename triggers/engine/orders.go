package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// ordered counts an order, keeps it among the recent ones, learns purchase
// days, and empties a cart that is not newer, even one that is yet to be read. A
// second event for an order that is known (another id, the same order_id)
// replaces what is kept of it and counts nothing.
func (t *turn) ordered(ev *schemas.Event) {
	if ev.Time >= t.c.Cart().UpdatedAt {
		*t.c.EditCart() = state.Cart{UpdatedAt: ev.Time}
	}
	orders := t.c.EditOrders()
	heardOf := orders.Find(ev.OrderID) != nil
	o := t.order(orders, ev.OrderID, ev.Time)
	known := o != nil && o.At != 0
	if o != nil {
		o.At, o.CartID, o.Currency, o.Total, o.Items = ev.Time, ev.CartID, ev.Currency, ev.Total, ev.Items
		if ev.PromisedAt != 0 {
			o.PromisedAt = ev.PromisedAt
		}
		ofAPart := !known && o.Status == state.Refunded && !o.Refunded.IsZero() && o.Refunded.Cmp(o.Total) < 0 // as is known only now
		if o.Status == 0 || ofAPart {
			o.Status, o.StatusAt = state.Placed, ev.Time
		}
		if ofAPart && len(o.Shipments) > 0 {
			followParcels(o, ev.Time)
		}
		if heardOf {
			orders.Insert(*o) // to its place, now that its time is known
		}
	}
	if known {
		return
	}
	t.countOrder(orders, ev)
	t.learnPurchases(ev)
}

// countOrder adds a new order to the figures over all orders.
func (t *turn) countOrder(orders *state.Orders, ev *schemas.Event) {
	count, revenue := wholeAmount(int64(orders.Count)), orders.Revenue
	orders.Count++
	gain := ev.Total
	if o := orders.Find(ev.OrderID); o != nil && !o.Refunded.IsZero() {
		gain = gain.Add(o.Refunded.Neg()) // taken back before it was known
	} else if o != nil && (o.Status == state.Cancelled || o.Status == state.Refunded) { // all of it
		o.Refunded, gain = ev.Total, schemas.Amount{}
	}
	orders.Revenue = orders.Revenue.Add(gain)
	t.note("customer.orders.count", count, wholeAmount(int64(orders.Count)))
	t.note("customer.orders.revenue", revenue, orders.Revenue)
	if orders.FirstAt == 0 || ev.Time < orders.FirstAt {
		orders.FirstAt = ev.Time
	}
	if ev.Time > orders.LastAt {
		orders.LastAt = ev.Time
	}
	if t.e.cfg.Lookup && ev.OrderID != "" {
		t.bind(orderKind, ev.OrderID, t.c.Subject, ev.Time)
	}
}

// unordered takes a cancelled order, or what was refunded of one, off the
// revenue: never more than the order was worth.
func (t *turn) unordered(ev *schemas.Event) {
	orders := t.c.EditOrders()
	o := t.order(orders, ev.OrderID, ev.Time)
	if o == nil {
		return
	}
	back := o.Total.Add(o.Refunded.Neg())
	if ev.Kind == schemas.OrderRefunded && ev.Present.Has(totalField) && (o.At == 0 || ev.Total.Cmp(back) < 0) {
		back = ev.Total
	}
	o.Refunded = o.Refunded.Add(back)
	if o.At != 0 {
		revenue := orders.Revenue
		orders.Revenue = orders.Revenue.Add(back.Neg())
		t.note("customer.orders.revenue", revenue, orders.Revenue)
	}
	status := state.Cancelled
	if ev.Kind == schemas.OrderRefunded {
		if o.At != 0 && o.Refunded.Cmp(o.Total) < 0 {
			return // of a part: the order stands
		}
		status = state.Refunded
	}
	if o.Status != state.Cancelled || ev.Time >= o.StatusAt {
		o.Status, o.StatusAt = status, ev.Time
	}
}

// order is the order of that id among the recent ones; a new one is made for
// an id not seen yet. Nil where the id is empty or older than all that fit.
func (t *turn) order(orders *state.Orders, id string, at schemas.Time) *state.Order {
	if id == "" {
		return nil
	}
	if o := orders.Find(id); o != nil {
		return o
	}
	var last state.Order
	full := len(orders.Recent) >= state.MaxRecentOrders
	if full {
		last = orders.Recent[len(orders.Recent)-1]
	}
	o := orders.Insert(state.Order{ID: id, StatusAt: at})
	if full && o != nil {
		t.unbind(&last, at)
	}
	return o
}
