package sets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

const topic = "shop.triggers"

// cluster is an embedded broker with the app's topic.
func cluster(t *testing.T, topics ...string) kafka.Config {
	t.Helper()
	_, k := broker(t, topics...)
	return k
}

func broker(t *testing.T, topics ...string) (*kfake.Cluster, kafka.Config) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for _, name := range topics {
		if err := c.CreateTopic(name, 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
			t.Fatal(err)
		}
	}
	return c, kafka.Config{Brokers: c.ListenAddrs()}
}

// door refuses whoever reads while it is shut, and counts.
type door struct {
	shut    atomic.Bool
	refused chan time.Time // of the first few
}

func newDoor(c *kfake.Cluster) *door {
	d := &door{refused: make(chan time.Time, 10)}
	c.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		if !d.shut.Load() {
			return nil, nil, false
		}
		c.KeepControl()
		select {
		case d.refused <- time.Now():
		default:
		}
		return refusal(kreq.(*kmsg.FetchRequest)), nil, true
	})
	return d
}

func refusal(req *kmsg.FetchRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.FetchResponse)
	for _, rt := range req.Topics {
		st := kmsg.NewFetchResponseTopic()
		st.Topic, st.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			sp := kmsg.NewFetchResponseTopicPartition()
			sp.Partition, sp.ErrorCode = rp.Partition, kerr.TopicAuthorizationFailed.Code
			st.Partitions = append(st.Partitions, sp)
		}
		resp.Topics = append(resp.Topics, st)
	}
	return resp
}

// close returns once the keeper is told that it may not read. A fetch that was
// under way still brings what it waited for.
func (d *door) close(t *testing.T, k *Keeper) {
	t.Helper()
	d.shut.Store(true)
	var err error
	for err == nil {
		err = k.CatchUp(t.Context())
	}
	if !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Fatalf("nobody may read, got %v", err)
	}
}

func open(t *testing.T, k kafka.Config, instance string) *Keeper {
	t.Helper()
	keeper, err := Open(t.Context(), Config{App: "shop", Instance: instance, Kafka: k, Now: func() schemas.Time { return 7 }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keeper.stop() })
	return keeper
}

func set(t *testing.T, texts ...string) *rule.Set {
	t.Helper()
	s, found := rule.Load([]rule.File{{Path: "t.yaml", Data: []byte(strings.Join(texts, "---\n"))}}, rule.Options{})
	if found.Failed() {
		t.Fatal(found)
	}
	return s
}

func trigger(name, wait string) string {
	return fmt.Sprintf("name: %s\nstart: {on: ping}\nuntil: [{on: pong}]\nsteps: [{wait: %s}, {stop: true}]\n", name, wait)
}

// newest is what a keeper that opens now learns.
func newest(t *testing.T, k kafka.Config) Status {
	t.Helper()
	return open(t, k, "").Status()
}

