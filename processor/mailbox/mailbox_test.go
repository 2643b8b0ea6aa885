package mailbox

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

const at = schemas.Time(1_772_359_200_123_456)

func event(t testing.TB) *schemas.Event {
	t.Helper()
	ev, err := schemas.FromData("e1", "/shop", "order.placed", engine.Internal("order", "o\x001"), at,
		[]byte(`{"order_id":"o1","currency":"EUR","total":"59.90","items":[{"sku":"s1","quantity":1,"price":"59.90"}],"unknown":[1,2]}`))
	if err != nil {
		t.Fatal(err)
	}
	ev.TraceParent, ev.TraceState = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b"
	return ev
}

func mails(t testing.TB) []engine.Mail {
	var all []engine.Mail
	for k := engine.MailEvent; k <= engine.MailLimitDeny; k++ {
		all = append(all,
			engine.Mail{Kind: k, To: "ana", At: at, Event: event(t)},
			engine.Mail{Kind: k, To: engine.Internal("tracking", "T1"), Customer: "ană", At: 0, Payload: []byte{0, 255}},
			engine.Mail{Kind: k, ToAll: true, At: -1, Event: event(t), Payload: []byte{}},
			engine.Mail{Kind: k, To: "x", At: at, Hops: 8})
	}
	return all
}

func TestMailComesBackEqual(t *testing.T) {
	for i, want := range mails(t) {
		place := want.At + schemas.Time(i%3)
		got, err := Decode(Mail(7, &want, place), 8)
		if err != nil {
			t.Fatalf("mail %d: %v", i, err)
		}
		if got.Kind != IsMail || got.Origin != 7 || got.Place != place {
			t.Errorf("mail %d: kind %d of origin %d", i, got.Kind, got.Origin)
		}
		if d := cmp.Diff(want, got.Mail, cmp.Comparer(func(a, b schemas.Amount) bool { return a == b }), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("mail %d differs (-want +got):\n%s", i, d)
		}
	}
}

