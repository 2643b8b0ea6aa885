package schemas

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Content types of the two modes.
const (
	StructuredContentType = "application/cloudevents+json"
	DataContentType       = "application/json"
)

// writer appends one JSON object, members in the order they are put, empty ones
// left out, on one line, without HTML escaping: the same value always gives the
// same bytes.
type writer struct {
	b     []byte
	comma bool
}

// open starts an object.
func (w *writer) open() { w.b, w.comma = append(w.b, '{'), false }

// close ends an object.
func (w *writer) close() { w.b, w.comma = append(w.b, '}'), true }

// name starts a member. Names are ours and need no escapes.
func (w *writer) name(name string) {
	if w.comma {
		w.b = append(w.b, ',')
	}
	w.comma = true
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

func (w *writer) text(name, v string) {
	if v != "" {
		w.column(name, v)
	}
}

// column puts a text that is there even if it is empty.
func (w *writer) column(name, v string) {
	w.name(name)
	w.b = AppendQuoted(w.b, v)
}

func (w *writer) int(name string, v int64) {
	if v != 0 {
		w.name(name)
		w.b = strconv.AppendInt(w.b, v, 10)
	}
}

func (w *writer) flag(name string, v bool) {
	if v {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *writer) time(name string, t Time) {
	if t != 0 {
		w.name(name)
		w.b = appendTime(append(w.b, '"'), t)
		w.b = append(w.b, '"')
	}
}

// raw puts a value that is JSON already.
func (w *writer) raw(name string, v []byte) {
	if len(v) != 0 {
		w.name(name)
		w.b = appendLine(w.b, v)
	}
}

func (w *writer) texts(name string, list []string) {
	if len(list) == 0 {
		return
	}
	w.name(name)
	w.b = append(w.b, '[')
	for i, v := range list {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = AppendQuoted(w.b, v)
	}
	w.b = append(w.b, ']')
}

func appendTime(b []byte, t Time) []byte {
	b, _ = t.AppendText(b) // cannot fail: the error is encoding.TextAppender's
	return b
}

// appendLine appends JSON, without the line breaks it may have between its
// values: JSONL files have one value a line.
func appendLine(b, v []byte) []byte {
	if bytes.IndexByte(v, '\n') < 0 && bytes.IndexByte(v, '\r') < 0 {
		return append(b, v...)
	}
	line := bytes.NewBuffer(b)
	if err := json.Compact(line, v); err != nil {
		return append(b, v...) // not JSON after all: the reader shall see it as it is
	}
	return line.Bytes()
}

// AppendQuoted appends s as a JSON string, with no more escapes than it needs. Broken UTF-8 becomes U+FFFD.
func AppendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		b = appendEscaped(append(b, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// AppendEvent appends an event in structured mode: one line, the data as it
// came.
func AppendEvent(b []byte, ev *Event) []byte {
	w := writer{b: b}
	w.open()
	w.text("specversion", "1.0")
	w.text("id", ev.ID)
	w.text("source", ev.Source)
	w.text("type", ev.Type)
	w.text("subject", ev.Subject)
	w.time("time", ev.Time)
	w.text("datacontenttype", DataContentType)
	w.text("traceparent", ev.TraceParent)
	w.text("tracestate", ev.TraceState)
	w.raw("data", ev.Raw)
	w.close()
	return w.b
}

// AppendEventHeaders appends the headers of an event in binary mode; the
// record's value is ev.Raw.
func AppendEventHeaders(h []Header, ev *Event) []Header {
	return appendHeaders(h, envelope{
		id: ev.ID, source: ev.Source, typ: ev.Type, subject: ev.Subject, time: ev.Time,
		traceParent: ev.TraceParent, traceState: ev.TraceState,
	})
}

// envelope is what goes into the headers of a CloudEvent in binary mode.
type envelope struct {
	id, source, typ, subject string
	time                     Time
	traceParent, traceState  string
}

var (
	specVersion10   = []byte("1.0")
	dataContentType = []byte(DataContentType)
)

// appendHeaders lets the values share one piece of memory.
func appendHeaders(h []Header, e envelope) []Header {
	const times = len("2006-01-02T15:04:05.000000Z")
	room := make([]byte, 0, len(e.id)+len(e.source)+len(e.typ)+len(e.subject)+len(e.traceParent)+len(e.traceState)+times)
	put := func(name, v string) {
		start := len(room)
		room = append(room, v...)
		h = append(h, Header{name, room[start:len(room):len(room)]})
	}
	h = append(h, Header{"ce_specversion", specVersion10})
	put("ce_id", e.id)
	put("ce_source", e.source)
	put("ce_type", e.typ)
	if e.subject != "" {
		put("ce_subject", e.subject)
	}
	if start := len(room); e.time != 0 {
		room = appendTime(room, e.time)
		h = append(h, Header{"ce_time", room[start:len(room):len(room)]})
	}
	h = append(h, Header{"content-type", dataContentType})
	if e.traceParent != "" {
		put("traceparent", e.traceParent)
	}
	if e.traceState != "" {
		put("tracestate", e.traceState)
	}
	return h
}

// AppendJSON appends an item as data.items holds it.
func (it *Item) AppendJSON(b []byte) []byte {
	w := writer{b: b}
	w.open()
	w.text("sku", it.SKU)
	w.name("quantity")
	w.b, _ = it.Quantity.AppendText(w.b)
	w.name("price")
	w.b = append(w.b, '"')
	w.b, _ = it.Price.AppendText(w.b)
	w.b = append(w.b, '"')
	w.text("category", it.Category)
	w.close()
	return w.b
}
