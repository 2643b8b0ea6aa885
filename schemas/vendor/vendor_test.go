package vendor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

var appended, _ = schemas.ParseTime("2026-03-01T10:00:00Z")

// told is an event in one line, without the payload in its data.
func told(format string, r Record, lookup bool) string {
	var d schemas.Decoder
	ev := new(schemas.Event)
	if err := Decode(&d, ev, format, r, schemas.DecodeOptions{Timestamp: appended, AllowNoSubject: lookup}); err != nil {
		return err.Error()
	}
	data := string(ev.Raw)
	if f := ev.Fields; f.Items != nil {
		data = fmt.Sprintf("items %v", f.Items)
	} else if i := strings.Index(data, `"`+format+`":`); i > 0 {
		data = data[:i]
	}
	return fmt.Sprintf("%s of %q at %s, id %s, from %s: order %q cart %q total %s %s, %s",
		ev.Type, ev.Subject, ev.Time, ev.ID, ev.Source, ev.OrderID, ev.CartID, ev.Total, ev.Currency, data)
}

func TestVendorsExamplesBecomeEvents(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "vendor")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("BECKON_REQUIRE_SHARED") == "1" {
			t.Fatal(err)
		}
		t.Skip("../shared/data is not there; BECKON_REQUIRE_SHARED=1 makes this a failure")
	}
	for file, want := range map[string]string{
		"shopify/orders_create.2026-07.json": `order.placed of "115310627314723950" at 2022-01-01T00:00:00Z, id order.placed/820982911946154500, from shopify: ` +
			`order "820982911946154500" cart "" total 404.95 USD, items [{SKU2006-001 1 89.99 } {LENS-PROTECT-2YR 1 19.99 } {CASE-LEATHER-PREM 1 24.99 } {SKU2006-020 1 159.99 } {SKU2006-035 1 119.99 }]`,
		// Without its headers an update looks like a new order; the id makes it a repeat of it.
		"shopify/orders_updated.2026-07.json": `order.placed of "115310627314723950" at 2022-01-01T00:00:00Z, id order.placed/820982911946154500, from shopify: ` +
			`order "820982911946154500" cart "" total 404.95 USD, items [{SKU2006-001 1 89.99 } {LENS-PROTECT-2YR 1 19.99 } {CASE-LEATHER-PREM 1 24.99 } {SKU2006-020 1 159.99 } {SKU2006-035 1 119.99 }]`,
		"shopify/carts_update.2026-07.json": `cart.updated of "exampleCartId" at 2022-01-01T00:00:00Z, id carts/create/exampleCartId/2022-01-01T00:00:00Z, from shopify: ` +
			`order "" cart "exampleCartId" total 59.97 USD, items [{example-shirt-s 3 19.99 }]`,
		"shopify/checkouts_create.2026-07.json": `checkout.started of "603851970716743400" at 2022-01-01T00:00:00Z, id checkouts/create/123123123/2022-01-01T00:00:00Z, from shopify: ` +
			`order "" cart "eeafa272cebfd4b22385bc4b645e762c" total 421.88 USD, items [{IPOD2008PINK 1 199.00 } {IPOD2008PINK 1 199.00 }]`,
		"shopify/customers_create.2026-07.json": `customer.registered of "706405506930370000" at 2022-01-01T00:00:00Z, id customers/create/706405506930370000/2022-01-01T00:00:00Z, from shopify: ` +
			`order "" cart "" total 0 , {"attributes":{"first_name":"Bob","last_name":"Biller"},"country":"CA","email":"bob@biller.com","phone":"555-555-5555",`,
		"shopify/customers_redact.2026-07.json": `customer.erased of "191167" at 2026-03-01T10:00:00Z, id customer.erased/191167, from shopify: order "" cart "" total 0 , {`,
		"shopify/fulfillments_create.2026-07.json": `shipment.dispatched of "" at 2022-01-01T00:00:00Z, id shipment.dispatched/123456/1z827wk74630, from shopify: ` +
			`order "820982911946154500" cart "" total 0 , {"carrier":"UPS","order_id":"820982911946154500","shipment_id":"123456",`,
		"shopify/products_update.2026-07.json": `product.updated of "642667041472714000" at 2022-01-01T00:00:00Z, id products/update/788032119674292900/2022-01-01T00:00:00Z, from shopify: ` +
			`order "" cart "" total 0 , {"category":"Shirts","price":"19.99",`,
		"woocommerce/order_created.json": `order.placed of "john.doe@example.com" at 2017-03-22T19:28:02Z, id order.placed/727, from woocommerce: ` +
			`order "727" cart "" total 29.35 USD, items [{93 2 3 } {Bar3 1 12 }]`,
		"easypost/tracker_updated_delivered.json":  `shipment.delivered of "" at 2014-11-19T10:51:54Z, id evt_qatAiJDM, from easypost: order "" cart "" total 0 , {"carrier":"UPS",`,
		"easypost/tracker_updated_in_transit.json": `shipment.scanned of "" at 2024-08-02T19:26:52Z, id evt_1, from easypost: order "" cart "" total 0 , {"carrier":"FedEx",`,
	} {
		value, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := told(filepath.Dir(file), Record{Value: value}, true); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", file, got, want)
		}
	}
}