func TestForwardedRecordIsRaw(t *testing.T) {
	for i, src := range []kgo.Record{
		{Topic: "orders", Partition: 5, Offset: 1 << 40, Timestamp: time.UnixMilli(1_700_000_000_001), LeaderEpoch: 3, Key: []byte("k"), Value: []byte("not json"),
			Headers: []kgo.RecordHeader{{Key: "ce_id", Value: []byte("1")}, {Key: Header, Value: []byte("a header of the same name")}}},
		{Topic: "orders", Timestamp: time.UnixMilli(0), LeaderEpoch: -1}, // no key, no value
	} {
		place := at * schemas.Time(i)
		rec := Forward(2, &src, at, place)
		got, err := Decode(rec, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(src.Headers) != len(got.Record.Headers) || len(src.Headers) > 0 && !reflect.DeepEqual(src.Headers, got.Record.Headers) {
			t.Errorf("headers %v, want %v", got.Record.Headers, src.Headers)
		}
		src.Headers, got.Record.Headers = nil, nil
		if !reflect.DeepEqual(*got.Record, src) || got.Counts != at || got.Place != place || got.Origin != 2 || got.Kind != IsForward {
			t.Errorf("got %+v, want %+v", got, src)
		}
		if (rec.Key == nil) != (src.Key == nil) || (rec.Value == nil) != (src.Value == nil) || !rec.Timestamp.IsZero() {
			t.Errorf("the mailbox record changed: %+v", rec)
		}
	}
}

// The frame must not get into headers that the source record still holds.
func TestForwardLeavesSourceAlone(t *testing.T) {
	headers := make([]kgo.RecordHeader, 1, 4)
	headers[0].Key = "a"
	src := &kgo.Record{Topic: "orders", Headers: headers}
	Forward(0, src, at, 0)
	if got := headers[:2][1].Key; got != "" {
		t.Errorf("the source's headers got %q", got)
	}
}

func TestMarkComesBackEqual(t *testing.T) {
	want := merge.Point{Time: at, Rank: merge.MailRank}
	for round := range uint64(3) {
		got, err := Decode(Mark(1, want, 9, round, round > 1), 2)
		if err != nil || got.Kind != IsMark || got.Origin != 1 || got.Progress != want || got.Seq != 9 || got.Round != round || got.Waits != (round > 1) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestProblems(t *testing.T) {
	framed := func(frame ...byte) *kgo.Record {
		return &kgo.Record{Headers: []kgo.RecordHeader{{Key: Header, Value: frame}}}
	}
	broken := Mail(0, &engine.Mail{Kind: engine.MailEvent, Event: event(t)}, 0)
	broken.Value = bytes.Replace(broken.Value, []byte(`"total":"59.90"`), []byte(`"total":"x9.90"`), 1)
	cut := Mail(0, &engine.Mail{Kind: engine.MailEvent, Event: event(t)}, 0)
	cut.Value = cut.Value[:len(cut.Value)-1]
	for _, c := range []struct {
		name string
		rec  *kgo.Record
		want Problem
	}{
		{"no headers", &kgo.Record{}, NoFrame},
		{"another header last", &kgo.Record{Headers: []kgo.RecordHeader{{Key: Header}, {Key: "x"}}}, NoFrame},
		{"empty frame", framed(), Truncated},
		{"format 2", framed(2, kindMark, 0), UnknownFormat},
		{"kind 99", framed(Format, 99, 0), UnknownKind},
		{"kind 0", framed(Format, 0, 0), UnknownKind},
		{"origin beyond the tasks", Mark(2, merge.Point{}, 0, 0, false), OutOfRange},
		{"mark cut", framed(Format, kindMark, 0, 2), Truncated},
		{"unknown flag", framed(Format, 1, 0, 64), OutOfRange},
		{"event refused", broken, BadEvent},
		{"event cut", cut, Truncated},
	} {
		_, err := Decode(c.rec, 2)
		var got *DecodeError
		if !errors.As(err, &got) || got.Problem != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	var refused *schemas.DecodeError
	if _, err := Decode(broken, 1); !errors.As(err, &refused) {
		t.Errorf("%v hides why the event is refused", err)
	}
}

func FuzzDecode(f *testing.F) {
	add := func(r *kgo.Record) { f.Add(r.Headers[len(r.Headers)-1].Value, r.Value) }
	for _, m := range mails(f) {
		add(Mail(3, &m, m.At+7))
	}
	add(Forward(1, &kgo.Record{Topic: "orders", Partition: 1, Offset: 2, Timestamp: time.UnixMilli(3)}, at, at+1))
	add(Mark(1, merge.Point{Time: at, Rank: 3}, 4, 5, true))
	f.Fuzz(func(t *testing.T, frame, value []byte) {
		rec := &kgo.Record{Value: value, Headers: []kgo.RecordHeader{{Key: Header, Value: frame}}}
		m, err := Decode(rec, 8)
		if err != nil {
			var typed *DecodeError
			if !errors.As(err, &typed) {
				t.Fatalf("%v is no DecodeError", err)
			}
			return
		}
		if m.Origin < 0 || m.Origin >= 8 {
			t.Fatalf("origin %d", m.Origin)
		}
		again := encode(m)
		m2, err := Decode(again, 8)
		if err != nil {
			t.Fatalf("decoded once, but not again: %v", err)
		}
		if third := encode(m2); !bytes.Equal(again.Value, third.Value) || !reflect.DeepEqual(again.Headers, third.Headers) {
			t.Fatalf("unstable: %v, then %v", again, third)
		}
	})
}

func encode(m Message) *kgo.Record {
	switch m.Kind {
	case IsMail:
		return Mail(m.Origin, &m.Mail, m.Place)
	case IsForward:
		return Forward(m.Origin, m.Record, m.Counts, m.Place)
	default:
		return Mark(m.Origin, m.Progress, m.Seq, m.Round, m.Waits)
	}
}

func BenchmarkForward(b *testing.B) {
	src := &kgo.Record{Topic: "orders", Partition: 3, Offset: 12345678, Timestamp: time.UnixMilli(1_700_000_000_000), Key: make([]byte, 10), Value: make([]byte, 300)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(Forward(1, src, at, 0), 8); err != nil {
			b.Fatal(err)
		}
	}
}
