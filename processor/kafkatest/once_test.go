//go:build kafka

package kafkatest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// files are the event files and the expected answers to compare with, by
// trigger. The answers with a grace of 10 s count where there are such.
var files = []struct {
	name, path string
	expected   map[string]string
}{
	{"generated", "generated.dev.jsonl.gz", map[string]string{
		"abandonment": "generated.abandonment.grace10", "shipping": "generated.shipping.grace10"}},
	{"ecom", "ecom-synthetic.dev.jsonl.gz", map[string]string{"abandonment": "ecom-synthetic.abandonment"}},
	{"cdnow", "cdnow.orders.dev.jsonl.gz", map[string]string{"inactivity": "cdnow.inactivity"}},
	{"completejourney", "completejourney.orders.dev.jsonl.gz", map[string]string{"inactivity": "completejourney.inactivity.grace10"}},
}

// TestEachCommandOnceWhateverDies feeds real events to two processes with four
// lanes in all, kills one at a third and the other at two thirds of the
// commands, and compares what is in the delivery topic with the backtest of
// the same file and with the answers of an independent program.
func TestEachCommandOnceWhateverDies(t *testing.T) {
	needData(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	bin := build(t)
	broker, err := Start(ctx, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Stop()
	for _, file := range files {
		path := filepath.Join(shared, file.path)
		want := backtest(t, ctx, bin, path)
		compareExpected(t, file.expected, want)
		for _, l := range layouts {
			t.Run(file.name+"/"+l.name, func(t *testing.T) {
				prefix := file.name + "-" + l.name + "."
				began := time.Now()
				got := runAndKill(t, ctx, bin, broker.Addr, prefix, l, path, len(want))
				compare(t, got, want)
				t.Logf("%d commands, each once, after two kills; %.0f s", len(got), time.Since(began).Seconds())
			})
		}
	}
}

// backtest is what a file must lead to, value by command id. Time goes on to
// now, as it does for a process that reads history.
func backtest(t *testing.T, ctx context.Context, bin, events string) map[string][]byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "commands.jsonl")
	beckon(t, ctx, bin, "backtest", "--triggers", "testdata/triggers", "--events", events,
		"--until", time.Now().UTC().Format(time.RFC3339), "--commands", out)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	for line := range bytes.Lines(text) {
		var e struct {
			ID   string
			Data json.RawMessage
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("backtest line %s: %v", line, err)
		}
		if want[e.ID] != nil {
			t.Errorf("backtest: command %s twice", e.ID)
		}
		want[e.ID] = e.Data
	}
	return want
}

func runAndKill(t *testing.T, ctx context.Context, bin, broker, prefix string, l layout, events string, n int) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	ports, err := freePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	first := config(t, filepath.Join(dir, "a"), broker, prefix, l, ports[0])
	second := config(t, filepath.Join(dir, "b"), broker, prefix, l, ports[1])
	createSources(t, ctx, broker, prefix, l)
	beckon(t, ctx, bin, "topics", "create", "--config", first)
	feed(t, ctx, broker, prefix, l, events)

	a, b := startProcess(t, bin, first), startProcess(t, bin, second)
	in := newInbox(t, broker, prefix+"commands")
	in.until(ctx, n/3, a, b)
	a.end(syscall.SIGKILL)
	a.start()
	in.until(ctx, 2*n/3, a, b)
	b.end(syscall.SIGKILL)
	b.start()
	in.until(ctx, n, a, b)
	// Whatever would come too much comes before both are through: stop them in
	// good order, then read what is left.
	a.end(syscall.SIGTERM)
	b.end(syscall.SIGTERM)
	in.drain(ctx)
	return in.values
}

// createSources makes the input topics, which belong to the shop and not to
// beckon; records of old events must stay.
func createSources(t *testing.T, ctx context.Context, broker, prefix string, l layout) {
	t.Helper()
	for topic, partitions := range l.partitions {
		CreateTopic(t, ctx, broker, prefix+topic, partitions)
	}
}

