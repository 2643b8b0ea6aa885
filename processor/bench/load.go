package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Topics are the input topics, each with Partitions partitions.
var Topics = []string{"browse", "orders", "shipments"}

// Partitions of each topic that the benchmark makes.
const Partitions = 4

// CreateTopics makes topics that keep their records whatever their timestamps.
func CreateTopics(ctx context.Context, broker string, names ...string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		return err
	}
	defer client.Close()
	keep := "-1"
	made, err := kadm.NewClient(client).CreateTopics(ctx, Partitions, -1, map[string]*string{"retention.ms": &keep}, names...)
	if err != nil {
		return fmt.Errorf("create topics %v: %w", names, err)
	}
	return made.Error()
}

// Source makes events one after the other; the value is valid until the next.
type Source interface{ Next() Event }

// Produce writes n events of a source, keyed by customer. With a rate above 0
// it paces them, so many a second; else it goes as fast as the broker takes it.
// It ends at the first that cannot be written; that error goes before ctx's.
func Produce(ctx context.Context, broker string, from Source, n, rate int, also func(Event)) error {
	linger := 20 * time.Millisecond // fuller batches when preloading
	if rate > 0 {
		linger = time.Millisecond
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.ProducerLinger(linger), kgo.ProducerBatchMaxBytes(256<<10), kgo.MaxBufferedRecords(50_000))
	if err != nil {
		return err
	}
	defer client.Close()
	var failed atomic.Pointer[error]
	done := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.CompareAndSwap(nil, &err)
		}
	}
	began := time.Now()
	for i := range n {
		if rate > 0 {
			pace(ctx, began.Add(time.Duration(i)*time.Second/time.Duration(rate)))
		}
		if ctx.Err() != nil || failed.Load() != nil {
			break
		}
		e := from.Next()
		if also != nil {
			also(e)
		}
		client.Produce(ctx, &kgo.Record{Topic: e.Topic, Key: []byte(e.Customer), Value: append([]byte(nil), e.Value...), Timestamp: e.At}, done)
	}
	err = client.Flush(ctx)
	if first := failed.Load(); first != nil {
		err = *first
	}
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return ctx.Err()
}

func pace(ctx context.Context, at time.Time) {
	if d := time.Until(at); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
}
