package schemas

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// Limits on the attributes of an event, in bytes.
const (
	MaxSubjectBytes   = 256  // also of a type; a customer id is part of every stored key
	MaxAttributeBytes = 1024 // of id and source

	// What beckon itself may add to an event's bytes and depth.
	maxEnvelopeBytes = 8 << 10
	maxEnvelopeDepth = 16
)

// MaxAhead is how far an event's time may lie ahead of the processor's clock.
const MaxAhead = 5 * time.Minute

// Header is one header of a Kafka record.
type Header struct {
	Key   string
	Value []byte
}

// DecodeOptions are what a record's decoding depends on besides the record.
type DecodeOptions struct {
	// Timestamp is the record's own; it stands in for an absent time attribute.
	Timestamp Time
	// Now is the processor's clock: an event more than MaxAhead later than it
	// happens now. Zero, as in a backtest, takes every time as it is.
	Now Time
	// AllowNoSubject lets events of orders and their shipments through that do not
	// name their customer but the order or the tracking code, as sources with
	// `lookup: true` send them.
	AllowNoSubject bool
	// Shared says that nobody changes the record's value as long as the event is in
	// use, so that Raw and strings can be parts of it instead of copies. A string
	// that is kept then keeps the whole value.
	Shared bool
	// Internal is for what beckon itself wrote (mail, waiting events, commands):
	// what it put around a customer's data does not count for the limits.
	Internal bool
}

// Decoder decodes records of one goroutine. It remembers names that repeat
// (sources, currencies, categories), so that they take no memory again. The
// zero value is ready for use.
type Decoder struct{ names names }

// Decode reads a CloudEvent 1.0 from a record: structured where the content
// type or a specversion in the JSON value says so, binary where ce_ headers do.
//
// Nothing of headers is kept, nor of value unless it is Shared. In JSON with a member twice the last
// one holds, but each is checked. Every error is a *DecodeError.
func (d *Decoder) Decode(value []byte, headers []Header, o DecodeOptions) (*Event, error) {
	ev := new(Event)
	if err := decode(ev, &d.names, value, headers, o); err != nil {
		return nil, err
	}
	return ev, nil
}

// DecodeInto is Decode into an Event that the caller has no more use for, so
// that it costs no memory again. What was taken from the old event (strings,
// Raw, Items) stays valid. After an error ev is of no use.
func (d *Decoder) DecodeInto(ev *Event, value []byte, headers []Header, o DecodeOptions) error {
	*ev = Event{}
	return decode(ev, &d.names, value, headers, o)
}

// Decode is Decoder.Decode for the odd event.
func Decode(value []byte, headers []Header, o DecodeOptions) (*Event, error) {
	ev := new(Event)
	if err := decode(ev, nil, value, headers, o); err != nil {
		return nil, err
	}
	return ev, nil
}

// FromData rebuilds an event from the parts that a run, or mail, keeps of it. raw is
// copied. It may be deeper than an event's data from outside, by what a vendor's format
// puts around it.
func FromData(id, source, eventType, subject string, t Time, raw []byte) (*Event, error) {
	ev := &Event{ID: id, Source: source, Type: eventType, Kind: KindOf(eventType), Subject: subject, Time: t}
	d := decoding{ev: ev, depth0: -maxEnvelopeDepth, kept: true}
	d.payload(raw)
	if d.err != nil {
		return nil, d.err
	}
	return ev, nil
}

// decoding is one event under way.
type decoding struct {
	scanner
	texts
	ev *Event

	// Attributes as found; parts of the record, nil if absent.
	specVersion, id, source, typ, subject, time, contentType []byte
	traceParent, traceState, base64                          []byte

	shared bool // see DecodeOptions
	kept   bool // was read before, perhaps by an earlier version
	depth0 int  // depth at which the data's own begins to count
	dataAt int  // where the data member's value starts, -1 if there is none
	dataAs Kind // the kind it was decoded as
}

// decode fills ev, which is zero.
func decode(ev *Event, n *names, value []byte, headers []Header, o DecodeOptions) error {
	d := decoding{ev: ev, dataAt: -1, shared: o.Shared}
	d.texts.names = n
	d.item = -1
	most := MaxEventBytes
	if o.Internal {
		most += maxEnvelopeBytes
		d.depth0 = -maxEnvelopeDepth
	}
	if len(value) > most {
		d.fail(CodeTooLarge, "the value has "+strconv.Itoa(len(value))+" bytes; at most "+strconv.Itoa(MaxEventBytes)+" are taken")
		return d.err
	}
	if d.headers(headers) {
		d.attributes(o)
		d.payload(value)
	} else {
		d.structured(value)
		d.attributes(o)
		d.structuredData()
	}
	if d.err == nil && ev.Subject == "" && ev.OrderID == "" && ev.TrackingCode == "" {
		d.check("subject", nil, MaxSubjectBytes) // nothing else tells whose it is
	}
	if d.err != nil {
		return d.err
	}
	return nil
}

