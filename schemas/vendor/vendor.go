// Package vendor turns what shops, carriers and trackers send into events of
// the contract: a source's `format` names whose webhooks its records hold.
//
// One record is one event. What a vendor sends beyond the contract's types
// becomes an event of a type of its own, such as shopify.orders.paid or
// segment.coupon_applied, which can start triggers too, if it says whose it is;
// else it is ignored. The payload as it came stays in the event's data, under
// the format's name: event.data.shopify.tags.
//
// A webhook's topic is taken from the vendor's HTTP header where whoever put
// the webhook into Kafka kept it as a record header, and else told from the
// shape of the payload. A record that is a CloudEvent already is taken as it
// is. docs/VENDORS.md has the mapping.
package vendor

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

// ErrIgnored says that a record holds nothing that concerns a customer: it is
// passed over, and is no dead letter.
var ErrIgnored = errors.New("nothing in it concerns a customer")

// Record is a record as the source has it.
type Record struct {
	Key     []byte // the customer's id where the source is keyed by it, else nil
	Value   []byte
	Headers []schemas.Header
}

// format is what one vendor's mapping does: the event's parts for a payload.
type format func(p object, r *Record) (event, error)

var formats = map[string]format{
	"shopify":     shopify,
	"woocommerce": woocommerce,
	"segment":     segment,
	"easypost":    easypost,
	"aftership":   aftership,
}

// Known tells whether there is such a format.
func Known(name string) bool { return formats[name] != nil }

// Identifies is what is found in every record of the format that becomes a
// customer.identified; nil where none does.
func Identifies(name string) []byte {
	if name == "segment" {
		return []byte("previousId")
	}
	return nil
}

// Formats lists the formats.
func Formats() []string {
	all := make([]string, 0, len(formats))
	for name := range formats {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// event is what a mapping makes of a payload. Texts that are empty are absent.
type event struct {
	id, source, typ, subject string
	time                     string // RFC 3339; absent: the record's timestamp
	data                     data
	guest                    string // stands for the subject where neither payload, key nor lookup tells it
	once                     bool   // the id is that of what happened, however many webhooks tell of it
	extra                    bool   // beyond the contract: ignored where nobody is concerned
	nobody                   bool   // the payload says that there is no customer: ignored unless key, guest or lookup tells of one
}

// Decode reads a record of the format into ev, as Decoder.DecodeInto does.
// Errors are *schemas.DecodeError or ErrIgnored.
func Decode(d *schemas.Decoder, ev *schemas.Event, format string, r Record, o schemas.DecodeOptions) error {
	if isCloudEvent(r.Headers) || len(r.Value) == 0 || len(r.Value) > schemas.MaxEventBytes {
		return d.DecodeInto(ev, r.Value, r.Headers, o)
	}
	if format == "woocommerce" && wooPing(r.Value) {
		return ErrIgnored
	}
	p, err := parse(r.Value)
	if err != nil {
		return err
	}
	if p.has("specversion") {
		return d.DecodeInto(ev, r.Value, r.Headers, o)
	}
	e, err := formats[format](p, &r)
	if err != nil {
		return err
	}
	e.subject = cmp.Or(e.subject, string(r.Key))
	if !o.AllowNoSubject || !schemas.KindOf(e.typ).IsShipment() {
		e.subject = cmp.Or(e.subject, e.guest)
	}
	if e.subject == "" && (e.extra || e.nobody && !(o.AllowNoSubject && schemas.KindOf(e.typ).OfOrder())) {
		return ErrIgnored
	}
	value, err := e.data.with(format, r.Value)
	if err != nil {
		return &schemas.DecodeError{Code: schemas.CodeBadJSON, Detail: err.Error()}
	}
	o.Internal = true // what was put around the payload does not count
	return d.DecodeInto(ev, value, e.headers(format, r.Headers), o)
}

// isCloudEvent tells by the headers alone.
func isCloudEvent(headers []schemas.Header) bool {
	for _, h := range headers {
		if h.Key == "ce_specversion" ||
			strings.EqualFold(h.Key, "content-type") && bytes.HasPrefix(bytes.ToLower(h.Value), []byte("application/cloudevents")) {
			return true
		}
	}
	return false
}

// headers are those of the event in binary mode, with the record's trace
// context.
func (e *event) headers(format string, of []schemas.Header) []schemas.Header {
	h := []schemas.Header{
		{Key: "ce_specversion", Value: []byte("1.0")},
		{Key: "ce_id", Value: []byte(e.id)},
		{Key: "ce_source", Value: []byte(cmp.Or(e.source, format))},
		{Key: "ce_type", Value: []byte(e.typ)},
		{Key: "ce_subject", Value: []byte(e.subject)},
		{Key: "ce_time", Value: []byte(e.time)},
	}
	for _, one := range of {
		if one.Key == "traceparent" || one.Key == "tracestate" {
			h = append(h, one)
		}
	}
	return h
}

// header is the value of one of the vendor's HTTP headers, in any case.
func (r *Record) header(name string) string {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Key, name) {
			return string(h.Value)
		}
	}
	return ""
}

// unknownShape refuses a payload that is not the format's.
func unknownShape(what string) error {
	return &schemas.DecodeError{Code: schemas.CodeBadEnvelope, Detail: "not " + what}
}

// data is an event's data under way; what is empty is not put.
type data map[string]any

func (d data) put(name string, v any) data {
	switch v := v.(type) {
	case nil:
	case string:
		if v != "" {
			d[name] = v
		}
	case []string:
		if len(v) > 0 {
			d[name] = v
		}
	case data:
		if len(v) > 0 {
			d[name] = v
		}
	default:
		d[name] = v
	}
	return d
}

// with is the JSON of the data and the payload that it was made of.
func (d data) with(format string, payload []byte) ([]byte, error) {
	whole := make(data, len(d)+1)
	for name, v := range d {
		whole[name] = v
	}
	whole[format] = json.RawMessage(payload)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // each < of a product's description would take six bytes
	if err := enc.Encode(whole); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// metadata is an object of texts as the headers that it was made of, by name: of two
// that differ in their case alone the same one is found each time.
func metadata(o object) []schemas.Header {
	var h []schemas.Header
	for _, name := range slices.Sorted(maps.Keys(o)) {
		h = append(h, schemas.Header{Key: name, Value: []byte(o.text(name))})
	}
	return h
}
