package schemas

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// show prints a field's value as the tests write it.
func show(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestRefusals(t *testing.T) {
	attributes := func(members string) string {
		return `{"specversion":"1.0","id":"e1","source":"/s","type":"order.placed","time":"2026-03-01T10:00:00Z",` + members + `}`
	}
	const ana = `"subject":"ana"`
	order := func(data string) string { return envelopeOf("order.placed", data) }
	for _, c := range []struct {
		name, value string
		headers     []Header
		code        ErrorCode
		field       string
	}{
		{"nothing", "", nil, CodeBadEnvelope, ""},
		{"not JSON", "hello", nil, CodeBadJSON, ""},
		{"half", orderEvent[:100], nil, CodeBadJSON, ""},
		{"array", "[]", nil, CodeBadEnvelope, ""},
		{"batch", "[" + orderEvent + "]", headers("content-type", "application/cloudevents-batch+json"), CodeBadContentType, "content-type"},
		{"avro", "x", headers("content-type", "application/cloudevents+avro"), CodeBadContentType, "content-type"},
		{"no specversion", `{"id":"e1"}`, nil, CodeBadEnvelope, ""},
		{"binary without specversion", "{}", orderHeaders[1:], CodeMissing, "specversion"},
		{"specversion 0.3", strings.Replace(orderEvent, "1.0", "0.3", 1), nil, CodeBadSpecVersion, "specversion"},
		{"specversion 10", strings.Replace(orderEvent, "1.0", "10", 1), nil, CodeBadSpecVersion, "specversion"},
		{"specversion a number", strings.Replace(orderEvent, `"1.0"`, "1.0", 1), nil, CodeWrongType, "specversion"},
		{"no id", strings.Replace(orderEvent, `"id":"e1",`, "", 1), nil, CodeMissing, "id"},
		{"id null", strings.Replace(orderEvent, `"e1"`, "null", 1), nil, CodeMissing, "id"},
		{"id empty", strings.Replace(orderEvent, `"e1"`, `""`, 1), nil, CodeMissing, "id"},
		{"id a number", strings.Replace(orderEvent, `"e1"`, "17", 1), nil, CodeWrongType, "id"},
		{"no source", strings.Replace(orderEvent, `"source":"/shop",`, "", 1), nil, CodeMissing, "source"},
		{"no type", strings.Replace(orderEvent, `"type":"order.placed",`, "", 1), nil, CodeMissing, "type"},
		{"no subject", strings.Replace(orderEvent, `"subject":"ana",`, "", 1), nil, CodeMissing, "subject"},
		{"no time at all", strings.Replace(orderEvent, `"time":"2026-03-01T10:00:00.25Z",`, "", 1), nil, CodeMissing, "time"},
		{"NUL in subject", attributes(`"subject":"\u0000order/1"`), nil, CodeBadAttribute, "subject"},
		{"C1 control in subject", attributes(`"subject":"a\u0085"`), nil, CodeBadAttribute, "subject"},
		{"broken UTF-8 in a header", "{}", append(headers("ce_subject", "a\xff"), orderHeaders[:4]...), CodeBadAttribute, "subject"},
		{"long subject", attributes(`"subject":"` + strings.Repeat("a", 257) + `"`), nil, CodeBadAttribute, "subject"},
		{"long id", strings.Replace(orderEvent, "e1", strings.Repeat("a", 1025), 1), nil, CodeBadAttribute, "id"},
		{"time in words", strings.Replace(orderEvent, "2026-03-01T10:00:00.25Z", "yesterday", 1), nil, CodeBadTime, "time"},
		{"time without zone", strings.Replace(orderEvent, "2026-03-01T10:00:00.25Z", "2026-03-01T10:00:00", 1), nil, CodeBadTime, "time"},
		{"time of one digit", strings.Replace(orderEvent, "2026-03-01T10:00:00.25Z", "2026-03-01T1:00:00Z", 1), nil, CodeBadTime, "time"},
		{"30 February", strings.Replace(orderEvent, "2026-03-01T10:00:00.25Z", "2026-02-30T10:00:00Z", 1), nil, CodeBadTime, "time"},
		{"zero time", strings.Replace(orderEvent, "2026-03-01T10:00:00.25Z", "0001-01-01T00:00:00Z", 1), nil, CodeBadTime, "time"},
		{"XML", attributes(ana + `,"datacontenttype":"application/xml","data":{}`), nil, CodeBadContentType, "datacontenttype"},
		{"binary Avro", "x", append(slices.Clone(orderHeaders[:6]), headers("content-type", "application/avro")...), CodeBadContentType, "datacontenttype"},
		{"data and base64", attributes(ana + `,"data":{},"data_base64":"e30="`), nil, CodeBadEnvelope, "data_base64"},
		{"not base64", attributes(ana + `,"data_base64":"e30"`), nil, CodeBadEnvelope, "data_base64"},
		{"base64 of no JSON", attributes(ana + `,"data_base64":"/w=="`), nil, CodeBadJSON, ""},
		{"data a string", order(`"{}"`), nil, CodeWrongType, "data"},
		{"data an array", order(`[]`), nil, CodeWrongType, "data"},
		{"binary data an array", `[]`, orderHeaders, CodeWrongType, "data"},
		{"binary data broken", `[`, orderHeaders, CodeBadJSON, ""},
		{"not UTF-8", order(`{"x":"` + "\xff" + `"}`), nil, CodeBadJSON, ""},
		{"trailing comma", order(`{"x":1,}`), nil, CodeBadJSON, ""},
		{"missing comma", order(`{"x":1 "y":2}`), nil, CodeBadJSON, ""},
		{"leading comma", order(`{,"x":1}`), nil, CodeBadJSON, ""},
		{"no colon", order(`{"x" 1}`), nil, CodeBadJSON, ""},
		{"bare name", order(`{x:1}`), nil, CodeBadJSON, ""},
		{"comment", order(`{/**/}`), nil, CodeBadJSON, ""},
		{"trailing garbage", orderEvent + " x", nil, CodeBadJSON, ""},
		{"trailing NUL", orderEvent + "\x00", nil, CodeBadJSON, ""},
		{"two events", orderEvent + orderEvent, nil, CodeBadJSON, ""},
		{"binary trailing garbage", "{} {}", orderHeaders, CodeBadJSON, ""},
		{"control character in a string", order("{\"x\":\"\n\"}"), nil, CodeBadJSON, ""},
		{"unknown escape", order(`{"x":"\q"}`), nil, CodeBadJSON, ""},
		{"short escape", order(`{"x":"\u12"}`), nil, CodeBadJSON, ""},
		{"control character in a known string", order("{\"order_id\":\"a\tb\"}"), nil, CodeBadJSON, "data.order_id"},
		{"control character behind an escape", order("{\"order_id\":\"\\n\tb\"}"), nil, CodeBadJSON, "data.order_id"},
		{"unknown escape in a known string", order(`{"order_id":"\q"}`), nil, CodeBadJSON, "data.order_id"},
		{"known string without end", `{"order_id":"abcdefghij`, orderHeaders, CodeBadJSON, "data.order_id"},
		{"escaped string without end", `{"order_id":"\nabc`, orderHeaders, CodeBadJSON, "data.order_id"},
		{"string that ends in a backslash", `{"x":"\`, orderHeaders, CodeBadJSON, ""},
		{"known string that ends in a backslash", `{"order_id":"\`, orderHeaders, CodeBadJSON, "data.order_id"},
		{"skipped string without end", `{"x":"abcdefghij`, orderHeaders, CodeBadJSON, ""},
		{"half a word", order(`{"x":nul}`), nil, CodeBadJSON, ""},
		{"minus", order(`{"x":-}`), nil, CodeBadJSON, ""},
		{"leading zero", order(`{"x":01}`), nil, CodeBadJSON, ""},
		{"plus", order(`{"x":+1}`), nil, CodeBadJSON, ""},
		{"no fraction", order(`{"x":1.}`), nil, CodeBadJSON, ""},
		{"no exponent", order(`{"x":1e}`), nil, CodeBadJSON, ""},
		{"NaN", order(`{"total":NaN}`), nil, CodeWrongType, "data.total"},
		{"TRUE", order(`{"x":TRUE}`), nil, CodeBadJSON, ""},
		{"total a flag", order(`{"total":true}`), nil, CodeWrongType, "data.total"},
		{"total in words", order(`{"total":"much"}`), nil, CodeBadAmount, "data.total"},
		{"total with currency", order(`{"total":"59.90 EUR"}`), nil, CodeBadAmount, "data.total"},
		{"total with comma", order(`{"total":"59,90"}`), nil, CodeBadAmount, "data.total"},
		{"total empty", order(`{"total":""}`), nil, CodeBadAmount, "data.total"},
		{"total of 20 digits", order(`{"total":12345678901234567890}`), nil, CodeBadAmount, "data.total"},
		{"total of a huge exponent", order(`{"total":1e999999999999}`), nil, CodeBadAmount, "data.total"},
		{"id with a fraction", order(`{"order_id":1.5}`), nil, CodeWrongType, "data.order_id"},
		{"id a flag", order(`{"order_id":true}`), nil, CodeWrongType, "data.order_id"},
		{"currency a number", order(`{"currency":1}`), nil, CodeWrongType, "data.currency"},
		{"items an object", order(`{"items":{}}`), nil, CodeWrongType, "data.items"},
		{"an item a string", order(`{"items":[{},"s1"]}`), nil, CodeWrongType, "data.items[1]"},
		{"an item null", order(`{"items":[null]}`), nil, CodeWrongType, "data.items[0]"},
		{"price of an item", order(`{"items":[{},{},{"price":"x"}]}`), nil, CodeBadAmount, "data.items[2].price"},
		{"quantity in words", order(`{"items":[{"quantity":"two"}]}`), nil, CodeWrongType, "data.items[0].quantity"},
		{"quantity empty", order(`{"items":[{"quantity":""}]}`), nil, CodeWrongType, "data.items[0].quantity"},
		{"quantity of 20 digits as text", order(`{"items":[{"quantity":"12345678901234567890"}]}`), nil, CodeBadAmount, "data.items[0].quantity"},
		{"quantity a text without end", `{"items":[{"quantity":"2`, orderHeaders, CodeBadJSON, "data.items[0].quantity"},
		{"codes a string", order(`{"codes":"A,B"}`), nil, CodeWrongType, "data.codes"},
		{"a code a number", order(`{"codes":["A",1]}`), nil, CodeWrongType, "data.codes"},
		{"promised a date", order(`{"promised_at":"2026-03-01"}`), nil, CodeBadTime, "data.promised_at"},
		{"promised in white space", order(`{"promised_at":" "}`), nil, CodeBadTime, "data.promised_at"},
		{"promised a number", order(`{"promised_at":1740000000}`), nil, CodeWrongType, "data.promised_at"},
		{"points with a fraction", envelopeOf("loyalty.changed", `{"points":1.5}`), nil, CodeBadNumber, "data.points"},
		{"points in words", envelopeOf("loyalty.changed", `{"points":"many"}`), nil, CodeWrongType, "data.points"},
		{"points with a unit", envelopeOf("loyalty.changed", `{"points":"100 p"}`), nil, CodeWrongType, "data.points"},
		{"points a flag", envelopeOf("loyalty.changed", `{"points":true}`), nil, CodeWrongType, "data.points"},
		{"points with a fraction as text", envelopeOf("loyalty.changed", `{"points":"1.5"}`), nil, CodeBadNumber, "data.points"},
		{"points too large as text", envelopeOf("loyalty.changed", `{"points":"9223372036854775808"}`), nil, CodeBadNumber, "data.points"},
		{"points of 20 digits as text", envelopeOf("loyalty.changed", `{"points":"12345678901234567890"}`), nil, CodeBadNumber, "data.points"},
		{"points too large", envelopeOf("loyalty.changed", `{"points":9223372036854775808}`), nil, CodeBadNumber, "data.points"},
		{"score in words", envelopeOf("feedback.submitted", `{"score":"nine"}`), nil, CodeWrongType, "data.score"},
		{"score a flag", envelopeOf("feedback.submitted", `{"score":false}`), nil, CodeWrongType, "data.score"},
		{"granted a string", envelopeOf("customer.consented", `{"granted":"true"}`), nil, CodeWrongType, "data.granted"},
		{"attributes an array", envelopeOf("customer.updated", `{"attributes":[]}`), nil, CodeWrongType, "data.attributes"},
		{"depth 65", order(`{"x":` + nested(MaxEventDepth) + `}`), nil, CodeTooDeep, ""},
		{"depth 65 in binary mode", `{"x":` + nested(MaxEventDepth) + `}`, orderHeaders, CodeTooDeep, ""},
		{"depth of an extension", attributes(`"x":` + nested(MaxEventDepth+1)), nil, CodeTooDeep, ""},
		{"depth without end", strings.Repeat("[", MaxEventBytes), nil, CodeTooDeep, ""},
		{"an order's id of 1,025 bytes", order(`{"order_id":"` + strings.Repeat("x", 1025) + `"}`), nil, CodeTooLarge, "data.order_id"},
		{"a tracking code of 1,025 bytes", envelopeOf("shipment.delayed", `{"tracking_code":"`+strings.Repeat("x", 1025)+`"}`), nil, CodeTooLarge, "data.tracking_code"},
		{"an anonymous id of 257 bytes", envelopeOf("customer.identified", `{"anonymous_id":"`+strings.Repeat("x", 257)+`"}`), nil, CodeTooLarge, "data.anonymous_id"},
		{"data too large", order(`{"x":"` + strings.Repeat("x", MaxEventBytes) + `"}`), nil, CodeTooLarge, ""},
		{"binary data too large", `{"x":"` + strings.Repeat("x", 2*MaxEventBytes) + `"}`, orderHeaders, CodeTooLarge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := Decode([]byte(c.value), c.headers, DecodeOptions{})
			var d *DecodeError
			if !errors.As(err, &d) || ev != nil {
				t.Fatalf("decoded to %v, error %v; want %s", ev, err, c.code)
			}
			if d.Code != c.code || d.Field != c.field {
				t.Errorf("%v: code %s of field %q, want %s of %q", err, d.Code, d.Field, c.code, c.field)
			}
			if len(d.Detail) < 5 || len(d.Detail) > 200 {
				t.Errorf("detail %q does not say what to mend in a line", d.Detail)
			}
			if !slices.Contains(ErrorCodes(), d.Code) {
				t.Errorf("code %s is not on the list", d.Code)
			}
		})
	}
}

func TestErrorsReadWell(t *testing.T) {
	for value, want := range map[string]string{
		envelopeOf("order.placed", `{"items":[{},{"price":"1,5"}]}`):  `bad_amount: data.items[1].price: "1,5" is not a decimal number of at most 19 digits`,
		envelopeOf("cart.updated", `{"items":[{"quantity":"2 kg"}]}`): `wrong_type: data.items[0].quantity: want a number, got a string`,
		envelopeOf("product.updated", `{"stock":"out"}`):              `wrong_type: data.stock: want an integer, got a string`,
		`[{}]`:      `bad_envelope: the value is an array and there are no ce_ headers; send a CloudEvent in structured or binary mode`,
		` "hello" `: `bad_envelope: the value is a string and there are no ce_ headers; send a CloudEvent in structured or binary mode`,
		`{"a":1}x`:  `bad_json: something follows the JSON value at byte 7`,
	} {
		if _, err := Decode([]byte(value), nil, DecodeOptions{}); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
	if ev, err := FromData("e1", "/s", "order.placed", "ana", 1, []byte(`{"total":{}}`)); codeOf(err) != CodeWrongType || ev != nil {
		t.Errorf("from broken parts: %v, %v", ev, err)
	}
	var d Decoder
	if ev, err := d.Decode([]byte("{"), nil, DecodeOptions{}); codeOf(err) != CodeBadJSON || ev != nil {
		t.Errorf("decoder: %v, %v", ev, err)
	}
}

// What is just within the limits is taken, in both modes alike.
func TestLimitsAreInclusive(t *testing.T) {
	deep := `{"x":` + nested(MaxEventDepth-1) + `}`
	if _, err := Decode([]byte(envelopeOf("t", deep)), nil, DecodeOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := Decode([]byte(deep), orderHeaders, DecodeOptions{}); err != nil {
		t.Error(err)
	}
	large := `{"x":"` + strings.Repeat("x", MaxEventBytes-8) + `"}`
	ev, err := Decode([]byte(large), orderHeaders, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// In structured mode, as mail between tasks, it is over the limit by its envelope.
	if _, err := Decode(AppendEvent(nil, ev), nil, DecodeOptions{Internal: true}); err != nil {
		t.Error(err)
	}
	if _, err := Decode(AppendEvent(nil, ev), nil, DecodeOptions{}); codeOf(err) != CodeTooLarge {
		t.Errorf("from outside: %v, want %s", err, CodeTooLarge)
	}
}

// Values made to be slow must cost what their size says: a decoder that is
// quadratic in any of these takes minutes.
func TestHostileValuesAreLinear(t *testing.T) {
	fill := func(start, repeat, end string) string {
		n := (MaxEventBytes - len(envelopeOf("order.placed", "")) - len(start) - len(end)) / len(repeat)
		return envelopeOf("order.placed", start+strings.Repeat(repeat, n)+end)
	}
	for name, value := range map[string]string{
		"members of data":   fill(`{"x":0`, `,"items":[]`, `}`),
		"items":             fill(`{"items":[{}`, `,{}`, `]}`),
		"fields of an item": fill(`{"items":[{"sku":""`, `,"sku":1`, `}]}`),
		"codes":             fill(`{"codes":[""`, `,""`, `]}`),
		"escapes":           fill(`{"cart_id":"`, `\n`, `"}`),
		"escaped names":     fill(`{"x":0`, `,"\n":0`, `}`),
		"white space":       fill(`{`, ` `, `}`),
		"digits":            fill(`{"x":1`, `0`, `}`),
		"arrays":            fill(`{"x":[[]`, `,[]`, `]}`),
		"data again and again": strings.Replace(envelopeOf("order.placed", "{}"), `"data":{}`,
			`"data":{}`+strings.Repeat(`,"type":"cart.updated","data":{},"type":"order.placed"`, 15000), 1),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			if _, err := Decode([]byte(value), nil, DecodeOptions{}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 30*time.Second { // milliseconds, on a machine that is not busy
				t.Errorf("took %v", took)
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
				t.Errorf("allocated %d MiB", used>>20)
			}
		})
	}
}
