package schemas

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyEvent draws a valid event of any type as JSON members, with what the
// decoder should make of it.
func anyEvent(t *rapid.T) (value []byte, want *Event) {
	kind := rapid.SampledFrom(append(Kinds(), KindUnknown)).Draw(t, "kind")
	want = &Event{
		ID: attributeText.Draw(t, "id"), Source: attributeText.Draw(t, "source"), Type: kind.String(), Kind: kind,
		Subject: attributeText.Draw(t, "subject"), Time: anyTime.Draw(t, "time"),
	}
	if kind == KindUnknown {
		want.Type = "parcel.lost"
	}
	data := map[string]any{}
	for _, f := range FieldsOf(kind) {
		switch rapid.IntRange(0, 3).Draw(t, f.Name+" is there") {
		case 0:
		case 1:
			data[f.Name] = nil
		default:
			data[f.Name] = anyValue(t, f, &want.Fields)
			want.Present = want.Present.With(f.ID)
		}
	}
	data["x_"+rapid.StringN(0, 5, -1).Draw(t, "unknown name")] = rapid.SliceOf(rapid.Float64Range(-1e9, 1e9)).Draw(t, "unknown value")
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	want.Raw = raw
	value, err = json.Marshal(map[string]any{
		"specversion": "1.0", "id": want.ID, "source": want.Source, "type": want.Type, "subject": want.Subject,
		"time": want.Time, "data": json.RawMessage(raw),
	})
	if err != nil {
		t.Fatal(err)
	}
	return value, want
}

var (
	attributeText = rapid.StringMatching(`[a-zA-Z0-9é_/😀-]{1,40}`)
	anyTime       = rapid.Map(rapid.Int64Range(1, int64(maxTime)), func(us int64) Time { return Time(us) })
	anyAmount     = rapid.Custom(func(t *rapid.T) Amount {
		coef := rapid.Uint64Max(9_999_999_999_999_999_999).Draw(t, "coefficient")
		a, err := AmountFromParts(rapid.Bool().Draw(t, "negative"), coef, rapid.IntRange(0, 19).Draw(t, "scale"))
		if err != nil {
			t.Fatal(err)
		}
		return a
	})
)

// anyValue draws a field's value, sets it in want and returns it for JSON.
func anyValue(t *rapid.T, f Field, want *Fields) any {
	switch f.Type {
	case String:
		if idFields.Has(f.ID) && rapid.Bool().Draw(t, "as integer") {
			n := rapid.Int64().Draw(t, f.Name)
			*want.text(f.ID) = strconv.FormatInt(n, 10)
			return n
		}
		*want.text(f.ID) = rapid.String().Draw(t, f.Name)
		return *want.text(f.ID)
	case AmountType, Number:
		a := anyAmount.Draw(t, f.Name)
		*want.amount(f.ID) = a
		if rapid.Bool().Draw(t, "as text") {
			return a.String()
		}
		return json.Number(a.String())
	case Int:
		*want.int(f.ID) = rapid.Int64Min(-1<<63+1).Draw(t, f.Name)
		if rapid.Bool().Draw(t, "as text") {
			return strconv.FormatInt(*want.int(f.ID), 10)
		}
		return *want.int(f.ID)
	case Bool:
		*want.flag(f.ID) = rapid.Bool().Draw(t, f.Name)
		return *want.flag(f.ID)
	case Timestamp:
		*want.time(f.ID) = anyTime.Draw(t, f.Name)
		return *want.time(f.ID)
	case StringList:
		want.Codes = rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, f.Name)
		return want.Codes
	case Object:
		raw, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.String()).Draw(t, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		*want.object(f.ID) = raw
		return json.RawMessage(raw)
	default:
		var list []json.RawMessage
		for range rapid.IntRange(1, 12).Draw(t, "items") {
			it := Item{
				SKU: rapid.String().Draw(t, "sku"), Quantity: anyAmount.Draw(t, "quantity"), Price: anyAmount.Draw(t, "price"),
				Category: rapid.String().Draw(t, "category"),
			}
			want.Items = append(want.Items, it)
			list = append(list, it.AppendJSON(nil))
		}
		return list
	}
}

func TestAnyEventDecodesInEveryWay(t *testing.T) {
	var d Decoder
	rapid.Check(t, func(t *rapid.T) {
		value, want := anyEvent(t)
		for way, decode := range map[string]func() (*Event, error){
			"structured": func() (*Event, error) { return d.Decode(value, nil, DecodeOptions{}) },
			"binary":     func() (*Event, error) { return d.Decode(want.Raw, AppendEventHeaders(nil, want), DecodeOptions{}) },
			"re-encoded": func() (*Event, error) { return Decode(AppendEvent(nil, want), nil, DecodeOptions{}) },
			"from its parts": func() (*Event, error) {
				return FromData(want.ID, want.Source, want.Type, want.Subject, want.Time, want.Raw)
			},
		} {
			got, err := decode()
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			if diff := cmp.Diff(want, got, sameAmount); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", way, diff)
			}
		}
	})
}
