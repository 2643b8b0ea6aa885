//go:build kafka

package kafkatest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// shared is the folder with the real store data, beside the checkout.
const shared = "../../../shared/data"

// needData skips, with its reason, where the data is missing, unless
// BECKON_REQUIRE_SHARED says that it must be there.
func needData(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		if os.Getenv("BECKON_REQUIRE_SHARED") != "" {
			t.Fatalf("the real store data is missing: %v", err)
		}
		t.Skipf("the real store data is not here (%v); the same is tested on generated events elsewhere", err)
	}
}

// lines calls f with each line of a gzip file.
func lines(t *testing.T, path string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
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

var layouts = []layout{
	{"fitting", map[string]int32{"orders": 4, "shipments": 4, "browse": 4}, false},
	{"unfitting", map[string]int32{"orders": 4, "shipments": 6, "browse": 3}, true},
}

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

// feed writes a whole file of events into the topics of a run, in the file's
// order, and returns how many there were.
func feed(t *testing.T, ctx context.Context, broker, prefix string, l layout, file string) int {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ProducerLinger(20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	n := 0
	lines(t, file, func(line []byte) {
		var e envelope
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		n++
		r := &kgo.Record{Topic: prefix + e.topic(), Key: []byte(e.key(l)), Value: append([]byte(nil), line...)}
		client.Produce(ctx, r, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Errorf("produce to %s: %v", prefix+e.topic(), err)
			}
		})
	})
	if err := client.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

// config writes a process's beckon.yaml and returns its path.
func config(t *testing.T, dir, broker, prefix string, l layout, admin int) string {
	t.Helper()
	keyed := "subject"
	if l.other {
		keyed = "other"
	}
	triggers, err := filepath.Abs("testdata/triggers")
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`app: %[1]sapp
kafka: {brokers: [%[2]q]}
sources:
  - {topic: %[1]sorders, keyed_by: %[3]s}
  - {topic: %[1]sshipments, keyed_by: %[3]s}
  - {topic: %[1]sbrowse, keyed_by: %[3]s}
commands: {topic: %[1]scommands}
dead_letters: {topic: %[1]sdead-letters}
state: {dir: %[4]q}
triggers: %[5]q
policy: %[6]q
lanes: 2
admin: {listen: "127.0.0.1:%[7]d"}
`, prefix, broker, keyed, filepath.Join(dir, "state"), triggers, filepath.Join(triggers, "policy.yaml"), admin)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "beckon.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
