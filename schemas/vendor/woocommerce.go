package vendor

import (
	"bytes"
	"cmp"
	"strings"
)

// woocommerce maps the webhooks of WooCommerce's REST API. The topic is the
// header X-WC-Webhook-Topic.
func woocommerce(p object, r *Record) (event, error) {
	topic := cmp.Or(strings.ToLower(r.header("X-WC-Webhook-Topic")), wooTopic(p))
	if topic == "" {
		return event{}, unknownShape("a webhook of WooCommerce's that can be told by its shape; keep its topic in the header X-WC-Webhook-Topic")
	}
	e := wooEvent(topic, p)
	if e.typ == "" {
		return event{}, ErrIgnored
	}
	e.subject, e.guest = cmp.Or(e.subject, p.id("customer_id")), strings.ToLower(p.text("billing", "email"))
	e.nobody = p.has("customer_id") // an order: 0 is a guest, and one without an address was entered by hand
	e.source = cmp.Or(r.header("X-WC-Webhook-Source"), "woocommerce")
	e.time = cmp.Or(e.time, p.when("date_modified_gmt", "date_created_gmt"))
	e.id = cmp.Or(e.id, topic+"/"+p.text("id")+"/"+e.time)
	return e, nil
}

// wooPing tells whether value is what WooCommerce sends when a webhook is saved,
// to see whether somebody answers: webhook_id=12, which is no JSON.
func wooPing(value []byte) bool {
	number, ping := bytes.CutPrefix(bytes.TrimSpace(value), []byte("webhook_id="))
	return ping && len(number) > 0 && len(bytes.Trim(number, "0123456789")) == 0
}

func wooTopic(p object) string {
	change := "updated"
	if p.text("date_created_gmt") == p.text("date_modified_gmt") {
		change = "created"
	}
	switch {
	case p.has("order_key"):
		return "order.created" // wooEvent tells by the status
	case p.has("stock_status") || p.has("regular_price"):
		return "product." + change
	case p.has("username") || p.has("role"):
		return "customer." + change
	}
	return ""
}

func wooEvent(topic string, p object) event {
	switch topic {
	case "order.created", "order.updated":
		return wooOrder(topic, p)
	case "customer.created", "customer.updated":
		typ := map[string]string{"customer.created": "customer.registered", "customer.updated": "customer.updated"}[topic]
		more := data{}.put("first_name", p.text("first_name")).put("last_name", p.text("last_name"))
		return event{typ: typ, subject: p.id("id"), data: data{}.put("email", p.text("email")).put("phone", p.text("billing", "phone")).
			put("country", p.text("billing", "country")).put("attributes", more)}
	case "customer.deleted":
		return event{typ: "customer.erased", id: "customer.erased/" + p.id("id"), subject: p.id("id")}
	case "product.created", "product.updated":
		category := ""
		if all := p.objects("categories"); len(all) > 0 {
			category = all[0].text("name")
		}
		return event{typ: "product.updated", subject: cmp.Or(p.text("sku"), p.id("id")), data: data{}.
			put("price", p.text("price")).put("stock", wooStock(p)).put("category", category)}
	}
	return event{typ: "woocommerce." + slug(topic), extra: true}
}

// wooStock is how many there are. What a shop does not count, or calls sold out
// at a threshold of its own, is told by its status: it has none or at least one,
// which takes back that it had none.
func wooStock(p object) any {
	switch status := p.text("stock_status"); {
	case status == "outofstock":
		return 0
	case status == "instock" && !p.has("stock_quantity"):
		return 1
	}
	return p.at("stock_quantity")
}

// wooOrder tells by the order's status: there is one topic for all that happens
// to an order.
func wooOrder(topic string, p object) event {
	e := event{}
	switch status := p.text("status"); {
	case status == "checkout-draft" || status == "auto-draft" || status == "trash":
		return event{}
	case status == "cancelled" || status == "failed":
		e.typ, e.data = "order.cancelled", data{}.put("order_id", p.text("id")).put("total", p.text("total"))
	case status == "refunded":
		e.typ, e.data = "order.refunded", data{}.put("order_id", p.text("id")).put("total", p.text("total"))
	case topic == "order.created":
		e.typ, e.time, e.data = "order.placed", p.when("date_created_gmt"), wooPlaced(p)
	default:
		e.typ, e.extra = "woocommerce.order.updated", true
		return e
	}
	e.id = e.typ + "/" + p.text("id")
	return e
}

func wooPlaced(p object) data {
	var codes []string
	for _, c := range p.objects("coupon_lines") {
		codes = append(codes, c.text("code"))
	}
	return data{}.put("order_id", p.text("id")).put("currency", p.text("currency")).put("total", p.text("total")).
		put("items", items(p.objects("line_items"), []string{"sku", "variation_id", "product_id"}, "")).put("codes", codes)
}
