package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// ordered counts an order, keeps it among the recent ones, learns purchase
// days, and empties a cart that is not newer, even one that is yet to be read. A
// second event for an order that is known (another id, the same order_id)
// replaces what is kept of it, unless that is newer, and counts nothing but what it
// makes the order worth more, or less.
func (t *turn) ordered(ev *schemas.Event) {
	if ev.Time >= t.c.Cart().UpdatedAt {
		*t.c.EditCart() = state.Cart{UpdatedAt: ev.Time}
	}
	orders := t.c.EditOrders()
	heardOf := orders.Find(ev.OrderID) != nil
	o := t.order(orders, ev.OrderID, ev.Time)
	if o == nil {
		t.countOrder(orders, ev, ev.Total)
		t.learnPurchases(ev)
		return
	}
	known, before := o.At != 0, worth(o)
	if !known || ev.Time >= o.At {
		place(o, &state.Order{
			At: ev.Time, CartID: ev.CartID, Currency: ev.Currency, Total: ev.Total, Items: ev.Items, PromisedAt: ev.PromisedAt,
		})
	}
	gain := worth(o).Add(before.Neg())
	if heardOf {
		orders.Insert(*o) // to its place, now that its time is known
	}
	if known {
		t.earn(orders, gain)
		return
	}
	t.countOrder(orders, ev, gain)
	t.learnPurchases(ev)
	if t.e.cfg.Lookup {
		t.bind(orderKind, ev.OrderID, t.c.Subject, ev.Time)
	}
}

// place gives an order the facts of another version of it. What was heard of it before
// it was known stays: one that was cancelled or refunded is worth nothing, and is never
// worth less, but a refund that now proves to be of a part lets it stand.
func place(o, with *state.Order) {
	known := o.At != 0
	o.At, o.CartID, o.Currency, o.Total, o.Items = with.At, with.CartID, with.Currency, with.Total, with.Items
	if with.PromisedAt != 0 {
		o.PromisedAt = with.PromisedAt
	}
	ofAPart := !known && o.Status == state.Refunded && !o.Refunded.IsZero() && o.Refunded.Cmp(o.Total) < 0
	switch {
	case o.Status == 0 || ofAPart:
		o.Status, o.StatusAt = state.Placed, with.At
		if len(o.Shipments) > 0 {
			followParcels(o, with.At)
		}
	case over(o), !o.Refunded.IsZero() && o.Refunded.Cmp(o.Total) > 0:
		o.Refunded = o.Total
	}
}

// over tells whether an order has come to nothing.
func over(o *state.Order) bool { return o.Status == state.Cancelled || o.Status == state.Refunded }

// worth is what an order adds to the revenue.
func worth(o *state.Order) schemas.Amount {
	if o.At == 0 {
		return schemas.Amount{}
	}
	return o.Total.Add(o.Refunded.Neg())
}

// countOrder adds a new order to the figures over all orders.
func (t *turn) countOrder(orders *state.Orders, ev *schemas.Event, gain schemas.Amount) {
	count := wholeAmount(int64(orders.Count))
	orders.Count++
	t.note("customer.orders.count", count, wholeAmount(int64(orders.Count)))
	t.earn(orders, gain)
	if orders.FirstAt == 0 || ev.Time < orders.FirstAt {
		orders.FirstAt = ev.Time
	}
	if ev.Time > orders.LastAt {
		orders.LastAt = ev.Time
	}
}

// earn adds to the revenue, or takes off it.
func (t *turn) earn(orders *state.Orders, gain schemas.Amount) {
	revenue := orders.Revenue
	orders.Revenue = revenue.Add(gain)
	t.note("customer.orders.revenue", revenue, orders.Revenue)
}

// unordered takes a cancelled order, or what was refunded of one, off the
// revenue: never more than the order was worth. One that was cancelled stays so where a
// part is refunded; before the order is known, any amount may be a part.
func (t *turn) unordered(ev *schemas.Event) {
	orders := t.c.EditOrders()
	o := t.order(orders, ev.OrderID, ev.Time)
	if o == nil {
		return
	}
	back := o.Total.Add(o.Refunded.Neg())
	amount := ev.Kind == schemas.OrderRefunded && ev.Present.Has(totalField)
	if amount && (o.At == 0 || ev.Total.Cmp(back) < 0) {
		back = ev.Total
	}
	o.Refunded = o.Refunded.Add(back)
	if o.At != 0 {
		t.earn(orders, back.Neg())
	}
	status := state.Cancelled
	if ev.Kind == schemas.OrderRefunded {
		if o.At != 0 && o.Refunded.Cmp(o.Total) < 0 {
			return // of a part: the order stands
		}
		if o.Status == state.Cancelled && amount && (o.At == 0 || ev.Total.Cmp(o.Total) < 0) {
			return
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
