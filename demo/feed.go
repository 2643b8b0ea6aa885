package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// Feed sends what happens in a shop to its topics, each event when the clock
// shows its time.
type Feed struct {
	client *kgo.Client
	shop   *Shop
	clock  *Clock
	sent   [3]atomic.Int64 // by Topics
	failed atomic.Pointer[error]
}

// NewFeed connects. Close it.
func NewFeed(brokers []string, shop *Shop, clock *Clock) (*Feed, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ProducerLinger(0))
	if err != nil {
		return nil, fmt.Errorf("reach %v: %w", brokers, err)
	}
	return &Feed{client: client, shop: shop, clock: clock}, nil
}

// Close ends the connection.
func (f *Feed) Close() { f.client.Close() }

// Sent is how many events went to a topic so far.
func (f *Feed) Sent() (counts [3]int64) {
	for i := range f.sent {
		counts[i] = f.sent[i].Load()
	}
	return counts
}

// History sends everything up to now and returns when the broker has it.
func (f *Feed) History(ctx context.Context) error {
	f.sendUntil(ctx, f.clock.Now())
	if err := f.client.Flush(ctx); err != nil {
		return fmt.Errorf("send the shop's history: %w", err)
	}
	return f.err()
}

// Run sends event after event until ctx ends.
func (f *Feed) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return f.err()
		case <-timer.C:
		}
		f.sendUntil(ctx, f.clock.Now())
		if err := f.err(); err != nil {
			return err
		}
		timer.Reset(max(0, f.clock.Until(f.shop.Peek())))
	}
}

func (f *Feed) sendUntil(ctx context.Context, t schemas.Time) {
	for f.shop.Peek() <= t && ctx.Err() == nil {
		if m := f.shop.Next(); m != nil {
			f.send(ctx, m)
		}
	}
}

func (f *Feed) send(ctx context.Context, m *Message) {
	for i, topic := range Topics {
		if topic == m.Topic {
			f.sent[i].Add(1)
		}
	}
	r := &kgo.Record{Topic: m.Topic, Key: []byte(m.Event.Subject), Value: schemas.AppendEvent(nil, &m.Event)}
	f.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("send to topic %s: %w", m.Topic, err)
			f.failed.CompareAndSwap(nil, &err)
		}
	})
}

func (f *Feed) err() error {
	if err := f.failed.Load(); err != nil {
		return *err
	}
	return nil
}