// inbox reads a topic of commands, read_committed.
type inbox struct {
	t      *testing.T
	client *kgo.Client
	values map[string][]byte
	twice  int
}

func newInbox(t *testing.T, broker, topic string) *inbox {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &inbox{t: t, client: client, values: map[string][]byte{}}
}

// until reads until there are n commands.
func (in *inbox) until(ctx context.Context, n int, running ...*process) {
	in.t.Helper()
	for len(in.values) < n {
		wait, cancel := context.WithTimeout(ctx, 30*time.Second)
		got := in.read(wait)
		cancel()
		for _, p := range running {
			p.alive()
		}
		if got == 0 && ctx.Err() == nil {
			in.t.Logf("no command for 30 s, %d of %d so far", len(in.values), n)
		}
		if ctx.Err() != nil {
			in.t.Fatalf("%d of %d commands came in time", len(in.values), n)
		}
	}
}

// drain reads on until nothing comes any more.
func (in *inbox) drain(ctx context.Context) {
	for {
		wait, cancel := context.WithTimeout(ctx, 3*time.Second)
		n := in.read(wait)
		cancel()
		if n == 0 {
			return
		}
	}
}

func (in *inbox) read(ctx context.Context) int {
	in.t.Helper()
	records := in.client.PollFetches(ctx).Records()
	for _, r := range records {
		id := ""
		for _, h := range r.Headers {
			if h.Key == "ce_id" {
				id = string(h.Value)
			}
		}
		if in.values[id] != nil {
			in.twice++
			in.t.Errorf("command %s is there twice: %s", id, r.Value)
		}
		in.values[id] = r.Value
	}
	return len(records)
}

// compare tells the first few differences.
func compare(t *testing.T, got, want map[string][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d commands, want %d", len(got), len(want))
	}
	told := 0
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !bytes.Equal(got[id], want[id]) && told < 5 {
			told++
			t.Errorf("command %s:\n got %s\nwant %s", id, got[id], want[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if want[id] == nil && told < 10 {
			told++
			t.Errorf("command %s is too much: %s", id, got[id])
		}
	}
}

// compareExpected holds the backtest's commands to the answers of an
// independent program: same customers or orders, same due instants.
func compareExpected(t *testing.T, expected map[string]string, commands map[string][]byte) {
	t.Helper()
	for rule, file := range expected {
		want := map[string]int{}
		lines(t, filepath.Join(shared, "expected", file+".jsonl.gz"), func(line []byte) {
			var row struct {
				Customer, Outcome, Kind string
				CartID                  string `json:"cart_id"`
				OrderID                 string `json:"order_id"`
				Due                     time.Time
			}
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if row.Outcome == "skip" {
				return
			}
			who := row.Customer
			if row.CartID+row.OrderID != "" {
				who = row.Kind + row.CartID + row.OrderID
			}
			want[fmt.Sprint(who, " ", row.Due.UnixMilli())]++
		})
		got := map[string]int{}
		for _, value := range commands {
			if key := expectedKey(t, rule, value); key != "" {
				got[key]++
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %d commands do not match the %d expected", file, len(got), len(want))
		}
	}
}

// expectedKey is a command in the words of the expected answers, "" for a
// command of another rule.
func expectedKey(t *testing.T, rule string, value []byte) string {
	var c struct {
		Trigger string
		DueAt   time.Time `json:"due_at"`
		Context struct{ Started, Order, Customer string }
	}
	if err := json.Unmarshal(value, &c); err != nil {
		t.Fatalf("command %s: %v", value, err)
	}
	due := fmt.Sprint(" ", c.DueAt.UnixMilli())
	switch {
	case rule == "abandonment" && c.Trigger == "cart-abandonment":
		return c.Context.Started + due
	case rule == "shipping" && (c.Trigger == "late" || c.Trigger == "undispatched"):
		return c.Trigger + c.Context.Order + due
	case rule == "inactivity" && c.Trigger == "inactivity":
		return c.Context.Customer + due
	}
	return ""
}
