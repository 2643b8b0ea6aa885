package engine

import (
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/state"
)

// joinOrders is what two records know of one order. Where both had counted it, it counts
// once, with what it is worth now.
func joinOrders(orders *state.Orders, theirs, ours *state.Order) state.Order {
	o := joinedOrder(theirs, ours)
	if theirs.At != 0 && ours.At != 0 {
		orders.Count--
	}
	orders.Revenue = orders.Revenue.Add(worth(&o)).Add(worth(theirs).Neg()).Add(worth(ours).Neg())
	return o
}

// joinedOrder has the facts of the newer version of an order, of equals b's: who has only
// heard of a parcel of it or of a refund has none. It has the parcels of both and what was
// taken back at either, and is over if it is at one of them.
func joinedOrder(a, b *state.Order) state.Order {
	if b.At < a.At {
		a, b = b, a
	}
	o := *a
	o.PromisedAt = cmp.Or(b.PromisedAt, a.PromisedAt)
	o.Shipments = joinedParcels(a.Shipments, b.Shipments)
	o.Refunded = a.Refunded.Add(b.Refunded)
	if overrides(b, a) {
		o.Status, o.StatusAt = b.Status, b.StatusAt
	}
	if b.At != 0 {
		place(&o, b)
	}
	if !over(&o) && len(o.Shipments) > 0 {
		news := slices.MaxFunc(o.Shipments, func(a, b state.Shipment) int { return cmp.Compare(a.At, b.At) })
		o.Status = state.Placed
		followParcels(&o, news.At)
	}
	return o
}

// overrides tells whether an order's status is b's rather than a's: a cancellation before
// a refund, which may be of a part, any of these before all else, and then the newer one.
func overrides(b, a *state.Order) bool {
	rank := func(o *state.Order) int {
		switch o.Status {
		case state.Cancelled:
			return 2
		case state.Refunded:
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(b.StatusAt, a.StatusAt)) >= 0
}

// joinedParcels is the parcels of both, the first ones out where there are too many. Of
// one that both know the newer news count, and what only one has heard.
func joinedParcels(a, b []state.Shipment) []state.Shipment {
	all := slices.Clone(a)
	for _, s := range b {
		i := parcelOf(all, s.ID, s.TrackingCode)
		if i < 0 {
			all = append(all, s)
			continue
		}
		older := all[i]
		if s.At < older.At {
			s, older = older, s
		}
		s.ID, s.Carrier = cmp.Or(s.ID, older.ID), cmp.Or(s.Carrier, older.Carrier)
		s.TrackingCode, s.TrackingURL = cmp.Or(s.TrackingCode, older.TrackingCode), cmp.Or(s.TrackingURL, older.TrackingURL)
		s.PromisedAt = cmp.Or(s.PromisedAt, older.PromisedAt)
		if older.Status == state.Delivered && s.Status != state.Failed {
			s.Status = state.Delivered
		}
		all[i] = s
	}
	return all[max(0, len(all)-state.MaxShipments):]
}
