package schemas

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func addEvents(f *testing.F) {
	f.Add([]byte(orderEvent))
	f.Add([]byte(benchView))
	f.Add([]byte(envelopeOf("customer.updated", `{"email":"\ud83d\u0041\ud83d\ude00","attributes":{"a":[1,{"b":null}]},"country":null}`)))
	f.Add([]byte(envelopeOf("loyalty.changed", `{"points":"12.0","tier":"gold","expires_at":"2026-03-01t10:00:00.5+02:00"}`)))
	f.Add([]byte(envelopeOf("loyalty.changed", `{"points":"1e1","expires_at":""}`)))
	f.Add([]byte(`{"data":{"items":[{},{"sku":7}]},"specversion":"1.0","id":"e","source":"s","type":"x","type":"cart.updated","subject":"a","time":"2026-03-01T10:00:00Z"}`))
	f.Add([]byte(`{"specversion":"1.1","id":"e","source":"s","type":"t","subject":"a","data_base64":"e30="}`))
	f.Add([]byte(`{"x":` + nested(70) + `}`))
}

func FuzzDecodeStructured(f *testing.F) {
	addEvents(f)
	f.Fuzz(func(t *testing.T, value []byte) {
		ev, err := Decode(value, nil, DecodeOptions{Timestamp: 1_700_000_000_000_000})
		judge(t, value, ev, err)
		if err != nil {
			return
		}
		var m map[string]json.RawMessage // also case-sensitive, and the last member wins
		if err := json.Unmarshal(value, &m); err != nil {
			t.Fatalf("decoded, but: %v", err)
		}
		for name, got := range map[string]string{"id": ev.ID, "source": ev.Source, "type": ev.Type, "subject": ev.Subject} {
			var want string
			if err := json.Unmarshal(m[name], &want); err != nil || got != want {
				t.Errorf("%s = %q, want %q (%v)", name, got, want, err)
			}
		}
		if data := m["data"]; data != nil && string(data) != "null" && !bytes.Equal(data, ev.Raw) {
			t.Errorf("raw = %s, want %s", ev.Raw, data)
		}
	})
}

func FuzzDecodeBinary(f *testing.F) {
	f.Add("1.0", "e1", "/shop", "order.placed", "ana", "2026-03-01T10:00:00Z", "application/json", []byte(orderData))
	f.Add("1.0", "e1", "/shop", "customer.erased", "ana", "", "", []byte(nil))
	f.Add("1.0", "e\x00", "\xff", "cart.updated", "a\u0085", "2100-01-01T00:00:00Z", "text/json; charset=utf-8", []byte(`{"items":[{"quantity":0.1}]}`))
	f.Fuzz(func(t *testing.T, version, id, source, typ, subject, at, contentType string, value []byte) {
		h := headers("ce_specversion", version, "ce_id", id, "ce_source", source, "ce_type", typ, "ce_subject", subject, "content-type", contentType)
		if at != "" {
			h = append(h, headers("ce_time", at)...)
		}
		ev, err := Decode(value, h, DecodeOptions{Timestamp: 1_700_000_000_000_000, Now: 1_700_000_000_000_000})
		judge(t, value, ev, err)
		if err == nil && (ev.ID != id || ev.Source != source || ev.Type != typ || ev.Subject != subject) {
			t.Errorf("attributes %q %q %q %q became %q %q %q %q", id, source, typ, subject, ev.ID, ev.Source, ev.Type, ev.Subject)
		}
	})
}

// judge holds one decoding to what is true of any: typed errors, JSON as the
// standard library sees it, and the same event again from its own encodings.
func judge(t *testing.T, value []byte, ev *Event, err error) {
	t.Helper()
	if err != nil {
		if codeOf(err) == "" {
			t.Fatalf("untyped error %v", err)
		}
		if codeOf(err) == CodeBadJSON && json.Valid(value) && utf8.Valid(value) && !bytes.Contains(value, []byte("base64")) {
			t.Errorf("valid JSON refused: %v", err)
		}
		return
	}
	if ev.Time <= 0 || !json.Valid(ev.Raw) {
		t.Fatalf("time %d, raw %q", ev.Time, ev.Raw)
	}
	againstRaw(t, ev)
	parts, err := FromData(ev.ID, ev.Source, ev.Type, ev.Subject, ev.Time, ev.Raw)
	compare(t, "from its parts", ev, parts, err)
	structured, err := Decode(AppendEvent(nil, ev), nil, DecodeOptions{Internal: true})
	if structured != nil && bytes.ContainsAny(ev.Raw, "\n\r") {
		structured.Raw = ev.Raw // line breaks are taken out there
		structured.Attributes = ev.Attributes
	}
	compare(t, "structured", ev, structured, err)
	binary, err := Decode(ev.Raw, AppendEventHeaders(nil, ev), DecodeOptions{})
	compare(t, "binary", ev, binary, err)
}

func compare(t *testing.T, way string, want, got *Event, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", way, err)
	}
	if diff := cmp.Diff(want, got, sameAmount); diff != "" {
		t.Errorf("%s (-want +got)\n%s", way, diff)
	}
}

// againstRaw compares the texts, flags and amounts that the decoder found with
// those the standard library finds in Raw.
func againstRaw(t *testing.T, ev *Event) {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(ev.Raw, &m); err != nil {
		t.Fatal(err)
	}
	for _, f := range FieldsOf(ev.Kind) {
		raw := m[f.Name]
		if f.Type == Timestamp && string(raw) == `""` {
			raw = nil // no time
		}
		if ev.Present.Has(f.ID) != (raw != nil && string(raw) != "null") {
			t.Errorf("%s: present %v, but raw is %q", f.Name, ev.Present.Has(f.ID), raw)
			continue
		}
		text := string(raw)
		if raw != nil && raw[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				t.Fatal(err)
			}
		}
		switch v := ev.Value(f.ID).(type) {
		case string:
			if v != text {
				t.Errorf("%s = %q, want %q", f.Name, v, text)
			}
		case bool:
			if show(v) != text {
				t.Errorf("%s = %v, want %s", f.Name, v, text)
			}
		case int64:
			want, exact := exactly(text)
			if exact && want.Cmp(new(big.Rat).SetInt64(v)) != 0 {
				t.Errorf("%s = %d, want %s", f.Name, v, text)
			}
		case Amount:
			want, exact := exactly(text)
			if got, _ := exactly(v.String()); exact && got.Cmp(want) != 0 {
				t.Errorf("%s = %s, want %s", f.Name, v, text)
			}
		case []Item:
			var list []json.RawMessage
			if err := json.Unmarshal(raw, &list); err != nil || len(list) != len(v) {
				t.Errorf("%d items of %s, %v", len(v), text, err)
			}
		}
	}
}
