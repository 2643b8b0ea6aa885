package vendor

import (
	"cmp"
	"strings"
)

// shopify maps the webhooks of Shopify's Admin API. The topic is the header
// X-Shopify-Topic. The id is made of X-Shopify-Event-Id, which stays the same
// when a webhook is sent again, and of topic and object, as all webhooks that one
// action of the merchant's causes may have that header in common.
func shopify(p object, r *Record) (event, error) {
	p, r = shopifyBridged(p, r)
	topic := strings.ToLower(cmp.Or(r.header("X-Shopify-Topic"), shopifyTopic(p)))
	if topic == "" {
		return event{}, unknownShape("a webhook of Shopify's that can be told by its shape; keep its topic in the header X-Shopify-Topic")
	}
	e := shopifyEvent(topic, p)
	if e.typ == "" {
		return event{}, ErrIgnored
	}
	e.subject, e.guest = cmp.Or(e.subject, p.id("customer", "id")), cmp.Or(e.guest, shopifyGuest(p))
	e.source = "shopify"
	if shop := r.header("X-Shopify-Shop-Domain"); shop != "" {
		e.source += "/" + shop
	}
	e.time = cmp.Or(e.time, p.when("updated_at", "created_at"))
	if e.extra {
		e.time = cmp.Or(object{"at": r.header("X-Shopify-Triggered-At")}.when("at"), e.time)
	}
	e.id = shopifyID(topic+"/"+cmp.Or(p.text("id"), p.text("token"), e.subject), r.header("X-Shopify-Event-Id"), &e)
	return e, nil
}

// shopifyBridged is the webhook in what Amazon EventBridge has of it: the whole
// event, or its detail alone.
func shopifyBridged(p object, r *Record) (object, *Record) {
	outer := p
	if detail := p.object("detail"); detail.has("payload") {
		outer = detail
	}
	inner := outer.object("payload")
	if inner == nil || !outer.has("metadata") {
		return p, r
	}
	return inner, &Record{Key: r.Key, Value: r.Value, Headers: append(metadata(outer.object("metadata")), r.Headers...)}
}

// shopifyID is the event's id: of the webhook where Shopify numbered it, else of
// what happened, else of the object as it was at that time.
func shopifyID(object, number string, e *event) string {
	if number != "" && !e.once {
		return object + "/" + number
	}
	return cmp.Or(e.id, object+"/"+e.time)
}

// shopifyTopic guesses the topic of a payload that came without its headers.
func shopifyTopic(p object) string {
	change := "update"
	if p.text("created_at") == p.text("updated_at") {
		change = "create"
	}
	switch {
	case p.has("orders_to_redact"):
		return "customers/redact"
	case p.has("order_status_url") || p.has("order_number"):
		return "orders/create"
	case p.has("abandoned_checkout_url"):
		return "checkouts/" + change
	case p.has("variants"):
		return "products/" + change
	case p.has("fulfillment_id"):
		return "fulfillment_events/create"
	case p.has("order_id") && (p.has("tracking_company") || p.has("tracking_numbers")):
		return "fulfillments/" + change
	case p.has("email_marketing_consent") && p.has("customer_id"):
		return "customers_email_marketing_consent/update"
	case p.has("sms_marketing_consent") && !p.has("created_at"): // a customer has both
		return "customers_marketing_consent/update"
	case p.has("refund_line_items") && p.has("transactions"):
		return "refunds/create"
	case p.has("token") && p.has("line_items"):
		return "carts/" + change
	case p.has("verified_email") || p.has("default_address"):
		return "customers/" + change
	}
	return ""
}

func shopifyEvent(topic string, p object) event {
	switch topic {
	case "orders/create":
		return event{typ: "order.placed", id: "order.placed/" + p.text("id"), time: p.when("created_at"), nobody: shopifyNobody(p),
			data: shopifyOrder(p)}
	case "orders/cancelled":
		return event{typ: "order.cancelled", id: "order.cancelled/" + p.text("id"), time: p.when("cancelled_at"), nobody: shopifyNobody(p),
			data: data{}.put("order_id", p.text("id")).put("total", p.text("total_price"))}
	case "refunds/create":
		return shopifyRefund(p)
	case "checkouts/create", "checkouts/update":
		if p.has("completed_at") {
			return event{} // the order tells
		}
		return event{typ: "checkout.started", nobody: shopifyNobody(p), data: shopifyCart(p).
			put("cart_id", cmp.Or(p.text("cart_token"), p.text("token"))).put("currency", p.text("currency")).put("total", p.text("total_price"))}
	case "carts/create", "carts/update":
		lines := p.objects("line_items")
		cart := shopifyCart(p).put("cart_id", cmp.Or(p.text("token"), p.text("id"))).put("total", sumOf(lines))
		if len(lines) > 0 {
			cart.put("currency", lines[0].text("price_set", "shop_money", "currency_code"))
		}
		return event{typ: "cart.updated", guest: p.text("token"), data: cart}
	case "customers/create", "customers/update":
		typ := map[string]string{"customers/create": "customer.registered", "customers/update": "customer.updated"}[topic]
		return event{typ: typ, subject: p.id("id"), data: shopifyProfile(p)}
	case "customers/redact", "customers/delete":
		return event{typ: "customer.erased", id: "customer.erased/" + cmp.Or(p.id("customer", "id"), p.id("id")),
			subject: cmp.Or(p.id("customer", "id"), p.id("id"))}
	case "customers_email_marketing_consent/update":
		return shopifyConsent(p, "email", p.object("email_marketing_consent"))
	case "customers_marketing_consent/update":
		return shopifyConsent(p, "sms", p.object("sms_marketing_consent"))
	case "fulfillments/create", "fulfillments/update", "fulfillment_events/create":
		return shopifyParcel(topic, p)
	case "products/create", "products/update":
		return shopifyProduct(p)
	}
	return event{typ: "shopify." + slug(topic), subject: p.id("customer_id"), extra: true}
}