func TestWebhooksBecomeEvents(t *testing.T) {
	header := func(pairs ...string) (h []schemas.Header) {
		for i := 0; i < len(pairs); i += 2 {
			h = append(h, schemas.Header{Key: pairs[i], Value: []byte(pairs[i+1])})
		}
		return h
	}
	for _, c := range []struct {
		name, format, value string
		headers             []schemas.Header
		key                 string
		want                string
	}{
		{"the topic is in a header, in whatever case", "shopify", `{"id":7,"customer":{"id":5},"total_price":"9.00","cancelled_at":"2026-03-01T09:00:00+01:00"}`,
			header("x-shopify-topic", "orders/cancelled", "X-SHOPIFY-EVENT-ID", "ev1", "X-Shopify-Shop-Domain", "acme.myshopify.com"), "",
			`order.cancelled of "5" at 2026-03-01T08:00:00Z, id orders/cancelled/7/ev1, from shopify/acme.myshopify.com: order "7" cart "" total 9.00 , {"order_id":"7",`},
		{"a guest is who gave an address", "shopify", `{"id":7,"email":"Ana@Example.org","order_number":1,"created_at":"2026-03-01T09:00:00Z"}`, nil, "",
			`order.placed of "ana@example.org" at 2026-03-01T09:00:00Z, id order.placed/7, from shopify: order "7" cart "" total 0 , items []`},
		{"but the record's key goes before", "shopify", `{"id":7,"email":"Ana@Example.org","order_number":1,"created_at":"2026-03-01T09:00:00Z"}`, nil, "ana",
			`order.placed of "ana" at 2026-03-01T09:00:00Z, id order.placed/7, from shopify: order "7" cart "" total 0 , items []`},
		{"as EventBridge has it", "shopify", `{"metadata":{"X-Shopify-Topic":"customers_email_marketing_consent/update"},"payload":{"customer_id":5,"email_marketing_consent":{"state":"unsubscribed","consent_updated_at":"2026-03-01T09:00:00Z"}}}`, nil, "",
			`customer.consented of "5" at 2026-03-01T09:00:00Z, id customers_email_marketing_consent/update/5/2026-03-01T09:00:00Z, from shopify: order "" cart "" total 0 , {"channel":"email","granted":false,`},
		{"a refund", "shopify", `{"id":3,"order_id":7,"created_at":"2026-03-01T09:00:00Z","transactions":[{"amount":"1.25"},{"amount":"2.00"}]}`, header("X-Shopify-Topic", "refunds/create"), "ana",
			`order.refunded of "ana" at 2026-03-01T09:00:00Z, id order.refunded/3, from shopify: order "7" cart "" total 3.25 , {"order_id":"7",`},
		{"what failed or was void is no refund", "shopify", `{"id":3,"order_id":7,"created_at":"2026-03-01T09:00:00Z","transactions":[{"kind":"refund","status":"failure","amount":"5.00"},{"kind":"void","status":"success","amount":"9.00"},{"kind":"refund","status":"pending","amount":"4.00"},{"kind":"refund","status":"success","amount":"1.25"},{"kind":"refund","status":"success","amount":"2.00"}]}`,
			header("X-Shopify-Topic", "refunds/create"), "ana",
			`order.refunded of "ana" at 2026-03-01T09:00:00Z, id order.refunded/3, from shopify: order "7" cart "" total 3.25 , {"order_id":"7",`},
		{"a refund that is on its way", "shopify", `{"id":3,"order_id":7,"created_at":"2026-03-01T09:00:00Z","transactions":[{"kind":"refund","status":"pending","amount":"4.00"}]}`,
			header("X-Shopify-Topic", "refunds/create"), "ana",
			`order.refunded of "ana" at 2026-03-01T09:00:00Z, id order.refunded/3, from shopify: order "7" cart "" total 0.00 , {"order_id":"7",`},
		{"a refund that failed", "shopify", `{"id":3,"order_id":7,"transactions":[{"kind":"refund","status":"failure","amount":"4.00"},{"kind":"refund","status":"error","amount":"4.00"}]}`,
			header("X-Shopify-Topic", "refunds/create"), "ana", ErrIgnored.Error()},
		{"Shopify's label", "shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"label_printed"}`, header("X-Shopify-Topic", "fulfillment_events/create"), "ana", ErrIgnored.Error()},
		{"Shopify's label is bought", "shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"label_purchased"}`, header("X-Shopify-Topic", "fulfillment_events/create"), "ana", ErrIgnored.Error()},
		{"the carrier only knows of it", "shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"confirmed"}`, header("X-Shopify-Topic", "fulfillment_events/create"), "ana", ErrIgnored.Error()},
		{"Shopify's scan", "shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"in_transit","happened_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillment_events/create"), "ana",
			`shipment.scanned of "ana" at 2026-03-01T09:00:00Z, id fulfillment_events/create/2/2026-03-01T09:00:00Z, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"a fulfilment is made", "shopify", `{"id":1,"order_id":7,"status":"pending","updated_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillments/create"), "ana",
			`shipment.dispatched of "ana" at 2026-03-01T09:00:00Z, id shipment.dispatched/1, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"a warehouse packs", "shopify", `{"id":1,"order_id":7,"status":"open"}`, header("X-Shopify-Topic", "fulfillments/update"), "ana", ErrIgnored.Error()},
		{"a warehouse has sent it", "shopify", `{"id":1,"order_id":7,"status":"success","tracking_number":"T","updated_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillments/update", "X-Shopify-Event-Id", "ev1"), "ana",
			`shipment.dispatched of "ana" at 2026-03-01T09:00:00Z, id shipment.dispatched/1/T, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"the dispatch once more", "shopify", `{"id":1,"order_id":7,"status":"success","shipment_status":"label_printed","tracking_number":"T","updated_at":"2026-03-01T09:30:00Z"}`, header("X-Shopify-Topic", "fulfillments/update", "X-Shopify-Event-Id", "ev2"), "ana",
			`shipment.dispatched of "ana" at 2026-03-01T09:30:00Z, id shipment.dispatched/1/T, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"the shop sends it itself", "shopify", `{"id":1,"order_id":7,"status":"success","updated_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillments/create"), "ana",
			`shipment.dispatched of "ana" at 2026-03-01T09:00:00Z, id shipment.dispatched/1, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"the parcel was called off before it left", "shopify", `{"id":1,"order_id":7,"status":"cancelled","shipment_status":"label_printed","updated_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillments/update"), "ana",
			`shipment.failed of "ana" at 2026-03-01T09:00:00Z, id fulfillments/update/1/2026-03-01T09:00:00Z, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"the carrier has brought it", "shopify", `{"id":1,"order_id":7,"status":"success","shipment_status":"delivered","updated_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillments/update"), "ana",
			`shipment.delivered of "ana" at 2026-03-01T09:00:00Z, id fulfillments/update/1/2026-03-01T09:00:00Z, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"beyond the contract", "shopify", `{"id":7,"customer":{"id":5},"updated_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "orders/paid"), "",
			`shopify.orders.paid of "5" at 2026-03-01T09:00:00Z, id orders/paid/7/2026-03-01T09:00:00Z, from shopify: order "" cart "" total 0 , {`},
		{"the customer has collected it", "shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"picked_up","happened_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillment_events/create"), "ana",
			`shipment.delivered of "ana" at 2026-03-01T09:00:00Z, id fulfillment_events/create/2/2026-03-01T09:00:00Z, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"the carrier has collected it", "shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"carrier_picked_up","happened_at":"2026-03-01T09:00:00Z"}`, header("X-Shopify-Topic", "fulfillment_events/create"), "ana",
			`shipment.scanned of "ana" at 2026-03-01T09:00:00Z, id fulfillment_events/create/2/2026-03-01T09:00:00Z, from shopify: order "7" cart "" total 0 , {"order_id":"7","shipment_id":"1",`},
		{"a refund without its headers", "shopify", `{"id":3,"order_id":7,"created_at":"2026-03-01T09:00:00Z","refund_line_items":[],"transactions":[{"kind":"refund","status":"success","amount":"1.25"}]}`, nil, "",
			`order.refunded of "" at 2026-03-01T09:00:00Z, id order.refunded/3, from shopify: order "7" cart "" total 1.25 , {"order_id":"7",`},
		{"consent for SMS without its headers", "shopify", `{"id":5,"phone":"+40700000000","sms_marketing_consent":{"state":"subscribed","consent_updated_at":"2026-03-01T09:00:00Z"}}`, nil, "",
			`customer.consented of "5" at 2026-03-01T09:00:00Z, id customers_marketing_consent/update/5/2026-03-01T09:00:00Z, from shopify: order "" cart "" total 0 , {"channel":"sms","granted":true,`},
		{"a customer's consents are no news of their own", "shopify", `{"id":5,"created_at":"2026-03-01T09:00:00Z","updated_at":"2026-03-01T09:00:00Z","verified_email":true,"email_marketing_consent":{"state":"subscribed"},"sms_marketing_consent":{"state":"subscribed"}}`, nil, "",
			`customer.registered of "5" at 2026-03-01T09:00:00Z, id customers/create/5/2026-03-01T09:00:00Z, from shopify: order "" cart "" total 0 , {`},
		{"EventBridge's whole event", "shopify", `{"version":"0","id":"b1","detail-type":"shopifyWebhook","time":"2026-03-01T09:00:01Z","detail":{"payload":{"id":7,"customer":{"id":5},"total_price":"9.00","cancelled_at":"2026-03-01T09:00:00Z"},"metadata":{"X-Shopify-Topic":"orders/cancelled","X-Shopify-Shop-Domain":"acme.myshopify.com","X-Shopify-Event-Id":"ev1"}}}`, nil, "",
			`order.cancelled of "5" at 2026-03-01T09:00:00Z, id orders/cancelled/7/ev1, from shopify/acme.myshopify.com: order "7" cart "" total 9.00 , {"order_id":"7",`},
		{"nobody is concerned", "shopify", `{"id":7}`, header("X-Shopify-Topic", "themes/publish"), "", ErrIgnored.Error()},
		{"no shape that is known", "shopify", `{"id":7}`, nil, "", `bad_envelope: not a webhook of Shopify's that can be told by its shape; keep its topic in the header X-Shopify-Topic`},
		{"a shop's order is cancelled", "woocommerce", `{"id":7,"status":"cancelled","customer_id":5,"total":"9.00","date_modified_gmt":"2026-03-01T09:00:00"}`, header("X-WC-Webhook-Topic", "order.updated"), "",
			`order.cancelled of "5" at 2026-03-01T09:00:00Z, id order.cancelled/7, from woocommerce: order "7" cart "" total 9.00 , {"order_id":"7","total":"9.00",`},
		{"sold out without a count", "woocommerce", `{"id":7,"sku":"s","stock_status":"outofstock","stock_quantity":null,"date_modified_gmt":"2026-03-01T09:00:00"}`, header("X-WC-Webhook-Topic", "product.updated"), "",
			`product.updated of "s" at 2026-03-01T09:00:00Z, id product.updated/7/2026-03-01T09:00:00Z, from woocommerce: order "" cart "" total 0 , {"stock":0,`},
		{"sold out below the shop's threshold", "woocommerce", `{"id":7,"sku":"s","stock_status":"outofstock","stock_quantity":2,"date_modified_gmt":"2026-03-01T09:00:00"}`, header("X-WC-Webhook-Topic", "product.updated"), "",
			`product.updated of "s" at 2026-03-01T09:00:00Z, id product.updated/7/2026-03-01T09:00:00Z, from woocommerce: order "" cart "" total 0 , {"stock":0,`},
		{"back without a count", "woocommerce", `{"id":7,"sku":"s","stock_status":"instock","stock_quantity":null,"date_modified_gmt":"2026-03-01T09:00:00"}`, header("X-WC-Webhook-Topic", "product.updated"), "",
			`product.updated of "s" at 2026-03-01T09:00:00Z, id product.updated/7/2026-03-01T09:00:00Z, from woocommerce: order "" cart "" total 0 , {"stock":1,`},
		{"counted", "woocommerce", `{"id":7,"sku":"s","stock_status":"instock","stock_quantity":12,"date_modified_gmt":"2026-03-01T09:00:00"}`, header("X-WC-Webhook-Topic", "product.updated"), "",
			`product.updated of "s" at 2026-03-01T09:00:00Z, id product.updated/7/2026-03-01T09:00:00Z, from woocommerce: order "" cart "" total 0 , {"stock":12,`},
		{"on backorder", "woocommerce", `{"id":7,"sku":"s","stock_status":"onbackorder","stock_quantity":-3,"date_modified_gmt":"2026-03-01T09:00:00"}`, header("X-WC-Webhook-Topic", "product.updated"), "",
			`product.updated of "s" at 2026-03-01T09:00:00Z, id product.updated/7/2026-03-01T09:00:00Z, from woocommerce: order "" cart "" total 0 , {"stock":-3,`},
		{"a draft", "woocommerce", `{"id":7,"status":"checkout-draft","order_key":"k","customer_id":5}`, nil, "", ErrIgnored.Error()},
		{"a webhook is saved", "woocommerce", "webhook_id=12", nil, "", ErrIgnored.Error()},
		{"a ping of no webhook", "woocommerce", "webhook_id=", nil, "", `bad_json: the value is not a JSON object`},
		{"something else in a form", "woocommerce", "webhook_id=12&order=7", nil, "", `bad_json: the value is not a JSON object`},
		{"no ping of Shopify's", "shopify", "webhook_id=12", nil, "", `bad_json: the value is not a JSON object`},
		{"Segment's view", "segment", `{"type":"track","event":"Product Viewed","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00.5Z","properties":{"product_id":"p","sku":"s","price":27.5,"currency":"EUR","category":"Games"}}`, nil, "",
			`product.viewed of "ana" at 2026-03-01T09:00:00.5Z, id m1, from segment: order "" cart "" total 0 EUR, {"category":"Games","currency":"EUR","price":"27.5",`},
		{"Segment's cart has no total", "segment", `{"type":"track","event":"Cart Viewed","messageId":"m1","anonymousId":"x","timestamp":"2026-03-01T09:00:00Z","properties":{"cart_id":"c","products":[{"product_id":"p","price":0.1,"quantity":3},{"sku":"s","price":2}]}}`, nil, "",
			`cart.updated of "x" at 2026-03-01T09:00:00Z, id m1, from segment: order "" cart "c" total 2.30 , items [{p 3 0.1 } {s 1 2 }]`},
		{"Segment's order", "segment", `{"type":"track","event":"Order Completed","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z","properties":{"order_id":"o","revenue":25,"total":27.5,"coupon":"X","currency":"EUR","products":[{"sku":"s","price":25,"category":"Games"}]}}`, nil, "",
			`order.placed of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "o" cart "" total 27.5 EUR, items [{s 1 25 Games}]`},
		{"Segment's quantity is a text", "segment", `{"type":"track","event":"Order Completed","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z","properties":{"order_id":"o","total":"27.50","products":[{"sku":"s","price":"13.75","quantity":"2"}]}}`, nil, "",
			`order.placed of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "o" cart "" total 27.50 , items [{s 2 13.75 }]`},
		{"Segment's person", "segment", `{"type":"identify","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z","traits":{"email":"a@b.org","birthday":"1990-02-28T00:00:00Z","plan":"x"},"context":{"timezone":"Europe/Paris"}}`, nil, "",
			`customer.updated of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "" cart "" total 0 , {"attributes":{"plan":"x"},"birthday":"1990-02-28","email":"a@b.org",`},
		{"white space around an event's name", "segment", `{"type":"track","event":" order completed ","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z","properties":{"order_id":"o","total":27.5}}`, nil, "",
			`order.placed of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "o" cart "" total 27.5 , items []`},
		{"an event without a name", "segment", `{"type":"track","event":" ","messageId":"m1","userId":"ana"}`, nil, "", `bad_envelope: not a track call: it has no event`},
		{"a name in another script", "segment", `{"type":"track","event":"Купон Применён 2","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z"}`, nil, "",
			`segment.купон_применён_2 of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "" cart "" total 0 , {`},
		{"a name whose vowels are marks", "segment", `{"type":"track","event":"कूपन / लगा","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z"}`, nil, "",
			`segment.कूपन_._लगा of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "" cart "" total 0 , {`},
		{"Segment's alias", "segment", `{"type":"alias","messageId":"m1","userId":"ana","previousId":"x","timestamp":"2026-03-01T09:00:00Z"}`, nil, "",
			`customer.identified of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "" cart "" total 0 , {"anonymous_id":"x",`},
		{"Segment beyond the contract", "segment", `{"type":"track","event":"Coupon Applied","messageId":"m1","userId":"ana","timestamp":"2026-03-01T09:00:00Z","properties":{"coupon_id":"c"}}`, nil, "",
			`segment.coupon_applied of "ana" at 2026-03-01T09:00:00Z, id m1, from segment: order "" cart "" total 0 , {`},
		{"the first scan is the dispatch", "easypost", `{"object":"Event","id":"e","description":"tracker.updated","created_at":"2026-03-01T09:00:00Z","previous_attributes":{"status":"pre_transit"},"result":{"object":"Tracker","status":"in_transit","tracking_code":"T"}}`, nil, "",
			`shipment.dispatched of "" at 2026-03-01T09:00:00Z, id e, from easypost: order "" cart "" total 0 , {`},
		{"EasyPost's delay", "easypost", `{"object":"Event","id":"e","description":"tracker.updated","created_at":"2026-03-01T09:00:00Z","previous_attributes":{"status":"pre_transit"},"result":{"object":"Tracker","status":"in_transit","status_detail":"delayed"}}`, nil, "ana",
			`shipment.delayed of "ana" at 2026-03-01T09:00:00Z, id e, from easypost: order "" cart "" total 0 , {`},
		{"EasyPost's weather", "easypost", `{"object":"Event","id":"e","description":"tracker.updated","created_at":"2026-03-01T09:00:00Z","previous_attributes":{"status":"in_transit"},"result":{"object":"Tracker","status":"in_transit","status_detail":"weather_delay"}}`, nil, "ana",
			`shipment.delayed of "ana" at 2026-03-01T09:00:00Z, id e, from easypost: order "" cart "" total 0 , {`},
		{"a label is no parcel yet", "easypost", `{"object":"Event","description":"tracker.created","result":{"object":"Tracker","status":"pre_transit"}}`, nil, "", ErrIgnored.Error()},
		{"EasyPost's batches", "easypost", `{"object":"Event","description":"batch.created","result":{"object":"Batch"}}`, nil, "", ErrIgnored.Error()},
		{"AfterShip's first scan", "aftership", `{"event":"tracking_update","event_id":"e","is_tracking_first_tag":true,"ts":1772355600,"msg":{"id":"m","tag":"InTransit","order_id":"o","slug":"dhl","tracking_number":"T"}}`, nil, "",
			`shipment.dispatched of "" at 2026-03-01T09:00:00Z, id e, from aftership: order "o" cart "" total 0 , {`},
		{"AfterShip's customs", "aftership", `{"event":"tracking_update","event_id":"e","ts":1772355600,"msg":{"id":"m","tag":"Exception","subtag":"Exception_004","order_id":"o"}}`, nil, "",
			`shipment.delayed of "" at 2026-03-01T09:00:00Z, id e, from aftership: order "o" cart "" total 0 , {`},
		{"AfterShip's loss", "aftership", `{"event":"tracking_update","event_id":"e","ts":1772355600,"msg":{"id":"m","tag":"Exception","subtag":"Exception_013","order_id":"o"}}`, nil, "",
			`shipment.failed of "" at 2026-03-01T09:00:00Z, id e, from aftership: order "o" cart "" total 0 , {`},
		{"AfterShip names the order by its number", "aftership", `{"event":"tracking_update","event_id":"e","ts":1772355600,"msg":{"id":"m","tag":"Delivered","order_id":null,"order_number":"#1001"}}`, nil, "",
			`shipment.delivered of "" at 2026-03-01T09:00:00Z, id e, from aftership: order "#1001" cart "" total 0 , {`},
		{"AfterShip knows id and number", "aftership", `{"event":"tracking_update","event_id":"e","ts":1772355600,"msg":{"id":"m","tag":"Delivered","order_id":"o","order_number":"#1001"}}`, nil, "",
			`shipment.delivered of "" at 2026-03-01T09:00:00Z, id e, from aftership: order "o" cart "" total 0 , {`},
		{"no carrier has it", "aftership", `{"event":"tracking_update","msg":{"tag":"InfoReceived"}}`, nil, "", ErrIgnored.Error()},
		{"a CloudEvent is taken as it is", "aftership", `{"specversion":"1.0","id":"1","source":"/s","type":"x.y","subject":"ana","time":"2026-03-01T09:00:00Z"}`, nil, "",
			`x.y of "ana" at 2026-03-01T09:00:00Z, id 1, from /s: order "" cart "" total 0 , {}`},
		{"no JSON", "easypost", `{`, nil, "", `bad_json: the value is not a JSON object`},
		{"an amount that is none", "segment", `{"type":"track","event":"Order Completed","messageId":"m1","userId":"ana","properties":{"order_id":"o","total":1e400}}`, nil, "",
			`bad_amount: data.total: "1e400" is not a decimal number of at most 19 digits`},
	} {
		if got := told(c.format, Record{Key: []byte(c.key), Value: []byte(c.value), Headers: c.headers}, true); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// One action of a merchant may have the same event id on webhooks of several
// topics and objects; only a webhook that is sent again is a repeat.
func TestShopifysEventIDIsOfOneWebhook(t *testing.T) {
	id := func(topic, value string) string {
		var d schemas.Decoder
		ev := new(schemas.Event)
		h := []schemas.Header{{Key: "X-Shopify-Topic", Value: []byte(topic)}, {Key: "X-Shopify-Event-Id", Value: []byte("ev1")}}
		if err := Decode(&d, ev, "shopify", Record{Key: []byte("ana"), Value: []byte(value), Headers: h}, schemas.DecodeOptions{Timestamp: appended}); err != nil {
			t.Fatal(err)
		}
		return ev.ID
	}
	const order = `{"id":7,"created_at":"2026-03-01T09:00:00Z"}`
	first := id("orders/create", order)
	if again := id("orders/create", order); again != first {
		t.Errorf("sent again it is %s, first it was %s", again, first)
	}
	for topic, value := range map[string]string{
		"orders/paid":      order,
		"orders/cancelled": order,
		"refunds/create":   `{"id":3,"order_id":7}`,
		"orders/create":    `{"id":8,"created_at":"2026-03-01T09:00:00Z"}`,
	} {
		if got := id(topic, value); got == first {
			t.Errorf("%s of %s is a repeat of the order: %s", topic, value, got)
		}
	}
}

// Where nobody looks parcels up, the address on it must do.
func TestParcelWithoutLookupIsTheGuests(t *testing.T) {
	value := []byte(`{"id":1,"order_id":7,"email":"a@b.org","tracking_company":"UPS","status":"success","created_at":"x","updated_at":"x"}`)
	const want = `shipment.dispatched of "a@b.org" `
	if got := told("shopify", Record{Value: value}, false); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s…", got, want)
	}
}

// What is sold at a counter concerns nobody. Where the payload does not tell, or
// the order may, somebody has to look into it.
func TestOrdersOfNobodyArePassedOver(t *testing.T) {
	const (
		ignored = "nothing in it concerns a customer"
		missing = "missing_attribute: subject: every event needs one"
		nobody  = `"customer":null,"email":"","contact_email":null,"phone":null,"created_at":"2026-03-01T09:00:00Z"}`
		refund  = `{"id":3,"order_id":7,"refund_line_items":[],"transactions":[]}`
		parcel  = `{"id":1,"order_id":7,"email":"","tracking_company":"UPS","status":"success"}`
	)
	for _, c := range []struct {
		name, format, topic, value, key string
		lookup                          bool
		want                            string // how it begins
	}{
		{"at a counter", "shopify", "orders/create", `{"id":7,` + nobody, "", false, ignored},
		{"at a counter, in a source with lookup", "shopify", "orders/create", `{"id":7,` + nobody, "", true, ignored},
		{"the record's key tells", "shopify", "orders/create", `{"id":7,` + nobody, "ana", false, `order.placed of "ana"`},
		{"a phone tells", "shopify", "orders/create", `{"id":7,"customer":null,"email":"","phone":"+40700000000"}`, "", false, `order.placed of "+40700000000"`},
		{"the webhook leaves customers out", "shopify", "orders/create", `{"id":7,"created_at":"2026-03-01T09:00:00Z"}`, "", false, missing},
		{"cancelled at a counter", "shopify", "orders/cancelled", `{"id":7,` + nobody, "", false, ignored},
		{"cancelled, but lookup may tell", "shopify", "orders/cancelled", `{"id":7,` + nobody, "", true, `order.cancelled of ""`},
		{"a checkout before the address", "shopify", "checkouts/create", `{"token":"t",` + nobody, "", false, ignored},
		{"paid at a counter", "shopify", "orders/paid", `{"id":7,` + nobody, "", false, ignored},
		{"a refund never names its customer", "shopify", "refunds/create", refund, "", false, missing},
		{"a parcel never names its customer", "shopify", "fulfillments/create", parcel, "", false, missing},
		{"a parcel that lookup may tell", "shopify", "fulfillments/create", parcel, "", true, `shipment.dispatched of ""`},
		{"a customer without an id", "shopify", "customers/update", `{"email":""}`, "", false, missing},
		{"entered by hand", "woocommerce", "order.created", `{"id":7,"status":"completed","customer_id":0,"billing":{"email":""}}`, "", false, ignored},
		{"a guest of the shop's", "woocommerce", "order.created", `{"id":7,"status":"completed","customer_id":0,"billing":{"email":"A@b.org"}}`, "", false, `order.placed of "a@b.org"`},
		{"a customer of the shop's without an id", "woocommerce", "customer.updated", `{"email":"a@b.org"}`, "", false, missing},
	} {
		h := []schemas.Header{{Key: "X-Shopify-Topic", Value: []byte(c.topic)}, {Key: "X-WC-Webhook-Topic", Value: []byte(c.topic)}}
		if got := told(c.format, Record{Key: []byte(c.key), Value: []byte(c.value), Headers: h}, c.lookup); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// AfterShip sends edd_revise for every change of the date, earlier ones too.
func TestRevisedDatesAreDelaysWhereTheyAreLater(t *testing.T) {
	const first, none = "2026-03-03T17:00:00+02:00", ""
	for _, c := range []struct{ tag, first, latest, want string }{
		{"InTransit", first, "2026-03-04T17:00:00+02:00", "shipment.delayed"},
		{"InTransit", first, "2026-03-02T17:00:00+02:00", "shipment.scanned"},
		{"InTransit", first, first, "shipment.scanned"},
		{"InTransit", first, "2026-03-03T16:00:00+00:00", "shipment.delayed"},  // an hour later, though it reads as earlier
		{"InTransit", first, "2026-03-03T18:00:00+03:00", "shipment.scanned"},  // the same moment
		{"InTransit", "2026-03-03", "2026-03-03T17:00:00", "shipment.scanned"}, // still that day
		{"InTransit", "2026-03-03", "2026-03-04", "shipment.delayed"},
		{"InTransit", none, first, "shipment.delayed"},
		{"InTransit", first, none, "shipment.delayed"},
		{"InTransit", none, none, "shipment.delayed"},
		{"OutForDelivery", first, "2026-03-02", "shipment.scanned"},
		{"Exception", first, "2026-03-02", "shipment.scanned"},
		{"Exception", first, "2026-03-05", "shipment.delayed"},
		{"Delivered", first, "2026-03-05", "shipment.delivered"},
		{"Delivered", first, "2026-03-02", "shipment.delivered"},
		{"Delivered", none, none, "shipment.delivered"},
		{"Pending", first, "2026-03-05", "shipment.delayed"},
		{"Pending", first, "2026-03-02", ErrIgnored.Error()},
		{"InfoReceived", first, "2026-03-05", "shipment.delayed"},
		{"InfoReceived", first, first, ErrIgnored.Error()},
		{"InfoReceived", none, none, "shipment.delayed"},
	} {
		date := func(name, at string) string {
			if at == none {
				return `"` + name + `":null`
			}
			return `"` + name + `":{"type":"specific","datetime":"` + at + `"}`
		}
		value := `{"event":"edd_revise","event_id":"e","is_tracking_first_tag":true,"ts":1772355600,"msg":{"id":"m","tag":"` + c.tag + `",` +
			date("first_estimated_delivery", c.first) + `,` + date("latest_estimated_delivery", c.latest) + `}}`
		if got := told("aftership", Record{Key: []byte("ana"), Value: []byte(value)}, true); !strings.HasPrefix(got+" ", c.want+" ") {
			t.Errorf("%s from %q to %q: got %s, want %s", c.tag, c.first, c.latest, got, c.want)
		}
	}
}

// A day is promised until it ends, so that nobody apologises at its noon.
func TestDaysArePromisedUntilTheyEnd(t *testing.T) {
	aftership := func(fields string) string {
		return `{"event":"tracking_update","ts":1772355600,"msg":{"id":"m","tag":"InTransit",` + fields + `}}`
	}
	easypost := func(date string) string {
		return `{"object":"Event","id":"e","description":"d","result":{"object":"Tracker","status":"delivered","est_delivery_date":` + date + `}}`
	}
	for _, c := range []struct{ format, value, want string }{
		{"easypost", easypost(`"2026-03-03T00:00:00Z"`), "2026-03-03T23:59:59Z"}, // as EasyPost writes a date
		{"easypost", easypost(`"2026-03-03"`), "2026-03-03T23:59:59Z"},
		{"easypost", easypost(`"2026-03-03T20:00:00Z"`), "2026-03-03T20:00:00Z"},
		{"easypost", easypost(`null`), ""},
		{"aftership", aftership(`"expected_delivery":"2026-03-03"`), "2026-03-03T23:59:59Z"},
		{"aftership", aftership(`"expected_delivery":"2026-03-03T00:00:00"`), "2026-03-03T23:59:59Z"}, // before March 2023
		{"aftership", aftership(`"expected_delivery":"2026-03-03T00:00:00+02:00"`), "2026-03-03T21:59:59Z"},
		{"aftership", aftership(`"expected_delivery":"2026-03-03T17:00:00+02:00"`), "2026-03-03T15:00:00Z"},
		{"aftership", aftership(`"courier_estimated_delivery_date":{"estimated_delivery_date":"2026-03-04"},"expected_delivery":"2026-03-03"`), "2026-03-04T23:59:59Z"},
		{"aftership", aftership(`"order_promised_delivery_date":"2026-03-02","expected_delivery":"2026-03-03"`), "2026-03-02T23:59:59Z"},
		{"aftership", aftership(`"order_promised_delivery_date":"","expected_delivery":"2026-03-03"`), "2026-03-03T23:59:59Z"},
		{"aftership", aftership(`"latest_estimated_delivery":{"datetime":"2026-03-05T17:00:00Z"},"expected_delivery":"2026-03-03"`), "2026-03-03T23:59:59Z"},
		{"aftership", aftership(`"latest_estimated_delivery":{"datetime":"2026-03-05T17:00:00Z"},"aftership_estimated_delivery_date":{"estimated_delivery_date":"2026-03-06"}`), "2026-03-05T17:00:00Z"},
		{"aftership", aftership(`"latest_estimated_delivery":null,"aftership_estimated_delivery_date":{"estimated_delivery_date":"2026-03-06"}`), "2026-03-06T23:59:59Z"},
		{"shopify", `{"id":2,"fulfillment_id":1,"order_id":7,"status":"in_transit","estimated_delivery_at":"2026-03-03T18:00:00-05:00"}`, "2026-03-03T23:00:00Z"},
	} {
		var d schemas.Decoder
		ev := new(schemas.Event)
		if err := Decode(&d, ev, c.format, Record{Key: []byte("ana"), Value: []byte(c.value)}, schemas.DecodeOptions{Timestamp: appended}); err != nil {
			t.Errorf("%s: %v", c.value, err)
		} else if got := ev.PromisedAt.String(); got != c.want {
			t.Errorf("%s: promised at %q, want %q", c.value, got, c.want)
		}
	}
}

// A birthday is a day, wherever its midnight was.
func TestSegmentsBirthdaysKeepTheirDay(t *testing.T) {
	for told, want := range map[string]string{
		`"1990-02-28"`: "1990-02-28", `"1990-02-28T00:00:00Z"`: "1990-02-28", `"1990-02-28T00:00:00+02:00"`: "1990-02-28",
		`"1990-02-28T23:00:00-05:00"`: "1990-02-28", `"1990-02-28T00:00:00.000+0200"`: "1990-02-28", `"1990-02-28 00:00"`: "1990-02-28",
		`636163200`: "1990-02-28", `"1990-02-30"`: "", `"28.02.1990"`: "", `"février"`: "", `""`: "", `null`: "",
	} {
		value := `{"type":"identify","messageId":"m1","userId":"ana","traits":{"birthday":` + told + `}}`
		var d schemas.Decoder
		ev := new(schemas.Event)
		if err := Decode(&d, ev, "segment", Record{Value: []byte(value)}, schemas.DecodeOptions{Timestamp: appended}); err != nil {
			t.Fatal(err)
		}
		if ev.Birthday != want {
			t.Errorf("birthday %s of Segment's is %q, want %q", told, ev.Birthday, want)
		}
	}
}

// Built-in triggers and policies compare countries as ISO 3166 alpha-2.
func TestSegmentsCountriesHaveTwoLetters(t *testing.T) {
	for told, want := range map[string]string{
		"USA": "US", "rou": "RO", "GBR": "GB", "FR": "FR", "fr": "FR", "UK": "GB", "": "",
		"United States": "United States", "EEE": "EEE", "419": "419",
	} {
		value := `{"type":"identify","messageId":"m1","userId":"ana","traits":{"address":{"country":"` + told + `"}}}`
		var d schemas.Decoder
		ev := new(schemas.Event)
		if err := Decode(&d, ev, "segment", Record{Value: []byte(value)}, schemas.DecodeOptions{Timestamp: appended}); err != nil {
			t.Fatal(err)
		}
		if ev.Country != want {
			t.Errorf("country %q of Segment's is %q, want %q", told, ev.Country, want)
		}
	}
}

func TestPayloadStaysReadable(t *testing.T) {
	var d schemas.Decoder
	ev := new(schemas.Event)
	r := Record{Value: []byte(`{"id":7,"customer":{"id":5},"order_number":1,"tags":"vip, <b>"}`), Headers: []schemas.Header{
		{Key: "traceparent", Value: []byte("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")}}}
	if err := Decode(&d, ev, "shopify", r, schemas.DecodeOptions{Timestamp: appended}); err != nil {
		t.Fatal(err)
	}
	var data struct {
		Shopify struct{ Tags string }
	}
	if err := json.Unmarshal(ev.Raw, &data); err != nil || data.Shopify.Tags != "vip, <b>" {
		t.Errorf("%s: %v; want the payload's tags under shopify", ev.Raw, err)
	}
	if ev.TraceParent == "" || ev.Time != appended {
		t.Errorf("trace %q, time %s; want the record's", ev.TraceParent, ev.Time)
	}
}

// HTML in a payload takes the bytes that it came with.
func TestHTMLOfHalfAMegabyteIsTaken(t *testing.T) {
	html := strings.Repeat("<b>&amp;</b>", schemas.MaxEventBytes/2/12)
	value := []byte(`{"id":7,"variants":[{"sku":"s","price":"9.00"}],"body_html":"` + html + `"}`)
	var d schemas.Decoder
	ev := new(schemas.Event)
	if err := Decode(&d, ev, "shopify", Record{Value: value}, schemas.DecodeOptions{Timestamp: appended}); err != nil {
		t.Fatal(err)
	}
	if want := `{"price":"9.00","shopify":` + string(value) + `}`; string(ev.Raw) != want {
		t.Errorf("got %d bytes that end in %q, want the payload as it came, %d", len(ev.Raw), ev.Raw[len(ev.Raw)-20:], len(want))
	}
}

// Whatever comes is an event, ignored, or refused for a reason of the list.
func FuzzDecode(f *testing.F) {
	f.Add("shopify", `{"id":7,"order_number":1,"line_items":[{"price":"1","quantity":2}]}`, "orders/create")
	f.Add("segment", `{"type":"track","event":"Cart Viewed","properties":{"products":[{"price":1e300}]}}`, "")
	f.Add("woocommerce", `{"order_key":"k","status":"x"}`, "order.updated")
	f.Add("easypost", `{"object":"Event","description":"d","result":{"object":"Tracker","status":"delivered"}}`, "")
	f.Add("aftership", `{"event":"e","ts":1e99,"msg":{"tag":"Delivered"}}`, "")
	f.Add("aftership", `{"event":"edd_revise","msg":{"tag":"Pending","latest_estimated_delivery":{"datetime":"2026-03-05"}}}`, "")
	f.Add("segment", `{"type":"identify","userId":"a","traits":{"birthday":"1990-02-28T00:00:00+02:00"}}`, "")
	f.Add("shopify", `{"detail":{"metadata":{},"payload":{"id":7,"customer":null}}}`, "orders/create")
	f.Add("woocommerce", `webhook_id=12`, "")
	f.Fuzz(func(t *testing.T, format, value, topic string) {
		if !Known(format) {
			return
		}
		var d schemas.Decoder
		r := Record{Value: []byte(value), Headers: []schemas.Header{{Key: "X-Shopify-Topic", Value: []byte(topic)}, {Key: "X-WC-Webhook-Topic", Value: []byte(topic)}}}
		err := Decode(&d, new(schemas.Event), format, r, schemas.DecodeOptions{Timestamp: appended})
		var refused *schemas.DecodeError
		if err != nil && !errors.Is(err, ErrIgnored) && !errors.As(err, &refused) {
			t.Errorf("%v is not of the list", err)
		}
	})
}

// What a source takes, mail takes too: the payload lies one level deeper there.
func TestDeepPayloadTravels(t *testing.T) {
	inner := schemas.MaxEventDepth - 1
	payload := `{"id":1,"customer":{"id":7},"created_at":"2026-03-01T10:00:00Z","x":` + strings.Repeat("[", inner) + strings.Repeat("]", inner) + `}`
	var d schemas.Decoder
	var ev schemas.Event
	topic := []schemas.Header{{Key: "X-Shopify-Topic", Value: []byte("orders/paid")}}
	if err := Decode(&d, &ev, "shopify", Record{Value: []byte(payload), Headers: topic}, schemas.DecodeOptions{Timestamp: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := schemas.FromData(ev.ID, ev.Source, ev.Type, ev.Subject, ev.Time, ev.Raw); err != nil {
		t.Error(err)
	}
}
