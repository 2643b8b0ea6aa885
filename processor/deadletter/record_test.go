package deadletter

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

var bad = kgo.Record{
	Topic: "orders", Partition: 3, Offset: 77, Timestamp: time.UnixMilli(1_800_000_000_123).UTC(),
	Key: []byte("ana"), Value: []byte(`{"broken`),
	Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/json")}, {Key: "empty"}},
}

var why = Reason{Class: "bad_json", Message: "unexpected end", Stage: Decode}

func TestLetterKeepsRecordRaw(t *testing.T) {
	var dead kgo.Record
	Fill(&dead, &bad, why)
	got, _, ok := parse(&dead)
	if !ok {
		t.Fatal("a letter is taken for a receipt")
	}
	want := Letter{
		Topic: "orders", OfPartition: 3, OfOffset: 77, Timestamp: bad.Timestamp, Reason: why,
		Key: bad.Key, Value: bad.Value, Headers: bad.Headers,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, h := range []string{"topic", "partition", "offset", "exception.class.name", "exception.message", "stage"} {
		if header(&dead, "__connect.errors."+h) == "" {
			t.Errorf("header __connect.errors.%s is missing", h)
		}
	}
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// Who reads the topic finds every header in the AsyncAPI document.
func TestAsyncAPINamesEveryHeader(t *testing.T) {
	raw, err := schemas.Files.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var dead kgo.Record
	Fill(&dead, &kgo.Record{Timestamp: bad.Timestamp}, why)
	Truncate(&dead, 1)
	for _, h := range append(dead.Headers, (&Letter{}).receipt("dead").Headers...) {
		if !strings.Contains(string(raw), "\n          "+h.Key+":\n") {
			t.Errorf("asyncapi.yaml does not name %s", h.Key)
		}
	}
}

// A replayed record that fails again has the reasons of its second death only.
func TestSecondDeathReplacesFirst(t *testing.T) {
	var dead, again kgo.Record
	Fill(&dead, &bad, why)
	l, _, _ := parse(&dead)
	revived := l.revive(3)
	if got := header(revived, HeaderReplay); got != "0/0" {
		t.Errorf("%s is %q, want 0/0", HeaderReplay, got)
	}
	revived.Offset = 99
	Fill(&again, revived, Reason{Class: "wrong_type", Stage: Decode})
	got, _, _ := parse(&again)
	if got.Class != "wrong_type" || got.OfOffset != 99 || len(got.Headers) != len(bad.Headers) {
		t.Errorf("got %+v", got)
	}
}

func TestReceiptIsNoLetter(t *testing.T) {
	l := Letter{Partition: 2, Offset: 5}
	r := l.receipt("dead")
	if _, of, ok := parse(r); ok || of != 5 || r.Partition != 2 {
		t.Errorf("receipt for %d, letter %v", of, ok)
	}
	// A source record with such a header must not hide another letter.
	var dead kgo.Record
	Fill(&dead, &kgo.Record{Topic: "orders", Headers: r.Headers}, why)
	if _, _, ok := parse(&dead); !ok {
		t.Error("a letter with a receipt's header is taken for a receipt")
	}
}

func TestLongMessageIsCutBetweenRunes(t *testing.T) {
	var dead kgo.Record
	Fill(&dead, &bad, Reason{Message: strings.Repeat("é", 900)})
	got := header(&dead, HeaderMessage)
	if len(got) > maxMessage || len(got) < maxMessage-4 || !utf8.ValidString(got) {
		t.Errorf("message has %d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func TestPrintedForms(t *testing.T) {
	var dead kgo.Record
	Fill(&dead, &bad, why)
	dead.Timestamp = time.UnixMilli(1_800_000_001_000)
	l, _, _ := parse(&dead)
	l.Key = []byte{0xff}
	listed := Listed{Letter: l, Replayed: true}
	wantJSON := `{"partition":0,"offset":0,"time":"2027-01-15T08:00:01Z","from":{"topic":"orders","partition":3,"offset":77,"time":"2027-01-15T08:00:00.123Z"},` +
		`"class":"bad_json","message":"unexpected end","stage":"VALUE_CONVERTER","replayed":true,"key_base64":"/w==","value":"{\"broken","headers":[{"key":"content-type","value":"application/json"},{"key":"empty"}]}`
	if got := string(listed.AppendJSON(nil)); got != wantJSON {
		t.Errorf("got  %s\nwant %s", got, wantJSON)
	}
	wantText := `0/0  2027-01-15T08:00:01Z  from orders/3/77  replayed  bad_json: "unexpected end"  "{\"broken"`
	if got := string(listed.AppendText(nil)); got != wantText {
		t.Errorf("got  %s\nwant %s", got, wantText)
	}
}

// The header alone does not tell: what was short enough has it, too.
func TestOnlyWhatWasCutIsTruncated(t *testing.T) {
	for _, c := range []struct {
		bytes     int
		truncated int64
		text      string // that a line has; empty: none
	}{
		{600 << 10, 600 << 10, "  cut from 614400 bytes  bad_json: "},
		{256<<10 + 1, 256<<10 + 1, "  cut from 262145 bytes  bad_json: "},
		{256 << 10, 0, ""},
		{3, 0, ""},
	} {
		var dead kgo.Record
		Fill(&dead, &kgo.Record{Topic: "orders", Value: bytes.Repeat([]byte("x"), c.bytes)}, why)
		Truncate(&dead, 1)
		l, _, _ := parse(&dead)
		if l.Truncated != c.truncated {
			t.Errorf("%d bytes: truncated is %d, want %d", c.bytes, l.Truncated, c.truncated)
		}
		listed := Listed{Letter: l}
		if text := string(listed.AppendText(nil)); !strings.Contains(text, c.text) || strings.Contains(text, "cut from") != (c.text != "") {
			t.Errorf("%d bytes: want %q in %.120s", c.bytes, c.text, text)
		}
		var j struct {
			Truncated int64
		}
		if err := json.Unmarshal(listed.AppendJSON(nil), &j); err != nil || j.Truncated != c.truncated {
			t.Errorf("%d bytes: JSON says %d, want %d; %v", c.bytes, j.Truncated, c.truncated, err)
		}
	}
}

// A key that was cut is no whole record either.
func TestACutKeyIsTruncated(t *testing.T) {
	var dead kgo.Record
	Fill(&dead, &kgo.Record{Topic: "orders", Key: bytes.Repeat([]byte("x"), 600<<10), Value: []byte("{")}, why)
	Truncate(&dead, 1)
	if l, _, _ := parse(&dead); l.Truncated != 600<<10+1 || len(l.Key) != 16<<10 {
		t.Errorf("truncated is %d, the key has %d bytes", l.Truncated, len(l.Key))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("k"), []byte("v"), HeaderPartition, []byte("3"))
	f.Add([]byte(nil), []byte(nil), headerReceipt, []byte("18446744073709551616"))
	f.Add([]byte("k"), []byte("v"), HeaderTruncated, []byte("9223372036854775807"))
	f.Add([]byte{0xff}, []byte("{"), HeaderTimestamp, []byte("9223372036854775807"))
	f.Fuzz(func(t *testing.T, key, value []byte, h string, hv []byte) {
		r := &kgo.Record{Key: key, Value: value, Headers: []kgo.RecordHeader{{Key: h, Value: hv}, {Key: h, Value: key}}}
		l, _, ok := parse(r)
		if !ok {
			t.Fatal("two headers and still a receipt")
		}
		listed := Listed{Letter: l}
		if line := listed.AppendJSON(nil); !json.Valid(line) || bytes.ContainsRune(line, '\n') {
			t.Fatalf("not one line of JSON: %s", line)
		}
		if text := listed.AppendText(nil); bytes.ContainsRune(text, '\n') && !strings.Contains(l.Class+l.Topic, "\n") {
			t.Fatalf("not one line: %q", text)
		}
		l.revive(0)
	})
}
