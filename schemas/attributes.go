package schemas

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// attributes checks the envelope and moves it into the event.
func (d *decoding) attributes(o DecodeOptions) {
	if d.err != nil {
		return
	}
	d.specVersionIs1()
	ev := d.ev
	d.check("id", d.id, MaxAttributeBytes)
	d.check("source", d.source, MaxAttributeBytes)
	d.check("type", d.typ, MaxSubjectBytes)
	if len(d.subject) > 0 || !o.AllowNoSubject || !ev.Kind.OfOrder() {
		d.check("subject", d.subject, MaxSubjectBytes)
	}
	d.checkContentType()
	d.eventTime(o)
	if d.err != nil {
		return
	}
	ev.ID = d.keep(d.id)
	ev.Source = d.name(d.source)
	ev.Subject = d.keep(d.subject)
	if ev.Kind != KindUnknown {
		ev.Type = kinds[ev.Kind].name
	} else {
		ev.Type = d.name(d.typ)
	}
	if isTraceParent(d.traceParent) {
		ev.TraceParent = string(d.traceParent)
		if len(d.traceState) <= maxTraceState && utf8.Valid(d.traceState) {
			ev.TraceState = string(d.traceState)
		}
	}
}

func (d *decoding) specVersionIs1() {
	d.field = "specversion"
	switch {
	case len(d.specVersion) == 0:
		d.fail(CodeMissing, "want 1.0")
	case len(d.specVersion) < 3 || string(d.specVersion[:2]) != "1." || countDigits(d.specVersion[2:]) != len(d.specVersion)-2:
		d.fail(CodeBadSpecVersion, strconv.Quote(excerpt(string(d.specVersion)))+" is not understood; send CloudEvents 1.0")
	}
}

// check refuses an attribute that is absent, too long or not plain text. The
// control characters are those that CloudEvents forbids; NUL in a subject would
// also read as one of beckon's own records.
func (d *decoding) check(name string, b []byte, most int) {
	d.field = name
	switch {
	case len(b) == 0:
		d.fail(CodeMissing, "every event needs one")
	case len(b) > most:
		d.fail(CodeBadAttribute, strconv.Itoa(len(b))+" bytes; at most "+strconv.Itoa(most)+" are taken")
	case !plainText(b):
		d.fail(CodeBadAttribute, "control characters or broken UTF-8 in it")
	}
}

func plainText(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return plainUnicode(b)
		}
	}
	return true
}

func plainUnicode(b []byte) bool {
	for _, r := range string(b) {
		if unicode.IsControl(r) {
			return false
		}
	}
	return utf8.Valid(b)
}

// mediaType is a content type without its parameters, in lower case.
func mediaType(contentType []byte) []byte {
	if i := bytes.IndexByte(contentType, ';'); i >= 0 {
		contentType = contentType[:i]
	}
	contentType = bytes.TrimSpace(contentType)
	for _, c := range contentType {
		if 'A' <= c && c <= 'Z' {
			return bytes.ToLower(contentType)
		}
	}
	return contentType
}

func (d *decoding) checkContentType() {
	if len(d.contentType) == 0 || string(d.contentType) == "application/json" {
		return
	}
	media := mediaType(d.contentType)
	if string(media) == "application/json" || string(media) == "text/json" || bytes.HasSuffix(media, []byte("+json")) {
		return
	}
	d.field = "datacontenttype"
	d.fail(CodeBadContentType, strconv.Quote(excerpt(string(media)))+" is not read; send the data as application/json")
}

// eventTime is the event's time: its attribute, else the record's timestamp,
// and not far ahead of the processor's clock.
func (d *decoding) eventTime(o DecodeOptions) {
	d.field = "time"
	t := o.Timestamp
	switch {
	case len(d.time) > 0:
		t = d.timestamp(d.time)
	case t <= 0:
		d.fail(CodeMissing, "the record has no timestamp either; send one in RFC 3339")
	}
	if o.Now != 0 && t > o.Now.Add(MaxAhead) {
		t = o.Now
	}
	d.ev.Time = t
	d.field = ""
}

// timestamp reads an RFC 3339 time, cut to microseconds.
func (s *scanner) timestamp(b []byte) Time {
	t, ok := parseTime(b)
	if !ok {
		s.fail(CodeBadTime, strconv.Quote(excerpt(string(b)))+" is not a time in RFC 3339 after 1970, such as 2026-03-01T10:00:00Z")
	}
	return t
}

const maxTraceState = 512

// isTraceParent tells whether b looks like W3C trace context; anything else is
// as good as none, as the standard asks.
func isTraceParent(b []byte) bool {
	const shape = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if len(b) < len(shape) || len(b) > 2*len(shape) || b[0] == 'f' && b[1] == 'f' {
		return false
	}
	for i, c := range b {
		switch {
		case i == 2 || i == 35 || i == 52 || i == 55:
			if c != '-' {
				return false
			}
		case i < 55 && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f'):
			return false
		case c < '!' || c > '~':
			return false
		}
	}
	return !allZero(b[3:35]) && !allZero(b[36:52]) // ids that the standard calls invalid
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "0")) == 0 }
