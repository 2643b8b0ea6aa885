package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/processor/balance"
	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/state"
)

// What bounds a lane's memory and patience.
const (
	maxBatchBytes      = 64 << 20 // decompressed; kgo's default of 1 GiB is an invitation
	maxFetchBytes      = 16 << 20
	maxPartitionBytes  = 128 << 10 // decompressed as a whole: it is to stay in the processor's caches until it is decoded
	maxPolledRecords   = 5000
	maxHeldBytes       = 2 << 20  // of one input, decoded
	maxUnreadBytes     = 4 << 20  // of one input, not decoded: topics differ in how many records they have of an hour,
	laneUnreadBytes    = 96 << 20 // and other tasks wait to hear that they were read; of all inputs of a lane, see mostUnread
	transactionTimeout = 10 * time.Second
	sessionTimeout     = 10 * time.Second
	maxBufferedOutput  = 256 << 20
)

// transactionalID is the same each time this lane starts anew, so that the new
// one fences the old one and settles what it left open.
func (l *lane) transactionalID() string {
	return fmt.Sprintf("%s-%s-%d", l.p.cfg.App, l.p.cfg.Instance, l.n)
}

// takeover is how long a lane waits until its transactional id is its own: what the
// one before it left open has to be finished by then.
const takeover = 30 * time.Second

// connect makes the lane's client, takes over the transactional id, and then joins the
// group in the background: a lane that cannot produce must hold no tasks. l.cl is set as
// soon as there is something to disconnect.
func (l *lane) connect(ctx context.Context) error {
	opts, err := l.p.cfg.Kafka.Options()
	if err != nil {
		return err
	}
	opts = append(opts,
		kgo.ConsumerGroup(l.p.cfg.App),
		kgo.Balancers(l.balancer()),
		kgo.MetadataMaxAge(time.Minute), // a leader that has missed new partitions assigns none of them
		kgo.BlockRebalanceOnPoll(),
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(sessionTimeout),
		kgo.HeartbeatInterval(sessionTimeout/6),
		kgo.RebalanceTimeout(l.p.cfg.Rebalance),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxBytes(maxFetchBytes),
		kgo.FetchMaxPartitionBytes(maxPartitionBytes),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.MaxDecompressBatchBytes(maxBatchBytes),
		kgo.TransactionalID(l.transactionalID()),
		kgo.TransactionTimeout(transactionTimeout),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.WithCompressor(snappy{}),
		kgo.ProducerBatchMaxBytesFn(l.p.batchBytes),
		kgo.MaxBufferedRecords(1<<20),
		kgo.MaxBufferedBytes(maxBufferedOutput),
		kgo.ManualFlushing(),
		kgo.RecordPartitioner(partitioner(map[string]bool{l.p.names.Mailbox: true, l.p.names.Changelog: true})),
		kgo.OnPartitionsAssigned(l.onAssigned),
		kgo.OnPartitionsRevoked(l.onGone),
		kgo.OnPartitionsLost(l.onLost),
		kgo.OnOffsetsFetched(l.onOffsets),
		kgo.AdjustFetchOffsetsFn(l.adjustOffsets),
	)
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return fmt.Errorf("make the client of lane %d: %w", l.n, err)
	}
	l.cl = cl
	if _, _, err := producerID(ctx, cl, takeover); err != nil {
		return fmt.Errorf("take over transactional id %s: %w", l.transactionalID(), err)
	}
	l.out.reset(cl)
	l.txn = txn{cl: cl, side: l.p.side.cl, group: l.p.cfg.App, id: l.transactionalID(), v2: l.p.side.v2}
	cl.AddConsumeTopics(l.lay.topics()...)
	return nil
}

// farewell is how long a lane waits for its client to leave the group, which finds out
// by itself otherwise, as after a crash.
const farewell = 5 * time.Second

func (l *lane) disconnect() {
	if l.cl != nil && !kafka.CloseWithin(farewell, l.cl.CloseAllowingRebalance) {
		l.log.Warn("the group is left without a word: no answer from its broker")
	}
}

// partitioner keeps the partition that a record for an internal topic names
// and hashes the key of all others as the Java client does.
func partitioner(internal map[string]bool) kgo.Partitioner {
	byKey := kgo.StickyKeyPartitioner(nil)
	manual := kgo.ManualPartitioner()
	return topicPartitioner{func(topic string) kgo.TopicPartitioner {
		if internal[topic] {
			return manual.ForTopic(topic)
		}
		return byKey.ForTopic(topic)
	}}
}

type topicPartitioner struct {
	forTopic func(string) kgo.TopicPartitioner
}

func (t topicPartitioner) ForTopic(topic string) kgo.TopicPartitioner { return t.forTopic(topic) }

// onOffsets notes the metadata that was committed with the offsets: the seq up
// to which the changelog must be read before anything is processed.
func (l *lane) onOffsets(_ context.Context, _ *kgo.Client, resp *kmsg.OffsetFetchResponse) error {
	for _, g := range resp.Groups {
		for _, t := range g.Topics {
			if t.Topic == "" {
				return fmt.Errorf("fetch committed offsets: the answer names no topic")
			}
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					continue // the client tries again or reports it with the next poll
				}
				l.noteCommitted(partition{t.Topic, p.Partition}, committedAt(p.Offset, p.Metadata))
			}
		}
	}
	return nil
}

// committedAt reads an offset of the group. Metadata that is not ours means
// that somebody set the offset by hand.
func committedAt(offset int64, metadata *string) committed {
	c := committed{offset: offset}
	if metadata == nil {
		return c
	}
	m, err := state.ParseMetadata(*metadata)
	switch {
	case err == nil:
		c.Metadata = m
	case !errors.Is(err, state.ErrNoMetadata):
		c.err = err
	}
	return c
}

func (l *lane) balancer() kgo.GroupBalancer {
	cfg := &l.p.cfg
	return balance.New(balance.Config{
		Mailbox: l.lay.mailbox,
		Member:  balance.Member{Tasks: cfg.Tasks, Instance: cfg.Instance, Lane: l.n, Lanes: cfg.Lanes, Admin: cfg.Admin},
		Held:    l.p.held,
	})
}
