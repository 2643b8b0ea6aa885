package vendor

import (
	"cmp"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// segment maps calls of Segment's tracking API, with the events of its
// e-commerce spec, version 2.
func segment(p object, _ *Record) (event, error) {
	e := event{id: p.text("messageId"), source: "segment", time: p.when("timestamp", "originalTimestamp", "receivedAt"),
		subject: cmp.Or(p.text("userId"), p.text("anonymousId"))}
	switch call := p.text("type"); call {
	case "track":
		name := strings.TrimSpace(p.text("event"))
		if name == "" {
			return event{}, unknownShape("a track call: it has no event")
		}
		segmentTrack(&e, strings.ToLower(name), p)
	case "identify":
		e.typ, e.data = "customer.updated", segmentProfile(p.object("traits"), p)
	case "alias":
		e.typ, e.data = "customer.identified", data{}.put("anonymous_id", p.text("previousId"))
	case "page", "screen", "group":
		e.typ, e.extra = "segment."+call, true
	default:
		return event{}, unknownShape("a call of Segment's; type is one of track, identify, alias, page, screen, group")
	}
	return e, nil
}

func segmentTrack(e *event, name string, p object) {
	q := p.object("properties")
	lines := q.objects("products")
	cart := func(total string) data {
		return data{}.put("currency", q.text("currency")).put("total", total).
			put("items", items(lines, []string{"sku", "product_id"}, "category"))
	}
	order := data{}.put("order_id", q.text("order_id")).put("total", q.text("total"))
	switch name {
	case "product viewed":
		e.typ, e.data = "product.viewed", data{}.put("sku", cmp.Or(q.text("sku"), q.text("product_id"))).put("category", q.text("category")).
			put("price", q.text("price")).put("currency", q.text("currency")).put("session_id", p.text("context", "sessionId"))
	case "cart viewed":
		e.typ, e.data = "cart.updated", cart(cmp.Or(q.text("total"), q.text("value"), sumOf(lines))).put("cart_id", q.text("cart_id"))
	case "checkout started":
		e.typ, e.data = "checkout.started", cart(cmp.Or(q.text("total"), q.text("value"), q.text("revenue"), sumOf(lines))).
			put("cart_id", cmp.Or(q.text("cart_id"), q.text("checkout_id"), q.text("order_id")))
	case "order completed":
		var codes []string
		if c := q.text("coupon"); c != "" {
			codes = []string{c}
		}
		e.typ, e.data = "order.placed", cart(cmp.Or(q.text("total"), q.text("revenue"), q.text("value"))).
			put("order_id", q.text("order_id")).put("cart_id", q.text("cart_id")).put("codes", codes)
	case "order cancelled":
		e.typ, e.data = "order.cancelled", order
	case "order refunded":
		e.typ, e.data = "order.refunded", order
	case "signed up", "account created":
		e.typ, e.data = "customer.registered", segmentProfile(p.object("context", "traits"), p)
	default:
		e.typ, e.extra = "segment."+slug(name), true
	}
}

// segmentProfile is what the traits say; those beyond the contract are
// attributes.
func segmentProfile(traits, p object) data {
	more := data{}
	for name, v := range traits {
		switch name {
		case "email", "phone", "birthday", "address":
		default:
			more.put(name, v)
		}
	}
	return data{}.put("email", traits.text("email")).put("phone", traits.text("phone")).put("birthday", day(traits, "birthday")).
		put("country", alpha2(traits.text("address", "country"))).put("locale", p.text("context", "locale")).
		put("timezone", p.text("context", "timezone")).put("attributes", more)
}

// day is a date as it is written, whatever stands behind it: a birthday at
// midnight in a zone east of Greenwich is no day before. Other moments, such as
// seconds, are a day in UTC.
func day(o object, name string) string {
	text := o.text(name)
	if !startsWithDay(text) {
		text = o.when(name)
	}
	return text[:min(len(text), len(time.DateOnly))]
}

func startsWithDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s[:min(len(s), len(time.DateOnly))])
	return err == nil
}

// alpha2 is a country as ISO 3166 alpha-2, which is what triggers and policies
// compare: Segment does not say how to write one, and shows USA. What is no
// code stays as it is.
func alpha2(country string) string {
	region, err := language.ParseRegion(country)
	if err != nil || !region.IsCountry() {
		return country
	}
	return region.Canonicalize().String() // UK is GB
}
