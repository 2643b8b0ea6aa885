package vendor

import "cmp"

// delays are the subtags of Exception that a parcel gets over.
var delays = map[string]bool{
	"Exception_004": true, // customs
	"Exception_005": true, // external factors
	"Exception_016": true, // processing
	"Exception_017": true, // weather
	"Exception_019": true, // a late flight
}

// aftership maps AfterShip's webhooks about trackings. They name an order, and
// no customer: the source needs `lookup: true`, or records keyed by the
// customer.
func aftership(p object, _ *Record) (event, error) {
	m := p.object("msg")
	if m == nil || p.text("event") == "" {
		return event{}, unknownShape("a webhook of AfterShip's: it has no event and msg")
	}
	typ := ""
	switch tag := m.text("tag"); tag {
	case "InTransit":
		typ = "shipment.scanned"
		if first, told := p.at("is_tracking_first_tag").(bool); first || !told && p.text("event") == "tracking_update" {
			typ = "shipment.dispatched"
		}
	case "OutForDelivery", "AvailableForPickup", "AttemptFail":
		typ = "shipment.scanned"
	case "Delivered":
		typ = "shipment.delivered"
	case "Exception":
		typ = "shipment.failed"
		if delays[m.text("subtag")] {
			typ = "shipment.delayed"
		}
	case "Expired":
		typ = "shipment.failed"
	default:
		return event{}, ErrIgnored // Pending, InfoReceived: no carrier has it yet
	}
	if p.text("event") == "edd_revise" {
		typ = "shipment.delayed"
	}
	at := cmp.Or(p.when("ts"), m.when("updated_at"))
	return event{id: cmp.Or(p.text("event_id"), m.text("id")+"/"+m.text("tag")+"/"+at), source: "aftership", typ: typ, time: at, data: data{}.
		put("shipment_id", m.text("id")).put("order_id", m.text("order_id")).put("carrier", m.text("slug")).
		put("tracking_code", m.text("tracking_number")).
		put("tracking_url", cmp.Or(m.text("courier_tracking_link"), m.text("aftership_tracking_url"))).
		put("promised_at", m.promised("order_promised_delivery_date", "courier_estimated_delivery_date.estimated_delivery_date", "expected_delivery"))}, nil
}
