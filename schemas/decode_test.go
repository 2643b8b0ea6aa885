package schemas

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

var sameAmount = cmp.Comparer(func(a, b Amount) bool { return a == b })

func amount(t testing.TB, s string) Amount {
	t.Helper()
	a, err := ParseAmount(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func instant(t testing.TB, s string) Time {
	t.Helper()
	at, err := ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func headers(pairs ...string) []Header {
	var h []Header
	for i := 0; i < len(pairs); i += 2 {
		h = append(h, Header{pairs[i], []byte(pairs[i+1])})
	}
	return h
}

// orderHeaders make an order in binary mode of any value.
var orderHeaders = headers("ce_specversion", "1.0", "ce_id", "e1", "ce_source", "/shop", "ce_type", "order.placed",
	"ce_subject", "ana", "ce_time", "2026-03-01T10:00:00.25Z", "content-type", "application/json")

const orderData = `{"order_id":"o-1","currency":"EUR","total":"119.80","items":[{"sku":"s1","quantity":2,"price":"59.90","category":"shoes"}],` +
	`"promised_at":"2026-03-03T10:00:00+02:00","codes":["SPRING"],"gift":{"wrap":true}}`

const orderEvent = `{"specversion":"1.0","id":"e1","source":"/shop","type":"order.placed","subject":"ana","time":"2026-03-01T10:00:00.25Z","data":` + orderData + `}`

func wantOrder(t *testing.T) *Event {
	return &Event{
		ID: "e1", Source: "/shop", Type: "order.placed", Kind: OrderPlaced, Subject: "ana",
		Time: instant(t, "2026-03-01T10:00:00.25Z"), Raw: []byte(orderData),
		Fields: Fields{
			Present:    1<<fOrderID | 1<<fCurrency | 1<<fTotal | 1<<fItems | 1<<fPromisedAt | 1<<fCodes,
			OrderID:    "o-1",
			Currency:   "EUR",
			Total:      amount(t, "119.80"),
			Items:      []Item{{SKU: "s1", Quantity: amount(t, "2"), Price: amount(t, "59.90"), Category: "shoes"}},
			PromisedAt: instant(t, "2026-03-03T08:00:00Z"),
			Codes:      []string{"SPRING"},
		},
	}
}

func TestModesGiveTheSameEvent(t *testing.T) {
	const base64Data = "eyJvcmRlcl9pZCI6Im8tMSIsImN1cnJlbmN5IjoiRVVSIiwidG90YWwiOiIxMTkuODAiLCJpdGVtcyI6W3sic2t1IjoiczEiLCJxdWFudGl0eSI6MiwicHJpY2UiOiI1OS45MCIsImNhdGVnb3J5Ijoic2hvZXMifV0sInByb21pc2VkX2F0IjoiMjAyNi0wMy0wM1QxMDowMDowMCswMjowMCIsImNvZGVzIjpbIlNQUklORyJdLCJnaWZ0Ijp7IndyYXAiOnRydWV9fQ=="
	const start = `{"specversion":"1.0","id":"e1","source":"/shop","type":"order.placed","subject":"ana","time":"2026-03-01T10:00:00.25Z"`
	for name, record := range map[string]struct {
		value   string
		headers []Header
	}{
		"structured without content type":  {orderEvent, nil},
		"structured with content type":     {orderEvent, headers("content-type", "application/cloudevents+json; charset=UTF-8")},
		"structured, content type of JSON": {orderEvent, headers("content-type", "application/json")},
		"structured, without the format":   {orderEvent, headers("content-type", "application/cloudevents; charset=utf-8")},
		"structured beside ce_ headers":    {orderEvent, append(headers("content-type", "application/cloudevents+json"), orderHeaders[:5]...)},
		"binary":                           {orderData, orderHeaders},
		"binary without content type":      {orderData, orderHeaders[:6]},
		"binary, content type in capitals": {orderData, append(orderHeaders[:6:6], headers("Content-Type", "Application/JSON; charset=utf-8")...)},
		"binary, JSON of a vendor":         {orderData, append(orderHeaders[:6:6], headers("content-type", "application/vnd.shop.order+json")...)},
		"binary in white space":            {" \n" + orderData + "\r\n\t", orderHeaders},
		"data before type":                 {`{"data":` + orderData + "," + orderEvent[1:strings.Index(orderEvent, `,"data"`)] + "}", nil},
		"base64":                           {start + `,"data_base64":"` + base64Data + `"}`, nil},
		"null beside base64":               {start + `,"data":null,"data_base64":"` + base64Data + `"}`, nil},
		"base64 beside null":               {start + `,"data_base64":"` + base64Data + `","data":null}`, nil},
		"null before type, beside base64":  {`{"data":null,"data_base64":"` + base64Data + `",` + start[1:] + `}`, nil},
		"data taken back, beside base64":   {start + `,"data":{"order_id":"o-2","cart_id":"k1"},"data":null,"data_base64":"` + base64Data + `"}`, nil},
		"base64 of null beside data":       {start + `,"data_base64":null,"data":` + orderData + `}`, nil},
		"extensions":                       {start + `,"dataschema":"x","ext":[1,{"a":null}],"data":` + orderData + `}`, nil},
		"escaped member names":             {strings.NewReplacer(`"id"`, `"\u0069d"`, `"data"`, `"d\u0061ta"`, `"e1"`, `"\u00651"`).Replace(orderEvent), nil},
		"members twice":                    {start + `,"type":"cart.updated","data":{"total":"1"},"data":` + orderData + `,"type":"order.placed"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode([]byte(record.value), record.headers, DecodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantOrder(t), got, sameAmount); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// An event outlives its record: franz-go reuses nothing, but a string that
// pointed into a record would hold its whole batch.
func TestEventKeepsNothingOfTheRecord(t *testing.T) {
	value := []byte(orderEvent)
	h := headers("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate", "a=b")
	var d Decoder
	got, err := d.Decode(value, h, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range value {
		value[i] = 'x'
	}
	for i := range h {
		clear(h[i].Value)
	}
	want := wantOrder(t)
	want.TraceParent, want.TraceState = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b"
	if diff := cmp.Diff(want, got, sameAmount); diff != "" {
		t.Errorf("after the record changed (-want +got)\n%s", diff)
	}
}

func TestDecodeIntoLeavesNothingOfTheOldEvent(t *testing.T) {
	var d Decoder
	var ev Event
	if err := d.DecodeInto(&ev, []byte(orderEvent), nil, DecodeOptions{}); err != nil {
		t.Fatal(err)
	}
	order := ev
	if err := d.DecodeInto(&ev, []byte(envelopeOf("customer.erased", "{}")), nil, DecodeOptions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Fields{}, ev.Fields, sameAmount); diff != "" {
		t.Errorf("fields of the second event (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(wantOrder(t), &order, sameAmount); diff != "" {
		t.Errorf("the first event changed (-want +got)\n%s", diff)
	}
}

// envelopeOf is a valid event with that type and data.
func envelopeOf(eventType, data string) string {
	return `{"specversion":"1.0","id":"e1","source":"/shop","type":"` + eventType + `","subject":"ana","time":"2026-03-01T10:00:00Z","data":` + data + `}`
}

func TestFields(t *testing.T) {
	for _, c := range []struct{ name, eventType, data, field, want string }{
		{"null is absent", "order.placed", `{"total":null}`, "total", "<nil>"},
		{"null takes back", "order.placed", `{"total":"1","total":null}`, "total", "<nil>"},
		{"last wins", "order.placed", `{"total":"1","total":"2.0"}`, "total", "2.0"},
		{"unknown of this type", "order.placed", `{"sku":17,"price":[]}`, "sku", "<nil>"},
		{"amount from a number", "order.placed", `{"total":59.90}`, "total", "59.90"},
		{"amount with exponent", "order.placed", `{"total":1.5e2}`, "total", "150"},
		{"amount of 19 digits", "order.placed", `{"total":"9999999999999999.999"}`, "total", "9999999999999999.999"},
		{"negative amount", "order.refunded", `{"total":"-5.00"}`, "total", "-5.00"},
		{"id as integer", "order.placed", `{"order_id":820982911946154508}`, "order_id", "820982911946154508"},
		{"empty text", "customer.updated", `{"email":""}`, "email", ""},
		{"escapes", "customer.updated", `{"email":"a\u00e4\ud83d\ude00\n\/\\\"\b\f\r\t"}`, "email", "aä😀\n/\\\"\b\f\r\t"},
		{"half a surrogate pair", "customer.updated", `{"email":"a\ud83d"}`, "email", "a\uFFFD"},
		{"half a pair before another escape", "customer.updated", `{"email":"\ud83d\u0041"}`, "email", "\uFFFDA"},
		{"integer with zeros", "loyalty.changed", `{"points":1200.0}`, "points", "1200"},
		{"negative integer", "loyalty.changed", `{"points":-5}`, "points", "-5"},
		{"integer as text", "loyalty.changed", `{"points":"100"}`, "points", "100"},
		{"integer as text with zeros", "product.updated", `{"stock":"+12.00"}`, "stock", "12"},
		{"integer as text with an exponent", "product.updated", `{"stock":"1\u00322e1"}`, "stock", "1220"},
		{"number as text", "feedback.submitted", `{"score":"3"}`, "score", "3"},
		{"number as text with a fraction", "product.updated", `{"replenish_days":"10.50"}`, "replenish_days", "10.50"},
		{"flag", "customer.consented", `{"granted":true}`, "granted", "true"},
		{"false flag is present", "customer.consented", `{"granted":false}`, "granted", "false"},
		{"time cut to microseconds", "order.placed", `{"promised_at":"2026-03-01T10:00:00.123456789Z"}`, "promised_at", "2026-03-01T10:00:00.123456Z"},
		{"time in small letters", "order.placed", `{"promised_at":"2026-03-01t11:00:00z"}`, "promised_at", "2026-03-01T11:00:00Z"},
		{"empty time is absent", "order.placed", `{"promised_at":""}`, "promised_at", "<nil>"},
		{"empty time takes back", "loyalty.changed", `{"expires_at":"2026-03-01T10:00:00Z","expires_at":""}`, "expires_at", "<nil>"},
		{"score with a fraction", "feedback.submitted", `{"score":4.5}`, "score", "4.5"},
		{"attributes", "customer.updated", `{ "attributes" : { "vip" : true } , "x":1}`, "attributes", `{ "vip" : true }`},
		{"attributes twice", "customer.updated", `{"attributes":{"a":1},"attributes":{"b":2}}`, "attributes", `{"b":2}`},
		{"no codes", "order.placed", `{"codes":[]}`, "codes", "[]"},
		{"long text", "customer.updated", `{"email":"` + strings.Repeat("x", 300) + `"}`, "email", strings.Repeat("x", 300)},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := Decode([]byte(envelopeOf(c.eventType, c.data)), nil, DecodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got := show(ev.Value(fieldByName([]byte(c.field)))); got != c.want {
				t.Errorf("%s of %s = %s, want %s", c.field, c.data, got, c.want)
			}
			if string(ev.Raw) != c.data {
				t.Errorf("raw = %s, want %s", ev.Raw, c.data)
			}
		})
	}
}

func TestItems(t *testing.T) {
	const data = `{"items":[{},{"sku":77,"quantity":0.375,"price":1.99,"note":{"a":[1]}},{"sku":"a","quantity":null,"quantity":3,"category":"x"},{"quantity":"2.5"}]}`
	ev, err := Decode([]byte(envelopeOf("cart.updated", data)), nil, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Item{
		{Quantity: amount(t, "1")}, // one piece unless said otherwise
		{SKU: "77", Quantity: amount(t, "0.375"), Price: amount(t, "1.99")},
		{SKU: "a", Quantity: amount(t, "3"), Category: "x"},
		{Quantity: amount(t, "2.5")},
	}
	if diff := cmp.Diff(want, ev.Items, sameAmount); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTime(t *testing.T) {
	const now = "2026-03-01T10:00:00Z"
	for _, c := range []struct{ name, attribute, timestamp, now, want string }{
		{"attribute", "2026-03-01T09:00:00Z", "2026-03-01T09:30:00Z", now, "2026-03-01T09:00:00Z"},
		{"offset", "2026-03-01T09:00:00.5+02:00", "", now, "2026-03-01T07:00:00.5Z"},
		{"record's timestamp", "", "2026-03-01T09:30:00Z", now, "2026-03-01T09:30:00Z"},
		{"five minutes ahead", "2026-03-01T10:05:00Z", "", now, "2026-03-01T10:05:00Z"},
		{"more than five minutes ahead", "2026-03-01T10:05:00.000001Z", "", now, now},
		{"the year 2100", "2100-01-01T00:00:00Z", "", now, now},
		{"record's timestamp ahead", "", "2026-03-02T00:00:00Z", now, now},
		{"no clock", "2100-01-01T00:00:00Z", "", "", "2100-01-01T00:00:00Z"},
		{"small letters", "2026-03-01t09:00:00z", "", now, "2026-03-01T09:00:00Z"},
		{"nanoseconds", "2026-03-01T09:00:00.000000999Z", "", now, "2026-03-01T09:00:00Z"},
		{"before 2000", "1997-01-01T00:21:16.505Z", "", now, "1997-01-01T00:21:16.505Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o DecodeOptions
			if c.timestamp != "" {
				o.Timestamp = instant(t, c.timestamp)
			}
			if c.now != "" {
				o.Now = instant(t, c.now)
			}
			h := headers("ce_specversion", "1.0", "ce_id", "e", "ce_source", "s", "ce_type", "t", "ce_subject", "ana")
			if c.attribute != "" {
				h = append(h, headers("ce_time", c.attribute)...)
			}
			ev, err := Decode(nil, h, o)
			if err != nil {
				t.Fatal(err)
			}
			if ev.Time.String() != c.want {
				t.Errorf("time = %s, want %s", ev.Time, c.want)
			}
		})
	}
}

func TestAbsentDataIsEmpty(t *testing.T) {
	const start = `{"specversion":"1.0","id":"e1","source":"/shop","type":"customer.erased","subject":"ana","time":"2026-03-01T10:00:00Z"`
	for name, value := range map[string]string{
		"no data":      start + "}",
		"null":         start + `,"data":null}`,
		"empty object": start + `,"data":{}}`,
		"taken back":   start + `,"data":{"a":1},"data":null}`,
		"both null":    start + `,"data":null,"data_base64":null}`,
		"empty base64": start + `,"data_base64":""}`,
		"base64 null":  start + `,"data_base64":null}`,
	} {
		ev, err := Decode([]byte(value), nil, DecodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if string(ev.Raw) != "{}" {
			t.Errorf("%s: raw = %q, want {}", name, ev.Raw)
		}
	}
	ev, err := Decode(nil, orderHeaders, DecodeOptions{})
	if err != nil || string(ev.Raw) != "{}" {
		t.Errorf("binary without value: %v, %v", ev, err)
	}
}

func TestOnlyWhatHappensToOrdersMayLackTheirCustomer(t *testing.T) {
	const order = `{"order_id":"o1"}`
	for _, c := range []struct {
		eventType, data string
		allow, ok       bool
	}{
		{"shipment.delivered", order, true, true},
		{"shipment.delivered", `{"tracking_code":"T"}`, true, true},
		{"shipment.delivered", order, false, false},
		{"shipment.delivered", `{"shipment_id":"p1"}`, true, false}, // nothing tells whose it is
		{"order.refunded", order, true, true},
		{"order.cancelled", order, true, true},
		{"order.cancelled", `{}`, true, false},
		{"order.placed", order, true, false},
		{"shipment.lost", order, true, false}, // not a type of the schema
	} {
		value := `{"specversion":"1.0","id":"e1","source":"/s","type":"` + c.eventType + `","time":"2026-03-01T10:00:00Z","data":` + c.data + `}`
		_, err := Decode([]byte(value), nil, DecodeOptions{AllowNoSubject: c.allow})
		if (err == nil) != c.ok {
			t.Errorf("%s, allowed %v: %v", c.eventType, c.allow, err)
		}
	}
}

func TestTraceContext(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	structured := func(members string) string {
		return `{"specversion":"1.0","id":"e1","source":"/s","type":"t","subject":"ana","time":"2026-03-01T10:00:00Z",` + members + `"data":{}}`
	}
	for _, c := range []struct {
		name, value   string
		headers       []Header
		parent, state string
	}{
		{"none", structured(""), nil, "", ""},
		{"header", structured(""), headers("traceparent", parent, "tracestate", "a=b"), parent, "a=b"},
		{"attribute", structured(`"traceparent":"` + parent + `","tracestate":"a=b",`), nil, parent, "a=b"},
		{"ce_ header", "{}", append(headers("ce_traceparent", parent), orderHeaders...), parent, ""},
		{"state alone", structured(""), headers("tracestate", "a=b"), "", ""},
		{"not trace context", structured(""), headers("traceparent", strings.Repeat("z", 55)), "", ""},
		{"dash missing", structured(""), headers("traceparent", strings.Replace(parent, "-", "0", 1)), "", ""},
		{"control character behind", structured(""), headers("traceparent", parent+"-\x01"), "", ""},
		{"trace id of zeros", structured(""), headers("traceparent", parent[:3]+strings.Repeat("0", 32)+parent[35:]), "", ""},
		{"parent id of zeros", structured(""), headers("traceparent", parent[:36]+strings.Repeat("0", 16)+parent[52:]), "", ""},
		{"version ff", structured(""), headers("traceparent", "ff"+parent[2:]), "", ""},
		{"later version", structured(""), headers("traceparent", "01"+parent[2:]+"-more"), "01" + parent[2:] + "-more", ""},
		{"long state", structured(""), headers("traceparent", parent, "tracestate", strings.Repeat("x", 513)), parent, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := Decode([]byte(c.value), c.headers, DecodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if ev.TraceParent != c.parent || ev.TraceState != c.state {
				t.Errorf("trace context %q, %q; want %q, %q", ev.TraceParent, ev.TraceState, c.parent, c.state)
			}
		})
	}
}

func codeOf(err error) ErrorCode {
	var d *DecodeError
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

func TestSharedDataIsPartOfTheRecord(t *testing.T) {
	value := []byte(orderEvent)
	var d Decoder
	var shared, own Event
	for ev, o := range map[*Event]DecodeOptions{&shared: {Shared: true}, &own: {}} {
		if err := d.DecodeInto(ev, value, nil, o); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(&own, &shared, sameAmount); diff != "" {
		t.Errorf("shared (-its own +shared)\n%s", diff)
	}
	if at := bytes.Index(value, shared.Raw); at < 0 || &value[at] != &shared.Raw[0] {
		t.Error("shared data was copied")
	}
	if cap(shared.Raw) != len(shared.Raw) {
		t.Error("an append to the data would write into the record")
	}
	if !partOf(unsafe.Slice(unsafe.StringData(shared.ID), len(shared.ID)), value) {
		t.Error("a shared id was copied")
	}
}

// What is not in the value as it is has memory of its own.
func TestSharedStringsStayAsTheyAre(t *testing.T) {
	headers := []Header{
		{"ce_specversion", []byte("1.0")}, {"ce_id", []byte("event-1")}, {"ce_source", []byte("shop")},
		{"ce_type", []byte("cart.updated")}, {"ce_subject", []byte("ana")}, {"ce_time", []byte("2026-03-01T10:00:00Z")},
	}
	var d Decoder
	ev, err := d.Decode([]byte(`{"cart_id":"caf\u00e9","currency":"EUR"}`), headers, DecodeOptions{Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range headers {
		clear(headers[i].Value)
	}
	if _, err := d.Decode([]byte(`{"cart_id":"th\u00e9"}`), headers, DecodeOptions{Shared: true}); err == nil {
		t.Fatal("decoded without attributes")
	}
	if ev.ID != "event-1" || ev.Source != "shop" || ev.Subject != "ana" || ev.Kind != CartUpdated || ev.CartID != "café" {
		t.Errorf("%+v", ev)
	}
}
