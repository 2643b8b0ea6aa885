package engine

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/beckon-io/beckon/state"
)

func TestParcelsOfTwoRecordsOfAnOrder(t *testing.T) {
	a := []state.Shipment{
		{ID: "p1", Carrier: "dpd", Status: state.Delivered, At: 10, PromisedAt: 5},
		{ID: "p2", TrackingCode: "T2", Status: state.Dispatched, At: 30},
	}
	b := []state.Shipment{
		{TrackingCode: "T2", TrackingURL: "u", Status: state.InTransit, At: 20, PromisedAt: 50},
		{ID: "p1", TrackingCode: "T1", Status: state.InTransit, At: 20},
		{ID: "p3", Status: state.Dispatched, At: 5},
	}
	want := []state.Shipment{
		{ID: "p1", Carrier: "dpd", TrackingCode: "T1", Status: state.Delivered, At: 20, PromisedAt: 5},
		{ID: "p2", TrackingCode: "T2", TrackingURL: "u", Status: state.Dispatched, At: 30, PromisedAt: 50},
		{ID: "p3", Status: state.Dispatched, At: 5},
	}
	if got := joinedParcels(a, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	var many []state.Shipment
	for i := range state.MaxShipments {
		many = append(many, state.Shipment{ID: fmt.Sprint(i)})
	}
	if got := joinedParcels(many, b); len(got) != state.MaxShipments || got[len(got)-1].ID != "p3" {
		t.Errorf("%d parcels, the last %+v; want %d with p3 at the end", len(got), got[len(got)-1], state.MaxShipments)
	}
}

// An order that the merge itself pushes out of the recent ones is found all the same.
func TestOrderOfBothCountsOnceThoughItIsPushedOut(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	for i := range state.MaxRecentOrders {
		w.told("ana", "order.placed", hours(i), `{"order_id":"o%d","total":1}`, i)
	}
	for i := range 3 {
		w.told("anon", "order.placed", hours(50+i), `{"order_id":"n%d","total":1}`, i)
	}
	w.told("anon", "order.placed", hours(55), `{"order_id":"o0","total":1}`)
	w.told("ana", "customer.identified", hours(60), `{"anonymous_id":"anon"}`)
	if o := w.record("ana").Orders(); o.Count != state.MaxRecentOrders+3 || o.Revenue.String() != fmt.Sprint(o.Count) {
		t.Errorf("%d orders, revenue %s; want %d of both", o.Count, o.Revenue, state.MaxRecentOrders+3)
	}
}
