package engine

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

var shipmentStatus = map[schemas.Kind]state.Status{
	schemas.ShipmentDispatched: state.Dispatched,
	schemas.ShipmentScanned:    state.InTransit,
	schemas.ShipmentDelayed:    state.Delayed,
	schemas.ShipmentDelivered:  state.Delivered,
	schemas.ShipmentFailed:     state.Failed,
}

// shipped keeps where a parcel stands and what that makes of its order.
func (t *turn) shipped(ev *schemas.Event) {
	orders := t.c.EditOrders()
	o := t.order(orders, ev.OrderID, ev.Time)
	if o == nil {
		return
	}
	s, gone := parcel(o, ev)
	newer, code := ev.Time >= s.At, s.TrackingCode
	fill := func(field *string, value string) {
		if value != "" && (newer || *field == "") {
			*field = value
		}
	}
	fill(&s.Carrier, ev.Carrier)
	fill(&s.TrackingCode, ev.TrackingCode)
	fill(&s.TrackingURL, ev.TrackingURL)
	if ev.PromisedAt != 0 {
		if newer || s.PromisedAt == 0 {
			s.PromisedAt = ev.PromisedAt
		}
		if o.PromisedAt == 0 {
			o.PromisedAt = ev.PromisedAt
		}
	}
	if t.e.cfg.Lookup {
		t.recode(s, ev.Time, gone, code)
	}
	if !newer {
		return
	}
	s.At = ev.Time
	if status := shipmentStatus[ev.Kind]; s.Status != state.Delivered || status == state.Failed {
		s.Status = status
	}
	followParcels(o, ev.Time)
}

// recode binds the code of a parcel where it is not the one that the parcel had, which
// goes, like that of a parcel that was pushed out, unless another one has it.
func (t *turn) recode(s *state.Shipment, at schemas.Time, pushedOut, had string) {
	if s.TrackingCode != had {
		t.bind(trackingKind, s.TrackingCode, t.c.Subject, at)
	}
	for _, code := range [...]string{pushedOut, had} {
		if code != "" && code != s.TrackingCode && !t.keeps(trackingKind, code) {
			t.release(trackingKind, code, t.c.Subject, at)
		}
	}
}

// withOrder is a shipment event that says which order it is about: carriers
// know parcels and tracking codes, but `match: key` and keys of runs ask for
// the order. The event as it came where it says so itself or nobody knows.
func (t *turn) withOrder(ev *schemas.Event) *schemas.Event {
	if ev.OrderID != "" || ev.ShipmentID == "" && ev.TrackingCode == "" {
		return ev
	}
	for i := range t.c.Orders().Recent {
		o := &t.c.Orders().Recent[i]
		if !slices.ContainsFunc(o.Shipments, func(s state.Shipment) bool { return sameParcel(&s, ev.ShipmentID, ev.TrackingCode) }) {
			continue
		}
		if full, err := schemas.FromData(ev.ID, ev.Source, ev.Type, ev.Subject, ev.Time, ofOrder(ev.Raw, o.ID)); err == nil && full.OrderID == o.ID {
			full.TraceParent, full.TraceState = ev.TraceParent, ev.TraceState
			return full
		}
	}
	return ev
}

// ofOrder is an event's data with an order's id: of a member that stands twice the
// last counts.
func ofOrder(data []byte, id string) []byte {
	data = slices.Clone(bytes.TrimSpace(data))
	data = data[:len(data)-1]
	if len(bytes.TrimSpace(data)) > 1 {
		data = append(data, ',')
	}
	return append(schemas.AppendQuoted(append(data, `"order_id":`...), id), '}')
}

// sameParcel tells whether the parcel is meant, by id or else by code.
func sameParcel(s *state.Shipment, id, code string) bool {
	if s.ID != "" && id != "" {
		return s.ID == id
	}
	return s.TrackingCode != "" && s.TrackingCode == code
}

// parcelOf is where among an order's parcels the one stands that news name, -1 if it is a
// new one. News that name none are about the first; a parcel that was told of without a
// name is the first to be named.
func parcelOf(all []state.Shipment, id, code string) int {
	if id == "" && code == "" {
		return min(len(all), 1) - 1
	}
	i := slices.IndexFunc(all, func(s state.Shipment) bool { return sameParcel(&s, id, code) })
	if i < 0 {
		i = slices.IndexFunc(all, func(s state.Shipment) bool { return s.ID == "" && s.TrackingCode == "" })
	}
	return i
}

// parcel is the order's parcel that the event is about, a new one if need be, and the
// code of the one that it pushes out.
func parcel(o *state.Order, ev *schemas.Event) (s *state.Shipment, gone string) {
	if i := parcelOf(o.Shipments, ev.ShipmentID, ev.TrackingCode); i >= 0 {
		s := &o.Shipments[i]
		s.ID = cmp.Or(s.ID, ev.ShipmentID)
		return s, ""
	}
	if len(o.Shipments) >= state.MaxShipments {
		gone = o.Shipments[0].TrackingCode
		o.Shipments = slices.Delete(o.Shipments, 0, 1)
	}
	o.Shipments = append(o.Shipments, state.Shipment{ID: ev.ShipmentID})
	return &o.Shipments[len(o.Shipments)-1], gone
}

// followParcels makes the order's status that of its latest parcel news. It is
// delivered when all of its parcels are, and stays cancelled or refunded. That it was
// placed is news of no parcel, even where the carrier's clock is behind the shop's.
func followParcels(o *state.Order, now schemas.Time) {
	if o.Status == state.Cancelled || o.Status == state.Refunded || now < o.StatusAt && o.Status != state.Placed {
		return
	}
	latest := &o.Shipments[0]
	for i := range o.Shipments {
		s := &o.Shipments[i]
		if latest.Status == state.Delivered && s.Status != state.Delivered ||
			s.At > latest.At && (s.Status != state.Delivered || latest.Status == state.Delivered) {
			latest = s
		}
	}
	o.Status, o.StatusAt = latest.Status, now
}
