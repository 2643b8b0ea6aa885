package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// withBroker gives a script an embedded broker of its own: $BROKER, with topics
// orders and carts of two partitions, and a free address for an admin API:
// $ADMIN.
func withBroker(env *testscript.Env) error {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders", "carts"))
	if err != nil {
		return err
	}
	gone := sync.OnceFunc(cluster.Close)
	env.Defer(gone)
	env.Values[outage{}] = gone
	env.Setenv("BROKER", cluster.ListenAddrs()[0])
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Setenv("ADMIN", l.Addr().String())
	return l.Close()
}

// outage is the key of what ends a script's broker.
type outage struct{}

// brokerGone ends the broker: broker-gone.
func brokerGone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: broker-gone")
	}
	ts.Value(outage{}).(func())()
}

const brokerPatience = 20 * time.Second

// produce writes the lines of a file to a topic, each keyed by the word before
// its first space: produce carts carts.txt. A line that begins with "# " is the
// headers of the next record: # NAME=VALUE NAME=VALUE. In a line %NOW is this
// moment, %AGO ten minutes before it and %AHEAD an hour behind it.
func produce(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: produce TOPIC FILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), brokerPatience)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(ts.Getenv("BROKER")))
	ts.Check(err)
	defer cl.Close()
	var headers []kgo.RecordHeader
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		line = atMoments(strings.TrimSpace(line), time.Now())
		if list, ok := strings.CutPrefix(line, "# "); ok {
			for pair := range strings.FieldsSeq(list) {
				name, value, _ := strings.Cut(pair, "=")
				headers = append(headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
			}
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		r := &kgo.Record{Topic: args[0], Key: []byte(key), Value: []byte(value), Headers: headers}
		ts.Check(cl.ProduceSync(ctx, r).FirstErr())
		headers = nil
	}
}

func atMoments(line string, now time.Time) string {
	at := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339Nano) }
	return strings.NewReplacer("%NOW", at(0), "%AGO", at(-10*time.Minute), "%AHEAD", at(time.Hour)).Replace(line)
}

// consume reads N committed records of a topic into a file, a line each:
// consume shop.commands 1 got.txt. Headers come first, as produce takes them.
func consume(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: consume TOPIC N FILE")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), brokerPatience)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(ts.Getenv("BROKER")), kgo.ConsumeTopics(args[0]), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	ts.Check(err)
	defer cl.Close()
	var got strings.Builder
	for n > 0 {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			ts.Fatalf("%s: %d records are missing after %v; so far:\n%s", args[0], n, brokerPatience, got.String())
		}
		fetches.EachRecord(func(r *kgo.Record) {
			for _, h := range r.Headers {
				fmt.Fprintf(&got, "# %s=%s\n", h.Key, h.Value)
			}
			fmt.Fprintf(&got, "%s %s\n", r.Key, r.Value)
			n--
		})
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(got.String()), 0o644))
}

// await asks a path of the admin API until it answers 200.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), brokerPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	last := "no answer"
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ts.Getenv("ADMIN")+args[0], nil)
		ts.Check(err)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			last = resp.Status
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("%s: %s after %v", args[0], last, brokerPatience)
		}
	}
}
