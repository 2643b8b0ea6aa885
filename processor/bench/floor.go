package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Floor is the least an exactly-once consumer in Go can do, and the reference
// that beckon is measured against: it reads the topics in a group and writes a
// record of 200 bytes for each record in, in transactions of 100 ms or 10,000
// records. It decodes nothing, keeps no state and applies no rule. It returns
// when ctx ends.
func Floor(ctx context.Context, broker, group, out string) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(broker),
		kgo.ConsumerGroup(group),
		kgo.TransactionalID(group),
		kgo.ConsumeTopics(Topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxPartitionBytes(1<<20),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.ProducerLinger(5*time.Millisecond),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	payload := bytes.Repeat([]byte("x"), 200)
	for ctx.Err() == nil {
		if err := copyOnce(ctx, session, out, payload); err != nil {
			return fmt.Errorf("copy records: %w", err)
		}
	}
	return nil
}

func copyOnce(ctx context.Context, session *kgo.GroupTransactSession, out string, payload []byte) error {
	const most = 10_000
	if err := session.Begin(); err != nil {
		return err
	}
	var failed error
	promise := func(_ *kgo.Record, err error) {
		if err != nil {
			failed = err
		}
	}
	end := time.Now().Add(100 * time.Millisecond)
	for read := 0; read < most && time.Now().Before(end) && ctx.Err() == nil; {
		wait, cancel := context.WithDeadline(ctx, end)
		fetches := session.PollRecords(wait, most-read)
		cancel()
		if err := fetches.Err0(); err != nil && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			read++
			session.Produce(ctx, &kgo.Record{Topic: out, Key: r.Key, Value: payload}, promise)
		})
	}
	how := kgo.TryCommit
	if failed != nil || ctx.Err() != nil {
		how = kgo.TryAbort
	}
	if _, err := session.End(context.WithoutCancel(ctx), how); err != nil {
		return err
	}
	return failed
}
