package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// errInDoubt means that nobody here knows how the transaction ended. The lane
// must be given up: a new one with the same transactional id settles the
// transaction, and restore reads from Kafka what became of it.
var errInDoubt = errors.New("the outcome of the transaction is not known")

// errAborted means that the transaction is known to have left no trace.
var errAborted = errors.New("transaction aborted")

// txn is the way one lane ends transactions.
//
// It does without kgo.GroupTransactSession: that one answers (false, nil) both
// for a harmless abort and for a commit whose answer was lost, aborts the
// transaction after each rebalance whatever it touched, and commits the offsets
// of what was polled. Here the client only produces and sends EndTxn; the
// offsets of what was processed are committed by a request of our own, fenced
// by the member's generation and the producer's epoch like the session's.
type txn struct {
	cl    *kgo.Client // group member and transactional producer
	side  *kgo.Client // for the offset commit; its versions are pinned, see sideOptions
	group string
	id    string
	v2    bool // transaction.version 2: offsets join the transaction by themselves

	// member is the id under which the group has given the lane its tasks. A client
	// whose member was given up joins again as a new one before it says that anything
	// was lost; meanwhile others may have had the tasks, and the new member's
	// generation would be taken for right.
	member string
}

// offsetCommit is one input partition's position to commit.
type offsetCommit struct {
	topic     string
	partition int32
	offset    int64
	metadata  string
}

// commit flushes what was produced and ends the transaction. It returns nil if
// it is committed, errAborted (with the reason wrapped) if it is known not to
// be, errInDoubt else. refused is asked after the flush for the first failed
// promise. ctx must not be one that shutdown cancels.
//
// The client itself would try for ever to produce. After transactionTimeout the
// coordinator has aborted the transaction anyway, and a process that is asked to
// stop while the cluster cannot be reached has to end.
func (t *txn) commit(ctx context.Context, refused func() error, offsets []offsetCommit) error {
	if err := within(ctx, transactionTimeout, t.cl.Flush); err != nil {
		return fmt.Errorf("flush: %w: %w", errInDoubt, err)
	}
	if err := refused(); err != nil {
		return t.abort(ctx, err)
	}
	if err := t.commitOffsets(ctx, offsets); err != nil {
		return t.abort(ctx, err)
	}
	if err := t.end(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("commit transaction: %w: %w", errInDoubt, err)
	}
	return nil
}

// producerID asks for it where the client has none. The client would ask for ever while
// the id's former transaction is not finished.
func producerID(ctx context.Context, cl *kgo.Client, most time.Duration) (id int64, epoch int16, err error) {
	err = within(ctx, most, func(ctx context.Context) error {
		id, epoch, err = cl.ProducerID(ctx)
		return err
	})
	return id, epoch, err
}

func within(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return do(ctx)
}

// end tells the coordinator. Where that was told before, and the answer was lost, it
// says CONCURRENT_TRANSACTIONS for as long as markers cannot be written, and the client
// asks again and again.
func (t *txn) end(ctx context.Context, how kgo.TransactionEndTry) error {
	return within(ctx, transactionTimeout, func(ctx context.Context) error { return t.cl.EndTransaction(ctx, how) })
}

// abort ends the transaction without a trace; why says what led to it.
func (t *txn) abort(ctx context.Context, why error) error {
	if err := within(ctx, transactionTimeout, t.cl.AbortBufferedRecords); err != nil {
		return fmt.Errorf("drop records: %w: %w", errInDoubt, err)
	}
	if err := t.end(ctx, kgo.TryAbort); err != nil {
		return fmt.Errorf("abort transaction after %w: %w: %w", why, errInDoubt, err)
	}
	// A client goes on with the id of a topic that it knew: one that was deleted and made
	// anew takes nothing from it any more.
	if isFenced(why) || errors.Is(why, kerr.UnknownTopicID) {
		return fmt.Errorf("%w: %w", errInDoubt, why)
	}
	return fmt.Errorf("%w: %w", errAborted, why)
}

// isFenced tells that another producer has taken over the transactional id, that
// the group has given up the member, or that either is beyond repair.
func isFenced(err error) bool {
	for _, fatal := range []error{kerr.UnknownMemberID, kerr.FencedInstanceID, kerr.InvalidProducerEpoch, kerr.ProducerFenced, kerr.InvalidTxnState,
		kerr.InvalidProducerIDMapping, kerr.UnknownProducerID, kerr.OutOfOrderSequenceNumber, kgo.ErrClientClosed} {
		if errors.Is(err, fatal) {
			return true
		}
	}
	return false
}

// commitOffsets adds the offsets to the transaction. While the group
// rebalances the coordinator refuses for a moment; the lane's poll keeps its
// partitions from being taken away meanwhile, so trying again with the new
// generation is right as long as the member is the same.
func (t *txn) commitOffsets(ctx context.Context, offsets []offsetCommit) error {
	pid, epoch, err := producerID(ctx, t.cl, transactionTimeout)
	if err != nil {
		return fmt.Errorf("read producer id: %w", err)
	}
	if !t.v2 {
		if err := t.addOffsets(ctx, pid, epoch); err != nil {
			return err
		}
	}
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = t.id, t.group, pid, epoch
	for _, o := range offsets {
		addOffset(req, o)
	}
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		req.MemberID, req.Generation = t.cl.GroupMetadata()
		if req.MemberID != t.member {
			return fmt.Errorf("commit offsets: the group has given up member %s: %w", t.member, kerr.UnknownMemberID)
		}
		err := t.offerOffsets(ctx, req)
		if err == nil || wait > time.Second || !isBusy(err) {
			return err
		}
		time.Sleep(wait)
	}
}

func isBusy(err error) bool {
	return errors.Is(err, kerr.RebalanceInProgress) || errors.Is(err, kerr.ConcurrentTransactions) ||
		errors.Is(err, kerr.CoordinatorLoadInProgress) || errors.Is(err, kerr.IllegalGeneration)
}

func addOffset(req *kmsg.TxnOffsetCommitRequest, o offsetCommit) {
	p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset, p.LeaderEpoch, p.Metadata = o.partition, o.offset, -1, kmsg.StringPtr(o.metadata)
	for i := range req.Topics {
		if req.Topics[i].Topic == o.topic {
			req.Topics[i].Partitions = append(req.Topics[i].Partitions, p)
			return
		}
	}
	topic := kmsg.NewTxnOffsetCommitRequestTopic()
	topic.Topic = o.topic
	topic.Partitions = append(topic.Partitions, p)
	req.Topics = append(req.Topics, topic)
}

func (t *txn) offerOffsets(ctx context.Context, req *kmsg.TxnOffsetCommitRequest) error {
	resp, err := req.RequestWith(ctx, t.side)
	if err != nil {
		return fmt.Errorf("commit offsets: %w", err)
	}
	for _, topic := range resp.Topics {
		for _, p := range topic.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("commit offset of %s/%d: %w", topic.Topic, p.Partition, err)
			}
		}
	}
	return nil
}

func (t *txn) addOffsets(ctx context.Context, pid int64, epoch int16) error {
	req := kmsg.NewPtrAddOffsetsToTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Group = t.id, pid, epoch, t.group
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		resp, err := req.RequestWith(ctx, t.side)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err == nil {
			return nil
		}
		if wait > time.Second || !isBusy(err) {
			return fmt.Errorf("add offsets to transaction: %w", err)
		}
		time.Sleep(wait)
	}
}