// headers reads the record's headers and tells whether it is in binary mode.
func (d *decoding) headers(headers []Header) (binary bool) {
	if len(headers) == 0 {
		return false
	}
	var contentType []byte
	for i := range headers {
		v := headers[i].Value
		switch headers[i].Key {
		case "ce_specversion":
			d.specVersion, binary = v, true
		case "ce_id":
			d.id, binary = v, true
		case "ce_source":
			d.source, binary = v, true
		case "ce_type":
			d.typ, binary = v, true
			d.ev.Kind = kindByName[string(v)]
		case "ce_subject":
			d.subject = v
		case "ce_time":
			d.time = v
		case "traceparent", "ce_traceparent":
			d.traceParent = v
		case "tracestate", "ce_tracestate":
			d.traceState = v
		case "content-type", "Content-Type":
			contentType = v
		}
	}
	media := mediaType(contentType)
	if bytes.HasPrefix(media, []byte("application/cloudevents")) {
		d.forgetAttributes()
		switch string(media) {
		case "application/cloudevents+json", "application/cloudevents": // the format of the latter shows in the value
		default:
			d.field = "content-type"
			d.fail(CodeBadContentType, "send one event a record, as application/cloudevents+json or in binary mode")
		}
		d.specVersion = nil
		return false
	}
	if !binary {
		d.forgetAttributes()
		return false
	}
	d.contentType = contentType
	return true
}

// forgetAttributes drops ce_ headers beside an event in structured mode.
func (d *decoding) forgetAttributes() {
	d.specVersion, d.id, d.source, d.typ, d.subject, d.time = nil, nil, nil, nil, nil, nil
	d.ev.Kind = KindUnknown
}

// structured reads the envelope, and the data too where the type came before.
func (d *decoding) structured(value []byte) {
	if !d.start(value) {
		return
	}
	d.depth-- // the limit is on data, so that both modes take the same events
	if !d.open('{') {
		found := d.found()
		if d.skip(); d.err == nil {
			d.fail(CodeBadEnvelope, "the value is "+found+" and there are no ce_ headers; send a CloudEvent in structured or binary mode")
		}
		return
	}
	for name, ok := d.member(true); ok; name, ok = d.member(false) {
		switch string(name) {
		case "specversion":
			d.specVersion = d.attribute("specversion")
		case "id":
			d.id = d.attribute("id")
		case "source":
			d.source = d.attribute("source")
		case "type":
			d.typ = d.attribute("type")
			d.ev.Kind = kindByName[string(d.typ)]
		case "subject":
			d.subject = d.attribute("subject")
		case "time":
			d.time = d.attribute("time")
		case "datacontenttype":
			d.contentType = d.attribute("datacontenttype")
		case "data_base64":
			d.base64 = d.attribute("data_base64")
		case "traceparent":
			d.traceParent = d.attribute("traceparent")
		case "tracestate":
			d.traceState = d.attribute("tracestate")
		case "data":
			d.dataMember()
		default:
			d.skip()
		}
	}
	d.end()
	if d.err == nil && d.specVersion == nil {
		d.fail(CodeBadEnvelope, "neither ce_ headers nor a specversion in the JSON value; send a CloudEvent in structured or binary mode")
	}
}

// attribute reads a CloudEvents attribute; null is absent.
func (d *decoding) attribute(name string) []byte {
	if d.null() {
		return nil
	}
	if d.peek() != '"' {
		found := d.found()
		if d.skip(); d.err == nil { // broken JSON is the better news
			d.field = name
			d.fail(CodeWrongType, "want a string, got "+found)
		}
		return nil
	}
	b := d.text()
	if b == nil {
		b = []byte{} // "" is present
	}
	return b
}

// dataMember decodes data where the type is known by now, and else remembers
// where it is. A null is as good as no data, beside data_base64 too, and takes
// back an earlier one.
func (d *decoding) dataMember() {
	if d.null() {
		d.dataAt, d.ev.Fields = -1, Fields{}
		return
	}
	d.dataAt, d.dataAs = d.pos, d.ev.Kind
	if d.typ == nil {
		d.dataAs = numKinds
		d.skip()
		return
	}
	d.object()
}

// structuredData decodes the data that structured left over.
func (d *decoding) structuredData() {
	switch {
	case d.err != nil:
	case d.base64 != nil && d.dataAt >= 0:
		d.field = "data_base64"
		d.fail(CodeBadEnvelope, "there is data too; send one of them")
	case d.base64 != nil:
		raw, err := base64.StdEncoding.AppendDecode(nil, d.base64)
		if err != nil {
			d.field = "data_base64"
			d.fail(CodeBadEnvelope, "not base64 with padding")
			return
		}
		d.payload(raw)
	case d.dataAt < 0:
		d.ev.Raw = []byte("{}")
	case d.dataAs != d.ev.Kind:
		d.pos, d.depth = d.dataAt, d.depth0
		d.object()
	}
}

// payload decodes value as the data alone, as binary mode has it.
func (d *decoding) payload(value []byte) {
	if len(value) == 0 {
		d.ev.Raw = []byte("{}")
		return
	}
	if d.start(value) {
		d.object()
		d.end()
	}
}

// start points the scanner at a new text.
func (d *decoding) start(value []byte) bool {
	if d.err != nil {
		return false
	}
	d.scanner = scanner{data: value, item: -1, depth: d.depth0}
	if d.shared {
		d.texts.shared = value
	}
	if !utf8.Valid(value) {
		d.fail(CodeBadJSON, "the value is not UTF-8")
		return false
	}
	if len(value) == 0 {
		d.fail(CodeBadEnvelope, "the record has no value and no ce_ headers")
		return false
	}
	return true
}
