package processor

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// What is asked for ahead is found without decoding every record.
func TestIdentifiedIsFoundAtAGlance(t *testing.T) {
	const structured = `{"specversion":"1.0","id":"1","source":"shop","type":"customer.identified","subject":"ana","time":"2026-03-01T11:00:00Z","data":{"anonymous_id":"a1"}}`
	header := func(key, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: key, Value: []byte(value)} }
	binary := []kgo.RecordHeader{header("ce_specversion", "1.0"), header("ce_id", "1"), header("ce_source", "shop"), header("ce_type", "customer.identified"),
		header("ce_subject", "ana"), header("ce_time", "2026-03-01T11:00:00Z"), header("content-type", "application/json")}
	for _, c := range []struct {
		name, format string
		record       kgo.Record
		want         string // whose anonymous id is asked
	}{
		{"structured", "", kgo.Record{Value: []byte(structured)}, "ana"},
		{"binary", "", kgo.Record{Headers: binary, Value: []byte(`{"anonymous_id":"a1"}`)}, "ana"},
		{"alias of Segment", "segment", kgo.Record{Value: []byte(`{"type":"alias","messageId":"1","userId":"ana","previousId":"a1","timestamp":"2026-03-01T11:00:00Z"}`)}, "ana"},
		{"a CloudEvent among Segment's calls", "segment", kgo.Record{Headers: binary, Value: []byte(`{"anonymous_id":"a1"}`)}, "ana"},
		{"another event", "", kgo.Record{Value: []byte(`{"specversion":"1.0","id":"1","source":"shop","type":"product.viewed","subject":"ana","data":{"sku":"customer.identified"}}`)}, ""},
		{"broken", "", kgo.Record{Value: []byte(structured[:100])}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			lay, err := newLayout(&Config{Tasks: 1, Sources: []Source{{Topic: "events", Format: c.format}}}, "mailbox", map[string]extent{"events": {partitions: 1}})
			if err != nil {
				t.Fatal(err)
			}
			l := &lane{p: &Processor{}, lay: lay, now: schemas.Time(1_800_000_000_000_000)}
			in := &input{source: lay.sources[0]}
			if ask, ok := l.askOf(in, &c.record); ask.Customer != c.want || ok != (c.want != "") {
				t.Errorf("asked for %q (%t), want %q", ask.Customer, ok, c.want)
			}
		})
	}
}
