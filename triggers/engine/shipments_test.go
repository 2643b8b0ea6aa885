package engine

import (
	"testing"

	"github.com/beckon-io/beckon/state"
)

func TestOlderParcelNewsReplaceNothing(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	const data = `{"order_id":"o1","shipment_id":"p1","carrier":"%s","promised_at":"2026-03-0%dT10:00:00Z"}`
	w.told("ana", "shipment.delayed", hours(2), data, "dpd", 9)
	w.told("ana", "shipment.dispatched", hours(1), data, "gls", 5)
	s := w.record("ana").Orders().Recent[0].Shipments[0]
	if want := hours(7*24 + 10); s.Carrier != "dpd" || s.PromisedAt != want || s.Status != state.Delayed {
		t.Errorf("%s by %s, promised at %s; want delayed, dpd, %s", s.Status, s.Carrier, s.PromisedAt, want)
	}
}
