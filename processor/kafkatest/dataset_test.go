//go:build kafka

package kafkatest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/bench"
)

// shared is the folder with the real store data, beside the checkout.
const shared = "../../../shared/data"

// dataset is a file of events and the answers of an independent program to
// compare with, by rule, if there are any.
type dataset struct {
	name, file string
	expected   map[string]string
	// records bounds a transaction, so that there is something left to kill at
	// two thirds of a small file.
	records int
}

// The answers with a grace of 10 s count where there are such: it is the grace
// of testdata/triggers.
var recorded = []dataset{
	{"generated", "generated.dev.jsonl.gz", map[string]string{
		"abandonment": "generated.abandonment.grace10", "shipping": "generated.shipping.grace10"}, 500},
	{"ecom", "ecom-synthetic.dev.jsonl.gz", map[string]string{"abandonment": "ecom-synthetic.abandonment"}, 50},
	{"cdnow", "cdnow.orders.dev.jsonl.gz", map[string]string{"inactivity": "cdnow.inactivity"}, 1000},
	{"completejourney", "completejourney.orders.dev.jsonl.gz", map[string]string{"inactivity": "completejourney.inactivity.grace10"}, 1000},
}

// datasets are what is recorded of real stores or, where that is not beside the checkout,
// a month of a shop that is made up here; with BECKON_REQUIRE_SHARED=1 that is a failure.
func datasets(t *testing.T) []dataset {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		if os.Getenv("BECKON_REQUIRE_SHARED") == "1" {
			t.Fatal(err)
		}
		tell(t, time.Now(), "NOT TESTED on recorded events, which are not beside the checkout; a month of a made-up shop stands for them")
		return []dataset{{"made up", madeUp(t), nil, 500}}
	}
	var all []dataset
	for _, d := range recorded {
		d.file = filepath.Join(shared, d.file)
		all = append(all, d)
	}
	return all
}

// madeUp is a file of a shop's events.
func madeUp(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.jsonl.gz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zip := gzip.NewWriter(file)
	const events = 20_000
	shop := bench.NewShop(1, 2_000, events, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 30*24*time.Hour)
	for range events {
		if _, err := zip.Write(append(shop.Next().Value, '\n')); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines calls f with each line of a gzip file.
func lines(t *testing.T, path string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v; this test compares what happens to recorded store events, which lie beside the checkout", err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	s := bufio.NewScanner(zip)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		f(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// layout is how events lie in topics.
type layout struct {
	name       string
	partitions map[string]int32 // by topic
	other      bool             // keyed by order, not by customer
}

var (
	fitting   = layout{"fitting", map[string]int32{"orders": 4, "shipments": 4, "browse": 4}, false}
	unfitting = layout{"unfitting", map[string]int32{"orders": 4, "shipments": 6, "browse": 3}, true}
)

// envelope is what feeding needs of an event.
type envelope struct {
	ID, Type, Subject string
	Time              time.Time
	Data              struct {
		OrderID string `json:"order_id"`
		CartID  string `json:"cart_id"`
	}
}

func (e *envelope) topic() string {
	switch e.Type {
	case "order.placed", "order.cancelled", "order.refunded":
		return "orders"
	case "shipment.dispatched", "shipment.scanned", "shipment.delayed", "shipment.delivered", "shipment.failed":
		return "shipments"
	}
	return "browse"
}

func (e *envelope) key(l layout) string {
	switch {
	case !l.other:
		return e.Subject
	case e.Data.OrderID != "":
		return e.Data.OrderID
	case e.Data.CartID != "":
		return e.Data.CartID
	}
	return e.ID
}

// feeder writes events into the topics of an app.
type feeder struct {
	t      *testing.T
	client *kgo.Client
	prefix string
	layout layout
	// asOf lets records be as old as their events, else they are from now.
	asOf bool
}

func newFeeder(t *testing.T, prefix string, l layout) *feeder {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr), kgo.ProducerLinger(20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &feeder{t: t, client: client, prefix: prefix, layout: l}
}

// event writes one event, given as JSON. Flush before you rely on it.
func (f *feeder) event(ctx context.Context, line []byte) {
	f.t.Helper()
	var e envelope
	if err := json.Unmarshal(line, &e); err != nil {
		f.t.Fatalf("event %s: %v", line, err)
	}
	r := &kgo.Record{Topic: f.prefix + e.topic(), Key: []byte(e.key(f.layout)), Value: append([]byte(nil), line...)}
	if f.asOf {
		r.Timestamp = e.Time
	}
	f.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			f.t.Errorf("produce to %s: %v", f.prefix+e.topic(), err)
		}
	})
}

func (f *feeder) flush(ctx context.Context) {
	f.t.Helper()
	if err := f.client.Flush(ctx); err != nil {
		f.t.Fatal(err)
	}
}

// file writes a whole file of events, in its order.
func (f *feeder) file(ctx context.Context, path string) {
	f.t.Helper()
	lines(f.t, path, func(line []byte) { f.event(ctx, line) })
	f.flush(ctx)
}
