package deadletter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/processor/kafka"
)

func cluster(t *testing.T) (*kfake.Cluster, kafka.Config) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "dead", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, kafka.Config{Brokers: c.ListenAddrs()}
}

// bury writes n letters of orders, alternating partitions; the last one is of a
// topic that does not exist.
func bury(t *testing.T, c kafka.Config, n int) {
	t.Helper()
	cl, err := kafka.Connect(c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for i := range n {
		src := kgo.Record{
			Topic: "orders", Partition: int32(i % 2), Offset: int64(i), Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i),
			Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}},
		}
		if i == n-1 {
			src.Topic = "gone"
		}
		dead := kgo.Record{Topic: "dead", Partition: int32(i % 2)}
		Fill(&dead, &src, Reason{Class: []string{"bad_json", "wrong_type"}[i/2%2], Stage: Decode})
		if err := cl.ProduceSync(context.Background(), &dead).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// orders reads what is in the topic, read_committed, as key@partition.
func orders(t *testing.T, c kafka.Config) []string {
	t.Helper()
	ends, err := bounds(context.Background(), c, "orders")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = scan(context.Background(), c, "orders", ends, func(r *kgo.Record) error {
		if want := 1_700_000_000_000 + int64(r.Key[1]-'0'); r.Timestamp.UnixMilli() != want || header(r, "h") != "x" || string(r.Value[1:]) != string(r.Key[1:]) {
			t.Errorf("%s came back changed: %+v", r.Key, r)
		}
		got = append(got, fmt.Sprintf("%s@%d", r.Key, r.Partition))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

func run(t *testing.T, r Replay) Result {
	t.Helper()
	r.App, r.Topic = "shop", "dead"
	res, err := r.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestReplayedOnce(t *testing.T) {
	_, c := cluster(t)
	bury(t, c, 6)
	if res := run(t, Replay{Kafka: c, DryRun: true}); res.Replayed != 5 || len(orders(t, c)) != 0 {
		t.Fatalf("dry run: %+v, and %v came back", res, orders(t, c))
	}
	if res := run(t, Replay{Kafka: c, Filter: Filter{Class: "wrong_type"}}); res != (Result{Replayed: 2}) {
		t.Fatalf("of class wrong_type: %+v, want 2 replayed", res)
	}
	if got, want := orders(t, c), []string{"k2@0", "k3@1"}; !slices.Equal(got, want) {
		t.Fatalf("came back %v, want %v", got, want)
	}
	if res := run(t, Replay{Kafka: c}); res != (Result{Replayed: 3, Homeless: 1}) {
		t.Fatalf("the rest: %+v, want 3 replayed and one homeless", res)
	}
	if res := run(t, Replay{Kafka: c}); res != (Result{Homeless: 1}) {
		t.Fatalf("again: %+v, want none replayed", res)
	}
	if got, want := orders(t, c), []string{"k0@0", "k1@1", "k2@0", "k3@1", "k4@0"}; !slices.Equal(got, want) {
		t.Fatalf("came back %v, want %v", got, want)
	}
}

// Letters that fitted into a topic one by one go back in batches that fit.
func TestReplayFillsNoBatchTooLarge(t *testing.T) {
	_, c := cluster(t)
	cl, err := kafka.Connect(c)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	const n = 12
	for i := range n {
		noise := make([]byte, 200_000)
		rand.NewChaCha8([32]byte{byte(i)}).Read(noise)
		dead := kgo.Record{Topic: "dead"}
		Fill(&dead, &kgo.Record{Topic: "orders", Value: noise}, why)
		if err := cl.ProduceSync(t.Context(), &dead).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if res := run(t, Replay{Kafka: c}); res != (Result{Replayed: n}) {
		t.Errorf("%+v, want %d replayed", res, n)
	}
}

// goOn replays all letters as a replay that has connected.
func (r *Replay) goOn(t *testing.T, cl *kgo.Client) error {
	t.Helper()
	ends, err := bounds(t.Context(), r.Kafka, r.Topic)
	if err != nil {
		t.Fatal(err)
	}
	under := target{r: r, cl: cl, counts: map[string]int{}, res: new(Result)}
	err = letters(t.Context(), r.Kafka, r.Topic, ends, nil, Filter{}, func(l *Listed) error { return under.add(t.Context(), l) })
	return errors.Join(err, under.commit(t.Context()))
}

func TestDryRunEndsNoReplayUnderWay(t *testing.T) {
	_, c := cluster(t)
	bury(t, c, 3)
	r := Replay{Kafka: c, App: "shop", Topic: "dead"}
	cl, err := r.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if res := run(t, Replay{Kafka: c, DryRun: true}); res != (Result{Replayed: 2, Homeless: 1}) {
		t.Errorf("dry run: %+v, want two and one homeless", res)
	}
	if err := r.goOn(t, cl); err != nil {
		t.Errorf("a dry run has ended a replay: %v", err)
	}
	if got, want := orders(t, c), []string{"k0@0", "k1@1"}; !slices.Equal(got, want) {
		t.Errorf("came back %v, want %v", got, want)
	}
}

func TestTruncatedIsLeftAlone(t *testing.T) {
	_, c := cluster(t)
	cl, err := kafka.Connect(c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for i, length := range []int{600 << 10, 2} { // the second was refused, but not for its value
		src := kgo.Record{Topic: "orders", Key: fmt.Appendf(nil, "k%d", i), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)),
			Value: fmt.Appendf(nil, "v%-*d", length-1, i), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}}}
		dead := kgo.Record{Topic: "dead"}
		Fill(&dead, &src, Reason{Class: "refused", Stage: Apply})
		Truncate(&dead, 1)
		if err := cl.ProduceSync(t.Context(), &dead).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for _, dry := range []bool{true, false} {
		if res := run(t, Replay{Kafka: c, DryRun: dry}); res != (Result{Replayed: 1, Truncated: 1}) {
			t.Errorf("dry run %v: %+v, want one replayed and one left alone", dry, res)
		}
	}
	if got, want := orders(t, c), []string{"k1@0"}; !slices.Equal(got, want) {
		t.Errorf("came back %v, want %v", got, want)
	}
}

func TestListChooses(t *testing.T) {
	_, c := cluster(t)
	bury(t, c, 6)
	run(t, Replay{Kafka: c, Filter: Filter{Letters: []Place{{0, 1}}}})
	list := func(f Filter) (keys []string) {
		err := List(context.Background(), c, "dead", f, func(l *Listed) error {
			keys = append(keys, string(l.Key))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(keys)
		return keys
	}
	for _, f := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"waiting", Filter{}, []string{"k0", "k1", "k3", "k4", "k5"}},
		{"all", Filter{Replayed: true}, []string{"k0", "k1", "k2", "k3", "k4", "k5"}},
		{"topic", Filter{Topic: "gone"}, []string{"k5"}},
		{"class", Filter{Class: "wrong_type"}, []string{"k3"}},
		{"until", Filter{Until: time.UnixMilli(1)}, nil},
		{"since", Filter{Since: time.UnixMilli(1)}, []string{"k0", "k1", "k3", "k4", "k5"}},
		{"letters", Filter{Letters: []Place{{1, 0}, {0, 1}}}, []string{"k1"}},
	} {
		if got := list(f.filter); !slices.Equal(got, f.want) {
			t.Errorf("%s: %v, want %v", f.name, got, f.want)
		}
	}
	all := Filter{Letters: []Place{{1, 0}, {0, 99}, {0, 1}, {7, 0}}}
	none := func(*Listed) error { return nil }
	if err := List(context.Background(), c, "dead", all, none); !errors.Is(err, ErrNoLetter) || !strings.Contains(err.Error(), "in dead: 0/99, 7/0;") {
		t.Errorf("got %v, want the two letters that are not there", err)
	}
	again := Replay{Kafka: c, App: "shop", Topic: "dead", Filter: all}
	if res, err := again.Run(context.Background()); !errors.Is(err, ErrNoLetter) || res != (Result{Replayed: 1}) {
		t.Errorf("replay: %+v, %v, want the one replayed that was not, and the two told", res, err)
	}
	stop := errors.New("enough")
	if err := List(context.Background(), c, "dead", Filter{}, func(*Listed) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of each", err)
	}
}

// The answer to the end of the transaction is lost, after the broker did it or
// before.
func TestLostAnswerIsFoundOutByNextReplay(t *testing.T) {
	for _, applied := range []bool{true, false} {
		c, cfg := cluster(t)
		bury(t, cfg, 3)
		side, err := kafka.Connect(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(side.Close)
		loseEnd(c, side, applied)
		r := Replay{Kafka: cfg, App: "shop", Topic: "dead"}
		if res, err := r.Run(context.Background()); !errors.Is(err, ErrUnknown) || res.Replayed != 0 {
			t.Fatalf("%+v, %v; want ErrUnknown", res, err)
		}
		want := []string{"k0@0", "k1@1"}
		if applied != slices.Equal(orders(t, cfg), want) {
			t.Fatalf("applied %v, but %v came back", applied, orders(t, cfg))
		}
		run(t, Replay{Kafka: cfg})
		if got := orders(t, cfg); !slices.Equal(got, want) {
			t.Fatalf("came back %v, want %v", got, want)
		}
	}
}

// loseEnd answers the next EndTxn with an error, having applied it or not.
func loseEnd(c *kfake.Cluster, side *kgo.Client, applied bool) {
	lost := false
	c.ControlKey(int16(kmsg.EndTxn), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if lost {
			return nil, nil, false
		}
		lost = true
		if applied {
			c.SleepControl(func() { _, _ = side.Request(context.Background(), kreq) })
		}
		resp := kreq.ResponseKind().(*kmsg.EndTxnResponse)
		resp.ErrorCode = kerr.UnknownServerError.Code
		return resp, nil, true
	})
}

func TestProduceFailureReplaysNothing(t *testing.T) {
	c, cfg := cluster(t)
	bury(t, cfg, 5)
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.MessageTooLarge})
	r := Replay{Kafka: cfg, App: "shop", Topic: "dead"}
	if res, err := r.Run(context.Background()); err == nil || res.Replayed != 0 {
		t.Fatalf("%+v, %v; want an error and nothing replayed", res, err)
	}
	if got := orders(t, cfg); len(got) != 0 {
		t.Fatalf("%v came back from an aborted transaction", got)
	}
	if res := run(t, Replay{Kafka: cfg}); res.Replayed != 4 {
		t.Fatalf("next try: %+v, want 4 replayed", res)
	}
}

// Whoever interrupts a replay while a broker takes its time has the prompt back when the
// broker answers.
func TestInterruptedReplayEnds(t *testing.T) {
	c, k := cluster(t)
	bury(t, k, 5)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cancel()
		answers := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(answers) })
		c.SleepControl(func() { <-answers })
		return nil, nil, false
	})
	r := Replay{Kafka: k, App: "shop", Topic: "dead"}
	if _, err := r.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAnotherReplayIsNamed(t *testing.T) {
	_, c := cluster(t)
	bury(t, c, 2)
	first := Replay{Kafka: c, App: "shop", Topic: "dead"}
	cl, err := first.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	second, err := first.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := first.goOn(t, cl); !errors.Is(err, ErrTaken) {
		t.Errorf("the first ends with %v, want %v", err, ErrTaken)
	}
}