// shopifyGuest is the address that somebody without an account gave.
func shopifyGuest(p object) string {
	return cmp.Or(strings.ToLower(cmp.Or(p.text("email"), p.text("contact_email"))), p.text("phone"))
}

// shopifyNobody tells whether an order or a checkout says that it is of nobody,
// as what is sold at a counter does. One without these fields is another matter:
// the webhook was made to leave them out, which its shop should hear of.
func shopifyNobody(p object) bool {
	_, customer := p["customer"]
	_, email := p["email"]
	return customer || email
}

func shopifyCart(p object) data {
	return data{}.put("items", items(p.objects("line_items"), []string{"sku", "variant_id", "product_id"}, "product_type"))
}

func shopifyOrder(p object) data {
	var codes []string
	for _, c := range p.objects("discount_codes") {
		codes = append(codes, c.text("code"))
	}
	return shopifyCart(p).put("order_id", p.text("id")).put("cart_id", p.text("cart_token")).
		put("currency", p.text("currency")).put("total", p.text("total_price")).put("codes", codes)
}

// shopifyRefund tells what went back to the customer. A refund's transactions
// may have failed, or be voids of what was never taken; where there are no
// others nothing went back and nothing is told. One that is pending will, but
// counts nothing yet.
func shopifyRefund(p object) event {
	transactions := p.objects("transactions")
	var back []object
	refunded := len(transactions) == 0
	for _, t := range transactions {
		if cmp.Or(t.text("kind"), "refund") != "refund" {
			continue
		}
		switch cmp.Or(t.text("status"), "success") {
		case "success":
			refunded, back = true, append(back, object{"price": t.at("amount")})
		case "pending":
			refunded = true
		}
	}
	if !refunded {
		return event{}
	}
	e := event{typ: "order.refunded", id: "order.refunded/" + p.text("id"), time: p.when("created_at"),
		data: data{}.put("order_id", p.text("order_id"))}
	if len(transactions) > 0 {
		e.data.put("total", sumOf(back))
	}
	return e
}

func shopifyProfile(p object) data {
	more := data{}
	for _, name := range []string{"first_name", "last_name", "tags"} {
		more.put(name, p.text(name))
	}
	return data{}.put("email", p.text("email")).put("phone", cmp.Or(p.text("phone"), p.text("default_address", "phone"))).
		put("country", p.text("default_address", "country_code")).put("locale", p.text("locale")).put("attributes", more)
}

func shopifyConsent(p object, channel string, consent object) event {
	return event{typ: "customer.consented", subject: cmp.Or(p.id("customer_id"), p.id("id")), time: consent.when("consent_updated_at"),
		data: data{"channel": channel, "granted": consent.text("state") == "subscribed"}}
}

// shopifyParcel tells by the carrier's state; where the carrier does not have the
// parcel yet a fulfilment tells by the shop's.
func shopifyParcel(topic string, p object) event {
	carriers, shops := p.text("shipment_status"), p.text("status")
	if topic == "fulfillment_events/create" {
		carriers, shops = p.text("status"), "open" // the fulfilment itself tells when it leaves
	}
	e := event{typ: "shipment.scanned", time: p.when("happened_at", "updated_at")}
	switch carriers {
	case "delivered", "picked_up": // by the customer; carrier_picked_up is the first scan
		e.typ = "shipment.delivered"
	case "failure":
		e.typ = "shipment.failed"
	case "delayed":
		e.typ = "shipment.delayed"
	case "", "label_purchased", "label_printed", "confirmed":
		shopifyFulfilment(&e, topic, shops, p)
	}
	e.data = data{}.
		put("shipment_id", cmp.Or(p.text("fulfillment_id"), p.text("id"))).put("order_id", p.text("order_id")).
		put("carrier", p.text("tracking_company")).put("tracking_code", p.text("tracking_number")).
		put("tracking_url", p.text("tracking_url")).put("promised_at", p.promised("estimated_delivery_at"))
	return e
}

// shopifyFulfilment tells of a parcel that no carrier has scanned: it is on its
// way once the shop has made the fulfilment. Each further change of the fulfilment
// that succeeded says so again, so the id makes it a repeat unless the tracking code
// is a new one.
func shopifyFulfilment(e *event, topic, status string, p object) {
	switch {
	case status == "failure", status == "error", status == "cancelled":
		e.typ = "shipment.failed"
	case topic != "fulfillments/create" && (status == "pending" || status == "open"):
		e.typ = ""
	default:
		e.typ, e.once = "shipment.dispatched", true
		e.id = "shipment.dispatched/" + p.text("id")
		if code := p.text("tracking_number"); code != "" {
			e.id += "/" + code
		}
	}
}

// shopifyProduct tells of the first variant: a record is one event.
func shopifyProduct(p object) event {
	variant := object{}
	if all := p.objects("variants"); len(all) > 0 {
		variant = all[0]
	}
	return event{typ: "product.updated", subject: cmp.Or(variant.text("sku"), variant.id("id"), p.id("id")), data: data{}.
		put("price", variant.text("price")).put("stock", variant.at("inventory_quantity")).put("category", p.text("product_type"))}
}
