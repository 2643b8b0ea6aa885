package processor

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// world is a cluster and the processes of one app on it, in virtual time.
type world struct {
	t       *testing.T
	net     kfake.VirtualNetwork
	cluster *kfake.Cluster
	kafka   kafka.Config
	set     *rule.Set
	tasks   int
	sources []Source
	client  *kgo.Client
	ids     int
	told    []string // every event that was produced, as structured JSON
	lastKey []byte   // of the last event
	log     *slog.Logger
}

// abandoned reminds of a cart after a minute and again after ten. An hour in
// which a process has nothing to do costs more than a second, and ten under the
// race detector: processes ask for the ends of logs, clients fetch.
const abandoned = `
name: cart
start: {on: cart.updated, when: size(event.items) > 0}
repeat: restart
until:
  - on: order.placed
stale: "off"
steps:
  - wait: 1m
  - send: {template: first, channels: [email]}
  - wait: 9m
  - send: {template: second, channels: [email]}
`

// reminded is later than both reminders of a cart that is left now, by more than
// anything takes that goes wrong meanwhile.
const reminded = 15 * time.Minute

// shape is how many partitions the topics of a world have.
type shape struct {
	tasks  int32
	topics map[string]int32
}

var fitting = shape{2, map[string]int32{"carts": 2, "orders": 2}}

func newWorld(t *testing.T, s shape, opts ...kfake.Opt) *world {
	t.Helper()
	w := &world{t: t, tasks: int(s.tasks), log: slog.New(slog.DiscardHandler)}
	if testing.Verbose() {
		w.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.Ports(9092), kfake.ListenFn(w.net.Listen)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	w.cluster = cluster
	w.kafka = kafka.Config{Brokers: cluster.ListenAddrs(), Dial: w.net.DialContext}
	keep := "-1"
	for name, n := range s.topics {
		w.create(name, n, map[string]string{"retention.ms": keep})
		w.sources = append(w.sources, Source{Topic: name})
	}
	slices.SortFunc(w.sources, func(a, b Source) int { return strings.Compare(a.Topic, b.Topic) })
	w.create("shop.mailbox", s.tasks, map[string]string{"retention.ms": keep})
	w.create("shop.changelog", s.tasks, map[string]string{"cleanup.policy": "compact"})
	w.create("commands", 3, map[string]string{"retention.ms": keep})
	w.create("dead", 1, map[string]string{"retention.ms": keep})
	w.load(abandoned)
	w.client, err = kafka.Connect(w.kafka, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) create(topic string, n int32, configs map[string]string) {
	if err := w.cluster.CreateTopic(topic, n, configs); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) load(triggers string) {
	w.t.Helper()
	set, mistakes := rule.Load([]rule.File{{Path: "cart.yaml", Data: []byte(triggers)}}, rule.Options{})
	if mistakes.Failed() {
		w.t.Fatal(mistakes)
	}
	w.set = set
}

func (w *world) close() {
	w.client.Close()
	w.cluster.Close()
}

// process is one running process of the app.
type process struct {
	p    *Processor
	disk *disk
	end  context.CancelFunc
	done chan error // one answer, then closed
}

// disk is what survives a process.
type disk struct {
	name string
	fs   *vfs.MemFS
}

func newDisk(name string) *disk { return &disk{name, vfs.NewMem()} }

func (w *world) start(d *disk, lanes int, change ...func(*Config)) *process {
	w.t.Helper()
	st, err := store.Open(store.Options{Dir: "state", FS: d.fs})
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := Config{App: "shop", Instance: d.name, Kafka: w.kafka, Sources: w.sources, Tasks: w.tasks, Lanes: lanes,
		Topics: Topics{Commands: "commands", DeadLetters: "dead"},
		Store:  st, Engine: w.engine(), Grace: w.set.Policy.Grace,
		Now: func() schemas.Time { return schemas.FromTime(time.Now()) }, Log: w.log.With("process", d.name)}
	for _, c := range change {
		c(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &process{p: p, disk: d, end: cancel, done: make(chan error, 1)}
	go func() {
		err := p.Run(ctx)
		if cerr := st.Close(); err == nil {
			err = cerr
		}
		run.done <- err
		close(run.done)
	}()
	return run
}

func (w *world) engine() *engine.Engine {
	looksUp := func(s Source) bool { return s.Lookup }
	return engine.New(engine.Config{App: "shop", Set: w.set, Lookup: slices.ContainsFunc(w.sources, looksUp)})
}

// inTask is a name of a customer, or of another record, whose home is a task.
func (w *world) inTask(task int32, prefix string) string {
	for i := 0; ; i++ {
		if name := fmt.Sprint(prefix, i); schemas.Partition([]byte(name), int32(w.tasks)) == task {
			return name
		}
	}
}

// stop ends a process in good order.
func (w *world) stop(p *process) {
	w.t.Helper()
	p.end()
	if err := <-p.done; err != nil {
		w.t.Fatalf("process %s: %v", p.disk.name, err)
	}
}

// event produces one event of a customer that happens now.
func (w *world) event(topic, typ, customer, data string) {
	w.eventAt(topic, typ, customer, data, time.Now())
}

func (w *world) eventAt(topic, typ, customer, data string, at time.Time) {
	w.t.Helper()
	w.produceEvent(topic, typ, customer, customer, data, at)
}

// keyed produces one event under a key that is not its customer.
func (w *world) keyed(topic, typ, key, customer, data string) {
	w.t.Helper()
	w.produceEvent(topic, typ, key, customer, data, time.Now())
}

func (w *world) produceEvent(topic, typ, key, customer, data string, at time.Time) {
	w.t.Helper()
	w.ids++
	value := fmt.Sprintf(`{"specversion":"1.0","id":"e%d","source":"shop","type":%q,"subject":%q,"time":%q,"data":%s}`,
		w.ids, typ, customer, at.UTC().Format(time.RFC3339Nano), data)
	w.told = append(w.told, value)
	w.lastKey = []byte(key)
	w.produce(&kgo.Record{Topic: topic, Key: w.lastKey, Value: []byte(value)})
}

func (w *world) produce(r *kgo.Record) {
	w.t.Helper()
	if err := w.client.ProduceSync(context.Background(), r).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

const (
	full  = `{"cart_id":"k1","currency":"EUR","total":"59.90","items":[{"sku":"s1","quantity":1,"price":"59.90"}]}`
	order = `{"order_id":"o1","cart_id":"k1","currency":"EUR","total":"59.90","items":[{"sku":"s1","quantity":1,"price":"59.90"}]}`
)

// records reads a topic to its end, read_committed.
func (w *world) records(topic string) []*kgo.Record {
	w.t.Helper()
	cl, err := kafka.Connect(w.kafka, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer cl.Close()
	var all []*kgo.Record
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		fetches := cl.PollFetches(ctx)
		cancel()
		if fetches.NumRecords() == 0 {
			return all
		}
		all = append(all, fetches.Records()...)
	}
}

// sent lists the commands as "customer template", sorted.
func (w *world) sent() []string {
	w.t.Helper()
	var all []string
	for _, r := range w.records("commands") {
		c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, c.Customer+" "+c.Template)
	}
	slices.Sort(all)
	return all
}

func (w *world) wantSent(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.sent(); !slices.Equal(got, want) {
		w.t.Fatalf("commands are %q, want %q", got, want)
	}
}

// bubble runs a story in virtual time, beside those of other tests: in each, at
// most one goroutine at a time has much to do.
func bubble(t *testing.T, story func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, story)
}
