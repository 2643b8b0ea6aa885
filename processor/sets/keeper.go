package sets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/topics"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Config says whose sets are kept.
type Config struct {
	App      string
	Instance string // of the process; empty: it uses no set, it only looks and pauses
	Kafka    kafka.Config
	Now      func() schemas.Time // for people who read the records
	Log      *slog.Logger        // default: nothing is logged
}

// Keeper follows the topic and writes to it for one process. Safe for
// concurrent use.
type Keeper struct {
	cfg    Config
	topic  string
	cl     *kgo.Client
	end    context.CancelFunc
	reader sync.WaitGroup

	loading sync.Mutex // one set is loaded at a time
	closing sync.Once

	mu       sync.Mutex
	world    *world
	position int64         // of the next record to be read
	moved    chan struct{} // closed when position or refusals move
	refusals int           // how often the topic was not to be read
	refused  error         // the last of them
	loaded   *rule.Set     // as it was loaded; nil: none yet
	loadedAt schemas.Time
	use      func(*rule.Set)

	announced bool // there may be a record that this process uses a set
}

// Open reads the topic to its end and follows it until Close. An error says
// that it cannot be read or written; where no broker can be reached, it does not
// wait for one.
func Open(ctx context.Context, cfg Config) (*Keeper, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	topic := topics.Of(cfg.App).Triggers
	cl, err := kafka.Connect(cfg.Kafka,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.ProducerBatchMaxBytes(topics.MaxMessageBytes/2),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	if err != nil {
		return nil, err
	}
	// A record waits for brokers until ctx ends; whether there are any is known at once.
	if err := cl.Ping(ctx); err != nil {
		cl.Close()
		return nil, fmt.Errorf("open topic %s: %w", topic, err)
	}
	run, end := context.WithCancel(context.WithoutCancel(ctx))
	k := &Keeper{cfg: cfg, topic: topic, cl: cl, end: end, world: newWorld(), moved: make(chan struct{})}
	k.reader.Go(func() { k.follow(run) })
	if err := k.CatchUp(ctx); err != nil {
		k.stop()
		return nil, err
	}
	return k, nil
}

// farewell is how long Close tries to write, and waits for the client then.
const farewell = 5 * time.Second

// Close stops following and says that the process uses no set any more. Calling
// it again does nothing.
func (k *Keeper) Close(ctx context.Context) (err error) {
	k.closing.Do(func() {
		err = k.takeBack(ctx)
		k.stop()
	})
	return err
}

// takeBack says that the process uses no set, if somebody may think so.
func (k *Keeper) takeBack(ctx context.Context) error {
	k.mu.Lock()
	announced := k.announced
	k.mu.Unlock()
	if !announced {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	err := k.write(ctx, entry{instanceKind + "/" + k.cfg.Instance, nil})
	if errors.Is(err, context.DeadlineExceeded) { // others find out without it
		k.cfg.Log.Warn("the brokers do not answer; ending without having said so in the topic of triggers", "topic", k.topic)
		return nil
	}
	return err
}

func (k *Keeper) stop() {
	k.end()
	k.reader.Wait()
	kafka.CloseWithin(farewell, k.cl.Close)
}

// Follow calls use with the loaded set in its place, now and whenever the place
// changes: another set was loaded somewhere, something was paused. Calls come
// one after the other; use must not call the Keeper.
func (k *Keeper) Follow(use func(*rule.Set)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.use = use
	k.place()
}

// Set is the loaded set in its place, nil before the first Load.
func (k *Keeper) Set() *rule.Set {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.loaded == nil {
		return nil
	}
	return k.world.history.Place(k.loaded)
}

// place hands out the set. Call it with the lock.
func (k *Keeper) place() {
	if k.use != nil && k.loaded != nil {
		k.use(k.world.history.Place(k.loaded))
	}
}

// rest is the pause after a fetch that failed: the next may fail as quickly.
const rest = time.Second

// follow reads until ctx ends. An error that stays is logged once.
func (k *Keeper) follow(ctx context.Context) {
	told := ""
	for {
		fetches := k.cl.PollFetches(ctx)
		if ctx.Err() != nil || fetches.IsClientClosed() {
			return
		}
		k.take(fetches.Records())
		err := fetches.Err()
		if err == nil {
			told = ""
			continue
		}
		if err.Error() != told {
			told = err.Error()
			k.cfg.Log.Warn("cannot read the sets of triggers, trying again until it works", "topic", k.topic, "err", err)
		}
		if errors.Is(err, kerr.TopicAuthorizationFailed) {
			k.refuse(err)
		}
		sleep(ctx, rest)
	}
}

// sleep waits, but no longer than ctx lasts.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (k *Keeper) refuse(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refusals, k.refused = k.refusals+1, err
	k.wake()
}

// wake lets all who wait look again. Call it with the lock.
func (k *Keeper) wake() {
	close(k.moved)
	k.moved = make(chan struct{})
}

func (k *Keeper) take(records []*kgo.Record) {
	if len(records) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	again := false
	for _, r := range records {
		matters, err := k.world.take(r)
		if err != nil {
			k.cfg.Log.Error("a record about triggers cannot be read", "topic", r.Topic, "offset", r.Offset, "err", err)
			continue
		}
		again = again || matters
	}
	k.position = records[len(records)-1].Offset + 1
	if again {
		k.place()
	}
	k.wake()
}

// CatchUp returns once everything is known, and handed to Follow's function,
// that was in the topic when it was called.
func (k *Keeper) CatchUp(ctx context.Context) error {
	return k.write(ctx, entry{barrierKey, struct{}{}})
}

// entry is a record to be.
type entry struct {
	key   string
	value any // nil: a tombstone
}

// write appends records and waits until they, and all before them, count here.
func (k *Keeper) write(ctx context.Context, entries ...entry) error {
	var records []*kgo.Record
	for _, e := range entries {
		r, err := record(k.topic, e.key, e.value)
		if err != nil {
			return err
		}
		records = append(records, r)
	}
	k.mu.Lock()
	before := k.refusals
	k.mu.Unlock()
	results, err := k.produce(ctx, records)
	if err != nil {
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			err = fmt.Errorf("%w; beckon topics create makes it", err)
		}
		return fmt.Errorf("write to topic %s: %w", k.topic, err)
	}
	var last int64
	for _, r := range results {
		last = max(last, r.Record.Offset)
	}
	return k.await(ctx, last, before)
}

// produce ends with ctx. The client does not call a record off that is on its way to a
// broker, frozen or cut off, which does not answer: that one may still be written, when
// whoever wanted it is not there any more. Each says how something is, so it does no harm.
func (k *Keeper) produce(ctx context.Context, records []*kgo.Record) (kgo.ProduceResults, error) {
	done := make(chan kgo.ProduceResults, 1)
	go func() { done <- k.cl.ProduceSync(ctx, records...) }()
	select {
	case results := <-done:
		return results, results.FirstErr()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// await waits until the record at offset counts here, or the topic may not be
// read. What was refused before the write began is past; and so may be the first
// refusal since, which lay ready in the client.
func (k *Keeper) await(ctx context.Context, offset int64, before int) error {
	for {
		k.mu.Lock()
		done, refusals, refused, moved := k.position > offset, k.refusals-before, k.refused, k.moved
		k.mu.Unlock()
		switch {
		case done:
			return nil
		case refusals > 1:
			return fmt.Errorf("read topic %s: %w", k.topic, refused)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("read topic %s to its end: %w", k.topic, context.Cause(ctx))
		case <-moved:
		}
	}
}
