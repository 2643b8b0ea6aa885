package vendor

import "cmp"

// easypost maps EasyPost's events about trackers. They name no customer: the
// source needs `lookup: true`, or records keyed by the customer.
func easypost(p object, _ *Record) (event, error) {
	if p.text("object") != "Event" || p.text("description") == "" {
		return event{}, unknownShape("an Event of EasyPost's")
	}
	tracker := p.object("result")
	if tracker.text("object") != "Tracker" {
		return event{}, ErrIgnored // batches, payments, …
	}
	typ := ""
	switch status := tracker.text("status"); status {
	case "in_transit":
		typ = "shipment.scanned"
		before, detail := p.text("previous_attributes", "status"), tracker.text("status_detail")
		switch {
		case detail == "delayed" || detail == "weather_delay":
			typ = "shipment.delayed"
		case before == "unknown" || before == "pre_transit":
			typ = "shipment.dispatched"
		}
	case "out_for_delivery", "available_for_pickup":
		typ = "shipment.scanned"
	case "delivered":
		typ = "shipment.delivered"
	case "return_to_sender", "failure", "cancelled", "error":
		typ = "shipment.failed"
	default:
		return event{}, ErrIgnored // pre_transit: only the label is there
	}
	return event{id: p.text("id"), source: "easypost", typ: typ, time: p.when("created_at", "updated_at"), data: data{}.
		put("shipment_id", cmp.Or(tracker.text("shipment_id"), tracker.text("id"))).put("carrier", tracker.text("carrier")).
		put("tracking_code", tracker.text("tracking_code")).put("tracking_url", tracker.text("public_url")).
		put("promised_at", tracker.promised("est_delivery_date"))}, nil
}