func TestVersionsOutliveTheirProcess(t *testing.T) {
	k := cluster(t, topic)
	a := open(t, k, "a")
	one, two := set(t, trigger("t", "1h")), set(t, trigger("t", "2h"), trigger("u", "1h"))
	for _, s := range []*rule.Set{one, two} {
		if err := a.Load(t.Context(), s, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := open(t, k, "b")
	if err := b.Load(t.Context(), one, false); err != nil {
		t.Fatal(err)
	}
	here := b.Set()
	for _, tr := range two.Triggers {
		if v := here.Version(tr.Name, tr.Version); v == nil || len(v.Steps) != 2 || !here.Newer(tr.Name, tr.Version) {
			t.Errorf("%s %s is known as %v, newer %v", tr.Name, tr.Version, v, here.Newer(tr.Name, tr.Version))
		}
	}
	if here.Generation != 1 || !here.StoredEnds("pong") {
		t.Errorf("generation %d", here.Generation)
	}
	s := newest(t, k)
	if s.Newest.Hash != two.Hash || len(s.Others) != 1 || s.Others[0] != (Instance{"b", one.Hash, 1, 7}) {
		t.Errorf("status %+v", s)
	}
	if err := b.Load(t.Context(), one, true); err != nil {
		t.Fatal(err)
	}
	if s := newest(t, k); s.Newest.Hash != one.Hash || s.Newest.Generation != 3 {
		t.Errorf("loaded as the newest: %+v", s.Newest)
	}
}

// Processes with different files start at one moment: each set gets a number of
// its own, and all agree on them.
func TestNumbersAreNotShared(t *testing.T) {
	k := cluster(t, topic)
	const n = 6
	var loading sync.WaitGroup
	keepers := make([]*Keeper, n)
	sets := make([]*rule.Set, n)
	for i := range n {
		keepers[i], sets[i] = open(t, k, fmt.Sprint(i)), set(t, trigger("t", fmt.Sprint(i/2+1, "h")))
	}
	for i := range n {
		loading.Go(func() {
			if err := keepers[i].Load(t.Context(), sets[i], false); err != nil {
				t.Error(err)
			}
		})
	}
	loading.Wait()
	numbers := map[int64]string{}
	for i := range n {
		if err := keepers[i].CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := keepers[i].Set()
		if other, taken := numbers[s.Generation]; s.Generation == 0 || taken && other != s.Hash {
			t.Errorf("set %s and %s have number %d", s.Hash, other, s.Generation)
		}
		numbers[s.Generation] = s.Hash
	}
	if len(numbers) != n/2 {
		t.Errorf("numbers %v, want %d of them", numbers, n/2)
	}
	fresh := open(t, k, "")
	for number, hash := range numbers {
		if m, ok := fresh.world.history.Manifest(hash); !ok || m.Generation != number {
			t.Errorf("who comes later takes %s for number %d, not %d", hash, m.Generation, number)
		}
	}
}

func TestPausesReachEverybody(t *testing.T) {
	k := cluster(t, topic)
	a, b := open(t, k, "a"), open(t, k, "b")
	s := set(t, trigger("cart", "1h"))
	used := make(chan *rule.Set, 100)
	for _, keeper := range []*Keeper{a, b} {
		if err := keeper.Load(t.Context(), s, false); err != nil {
			t.Fatal(err)
		}
	}
	b.Follow(func(s *rule.Set) { used <- s })
	pause := func(keeper *Keeper, name string, paused, want bool) {
		t.Helper()
		if changed, err := keeper.Pause(t.Context(), name, paused, "ana"); err != nil || changed != want {
			t.Fatalf("pause %q %v: changed %v, %v", name, paused, changed, err)
		}
	}
	await := func(want bool) {
		t.Helper()
		patience := time.After(10 * time.Second)
		for {
			select {
			case s := <-used:
				if s.Paused("cart") == want {
					return
				}
			case <-patience:
				t.Fatalf("paused is never %v", want)
			}
		}
	}
	pause(a, "cart", true, true)
	await(true)
	pause(a, "cart", true, false)
	if s := newest(t, k); len(s.Paused) != 1 || s.Paused[0] != (Pause{"cart", 7, "ana"}) {
		t.Errorf("paused %+v", s.Paused)
	}
	pause(b, "", true, true)
	pause(b, "cart", false, true)
	pause(a, "", false, true)
	await(false)
	if s := newest(t, k); len(s.Paused) != 0 {
		t.Errorf("paused %+v", s.Paused)
	}
	if _, err := a.Pause(t.Context(), "crat", true, ""); !errors.Is(err, ErrUnknownTrigger) || !strings.Contains(err.Error(), `"cart"`) {
		t.Errorf("pause of a slip: %v", err)
	}
}

func TestRefusedReadsAreToldOnceAndRepeatedWithPauses(t *testing.T) {
	c, cfg := broker(t, topic)
	var log bytes.Buffer
	k, err := Open(t.Context(), Config{App: "shop", Kafka: cfg, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer k.stop()
	d := newDoor(c)
	d.close(t, k)
	first := <-d.refused
	<-d.refused // the client asks again as soon as an answer is taken
	if took := (<-d.refused).Sub(first); took < rest {
		t.Errorf("three refusals within %s, want a pause of %s", took, rest)
	}
	k.stop()
	if n := bytes.Count(log.Bytes(), []byte("\n")); n != 1 {
		t.Errorf("%d lines about one error:\n%s", n, log.Bytes())
	}
}

// Nobody writes while reading is refused, so nothing tells that it works again.
func TestReadingMayWorkAgain(t *testing.T) {
	c, cfg := broker(t, topic)
	k, other := open(t, cfg, "a"), open(t, cfg, "")
	if err := k.Load(t.Context(), set(t, trigger("t", "1h")), false); err != nil {
		t.Fatal(err)
	}
	d := newDoor(c)
	d.close(t, other)
	d.shut.Store(false)
	for _, k := range []*Keeper{k, other} {
		if err := k.CatchUp(t.Context()); err != nil {
			t.Errorf("reading works again, got %v", err)
		}
	}
	if changed, err := k.Pause(t.Context(), "t", true, "ana"); !changed || err != nil {
		t.Errorf("pause: changed %v, %v", changed, err)
	}
}

// Each write of a Load is refused in turn.
func TestLoadThatFailsChangesNothing(t *testing.T) {
	c, cfg := broker(t, topic)
	k := open(t, cfg, "a")
	one, known, fresh := set(t, trigger("t", "1h")), set(t, trigger("t", "2h")), set(t, trigger("t", "3h"))
	for _, s := range []*rule.Set{known, one} {
		if err := k.Load(t.Context(), s, false); err != nil {
			t.Fatal(err)
		}
	}
	k.Follow(func(s *rule.Set) {
		if s.Hash != one.Hash {
			t.Error("a set is used whose Load failed")
		}
	})
	refuseWrites(c, 1, 3, 5)
	for _, s := range []*rule.Set{
		known, // the barrier
		known, // the instance
		fresh, // the set
	} {
		if err := k.Load(t.Context(), s, false); !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Fatalf("a write was refused, got %v", err)
		}
	}
	if s := newest(t, cfg); k.Set().Hash != one.Hash || len(s.Others) != 1 || s.Others[0].Hash != one.Hash {
		t.Errorf("Load failed; set %s is in use, others are told %+v, want %s", k.Set().Hash, s.Others, one.Hash)
	}
	k.Follow(func(*rule.Set) {})
	if err := k.Load(t.Context(), fresh, false); err != nil || k.Set().Hash != fresh.Hash {
		t.Errorf("nothing is refused any more, got %v and set %s", err, k.Set().Hash)
	}
}

// refuseWrites refuses the writes with these numbers, counted from 1.
func refuseWrites(c *kfake.Cluster, numbers ...int) {
	n := 0
	c.ControlKey(int16(kmsg.Produce), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		n++
		if !slices.Contains(numbers, n) {
			return nil, nil, false
		}
		c.KeepControl()
		req := kreq.(*kmsg.ProduceRequest)
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, rt := range req.Topics {
			st := kmsg.NewProduceResponseTopic()
			st.Topic, st.TopicID = rt.Topic, rt.TopicID
			for _, rp := range rt.Partitions {
				sp := kmsg.NewProduceResponseTopicPartition()
				sp.Partition, sp.ErrorCode = rp.Partition, kerr.TopicAuthorizationFailed.Code
				st.Partitions = append(st.Partitions, sp)
			}
			resp.Topics = append(resp.Topics, st)
		}
		return resp, nil, true
	})
}

// What a process does may be written and yet fail. If that was to say which set
// it uses, and it ends, others must not take it for running.
func TestWhoMayBeKnownIsGoneOnClose(t *testing.T) {
	c, cfg := broker(t, topic)
	k, d := open(t, cfg, "a"), newDoor(c)
	d.close(t, k)
	if _, err := k.announce(t.Context(), set(t, trigger("t", "1h")), 7); !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Fatalf("nobody may read, got %v", err)
	}
	d.shut.Store(false)
	if s := newest(t, cfg); len(s.Others) != 1 {
		t.Fatalf("others know %+v, want one", s.Others)
	}
	if err := k.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if s := newest(t, cfg); len(s.Others) != 0 {
		t.Errorf("others know %+v still", s.Others)
	}
}

func TestCloseAgainDoesNothing(t *testing.T) {
	k := open(t, cluster(t, topic), "a")
	if err := k.Load(t.Context(), set(t, trigger("t", "1h")), false); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// What cannot be read is passed over: a newer program wrote it, or a person.
func TestStrangeRecordsStopNothing(t *testing.T) {
	k := cluster(t, topic)
	cl, err := kafka.Connect(k)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for _, r := range [][2]string{{"set/x", "{"}, {"version/t", "[]"}, {"pause/t", "1"}, {"instance/a", "x"}, {"future/x", "y"}, {"", ""}} {
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: []byte(r[0]), Value: []byte(r[1])}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	a := open(t, k, "a")
	if err := a.Load(t.Context(), set(t, trigger("t", "1h")), false); err != nil {
		t.Fatal(err)
	}
	if s := a.Set(); s.Generation != 1 || s.Paused("t") {
		t.Errorf("generation %d, paused %v", s.Generation, s.Paused("t"))
	}
}

func TestMissingTopicSaysWhatToDo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := Open(ctx, Config{App: "shop", Kafka: cluster(t)})
	if err == nil || !strings.Contains(err.Error(), "beckon topics create") {
		t.Errorf("%v", err)
	}
}

func TestNoBrokerIsKnownAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	k := kafka.Config{Brokers: c.ListenAddrs()}
	c.Close()
	if _, err := Open(ctx, Config{App: "shop", Kafka: k}); err == nil || ctx.Err() != nil {
		t.Errorf("got %v, want an error before the patience of 5s ends", err)
	}
}
