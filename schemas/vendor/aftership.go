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
	typ := aftershipType(p, m)
	if p.text("event") == "edd_revise" && typ != "shipment.delivered" {
		typ = aftershipRevised(typ, m)
	}
	if typ == "" {
		return event{}, ErrIgnored
	}
	at := cmp.Or(p.when("ts"), m.when("updated_at"))
	return event{id: cmp.Or(p.text("event_id"), m.text("id")+"/"+m.text("tag")+"/"+at), source: "aftership", typ: typ, time: at, data: data{}.
		put("shipment_id", m.text("id")).put("order_id", cmp.Or(m.text("order_id"), m.text("order_number"))).put("carrier", m.text("slug")).
		put("tracking_code", m.text("tracking_number")).
		put("tracking_url", cmp.Or(m.text("courier_tracking_link"), m.text("aftership_tracking_url"))).
		put("promised_at", m.promised("order_promised_delivery_date", "courier_estimated_delivery_date.estimated_delivery_date", "expected_delivery",
			"latest_estimated_delivery.datetime", "aftership_estimated_delivery_date.estimated_delivery_date"))}, nil
}

// aftershipType tells by the tag; it is empty while no carrier has the parcel.
func aftershipType(p, m object) string {
	switch m.text("tag") {
	case "InTransit":
		if first, told := p.at("is_tracking_first_tag").(bool); first || !told && p.text("event") == "tracking_update" {
			return "shipment.dispatched"
		}
		return "shipment.scanned"
	case "OutForDelivery", "AvailableForPickup", "AttemptFail":
		return "shipment.scanned"
	case "Delivered":
		return "shipment.delivered"
	case "Exception":
		if delays[m.text("subtag")] {
			return "shipment.delayed"
		}
		return "shipment.failed"
	case "Expired":
		return "shipment.failed"
	}
	return "" // Pending, InfoReceived
}

// aftershipRevised is what another delivery date means for a parcel whose tag
// says typ. AfterShip tells of earlier dates too; a date is late beside the first
// one, which the customer may have been told. Before a carrier has the parcel a
// later one is news and another is none. Webhooks of earlier versions don't name
// both dates: those tell of a delay.
func aftershipRevised(typ string, m object) string {
	first, toldFirst := deadline(m.at("first_estimated_delivery", "datetime"))
	latest, toldLatest := deadline(m.at("latest_estimated_delivery", "datetime"))
	switch {
	case !toldFirst || !toldLatest || latest.After(first):
		return "shipment.delayed"
	case typ != "":
		return "shipment.scanned"
	}
	return ""
}
