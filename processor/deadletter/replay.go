package deadletter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/topics"
)

// Replay is one call of Run.
type Replay struct {
	Kafka  kafka.Config
	App    string // whose transactional id is taken, unless DryRun is set
	Topic  string // of the dead letters
	Filter Filter // Replayed is ignored: nothing is replayed twice
	DryRun bool   // only tell what would be replayed
	// Each is told of every letter whose replay was committed (or would be
	// done). May be nil.
	Each func(*Listed)
}

// Result counts letters.
type Result struct {
	Replayed int
	// Homeless letters do not say where they came from, or their topic is gone.
	Homeless int
	// Truncated letters have a part of the value or key only: nobody should take it for
	// the whole.
	Truncated int
}

// ErrUnknown means that the broker's answer to the end of a transaction was
// lost. Running the replay again is safe and finds out.
var ErrUnknown = errors.New("it is not known whether the last letters were replayed; run the replay again, it leaves out those that were")

const (
	maxTxnLetters = 500
	maxTxnBytes   = 900 << 10 // of more than one letter: a topic takes a batch of 1 MiB, if nobody has said otherwise
	txnTimeout    = 30 * time.Second
)

// ErrTaken means that another replay of the app's letters began meanwhile.
var ErrTaken = errors.New("another replay of these letters has begun; run this one again when that has ended, it leaves out what was replayed")

// TransactionalID is taken by whoever replays an app's letters.
func TransactionalID(app string) string { return app + "-dead-letters-replay" }

// Run produces the chosen letters that were not replayed yet back to where they
// came from. Letters are committed in groups; after an error those counted in
// the Result were replayed.
func (r *Replay) Run(ctx context.Context) (Result, error) {
	var res Result
	cl, err := r.connect(ctx)
	if err != nil {
		return res, err
	}
	defer cl.Close()
	ends, err := bounds(ctx, r.Kafka, r.Topic)
	if err != nil {
		return res, err
	}
	replayed, err := receipts(ctx, r.Kafka, r.Topic, ends)
	if err != nil {
		return res, err
	}
	t := target{r: r, cl: cl, counts: map[string]int{}, res: &res}
	filter := r.Filter
	filter.Replayed = false
	err = letters(ctx, r.Kafka, r.Topic, ends, replayed, filter, func(l *Listed) error { return t.add(ctx, l) })
	if err == nil || errors.Is(err, ErrNoLetter) {
		err = cmp.Or(t.commit(ctx), err)
	}
	return res, err
}

// connect takes the transactional id, which ends what another replay left open:
// all it committed is then below the bounds that are asked for next. Who only
// looks ends nobody's replay, and needs no right to write.
func (r *Replay) connect(ctx context.Context) (*kgo.Client, error) {
	if r.DryRun {
		return kafka.Connect(r.Kafka)
	}
	cl, err := kafka.Connect(r.Kafka,
		kgo.TransactionalID(TransactionalID(r.App)), kgo.TransactionTimeout(txnTimeout),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(topics.MaxDeadLetterBytes))
	if err != nil {
		return nil, err
	}
	if _, _, err := cl.ProducerID(ctx); err != nil {
		cl.Close()
		return nil, fmt.Errorf("take transactional id %s: %w", TransactionalID(r.App), err)
	}
	return cl, nil
}

// target collects letters for one transaction.
type target struct {
	r      *Replay
	cl     *kgo.Client
	counts map[string]int // partitions of topics
	group  []*Listed
	bytes  int
	res    *Result
}

func (t *target) add(ctx context.Context, l *Listed) error {
	if l.Truncated > 0 {
		t.res.Truncated++
		return nil
	}
	n, err := t.partitions(ctx, l.Topic)
	if err != nil {
		return err
	}
	if l.OfPartition < 0 || int(l.OfPartition) >= n {
		t.res.Homeless++
		return nil
	}
	bytes := len(l.Key) + len(l.Value)
	for _, h := range l.Headers {
		bytes += len(h.Key) + len(h.Value)
	}
	if len(t.group) == maxTxnLetters || t.bytes+bytes > maxTxnBytes {
		if err := t.commit(ctx); err != nil {
			return err
		}
	}
	t.group, t.bytes = append(t.group, l), t.bytes+bytes
	return nil
}

// partitions is how many partitions a topic has, 0 if it does not exist.
func (t *target) partitions(ctx context.Context, topic string) (int, error) {
	if topic == "" {
		return 0, nil
	}
	if n, ok := t.counts[topic]; ok {
		return n, nil
	}
	details, err := kadm.NewClient(t.cl).ListTopicsWithInternal(ctx, topic)
	if err != nil {
		return 0, fmt.Errorf("ask for topic %s: %w", topic, err)
	}
	n := len(details[topic].Partitions)
	t.counts[topic] = n
	return n, nil
}

// commit replays the group in one transaction.
func (t *target) commit(ctx context.Context) error {
	if len(t.group) == 0 {
		return nil
	}
	if !t.r.DryRun {
		if err := t.produce(ctx); err != nil {
			return err
		}
	}
	t.res.Replayed += len(t.group)
	if t.r.Each != nil {
		for _, l := range t.group {
			t.r.Each(l)
		}
	}
	t.group, t.bytes = slices.Delete(t.group, 0, len(t.group)), 0
	return nil
}

func (t *target) produce(ctx context.Context) error {
	if err := t.cl.BeginTransaction(); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	var mu sync.Mutex
	var failed error
	note := func(r *kgo.Record, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil && failed == nil {
			failed = fmt.Errorf("produce to %s/%d: %w", r.Topic, r.Partition, err)
		}
	}
	for _, l := range t.group {
		t.cl.Produce(ctx, l.revive(l.OfPartition), note)
		t.cl.Produce(ctx, l.receipt(t.r.Topic), note)
	}
	err := t.cl.Flush(ctx)
	mu.Lock()
	err = errors.Join(failed, err)
	mu.Unlock()                       // what is aborted is noted, too
	end := context.WithoutCancel(ctx) // a cancelled commit has an unknown outcome
	if errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) {
		return fmt.Errorf("%w: %w", ErrTaken, err)
	}
	if err != nil {
		return errors.Join(err, t.cl.AbortBufferedRecords(end), t.cl.EndTransaction(end, kgo.TryAbort))
	}
	if err := t.cl.EndTransaction(end, kgo.TryCommit); err != nil {
		return fmt.Errorf("commit a transaction: %w: %w", err, ErrUnknown)
	}
	return nil
}
