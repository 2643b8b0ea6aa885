package demo

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// Outbox reads the commands as a delivery service would: read_committed, from
// what is new.
type Outbox struct {
	client *kgo.Client
	topic  string
}

// NewOutbox stands at the end of the topic as it is now. Close it.
func NewOutbox(ctx context.Context, brokers []string, topic string) (*Outbox, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return nil, fmt.Errorf("reach %v: %w", brokers, err)
	}
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("find the end of topic %s: %w", topic, err)
	}
	from := map[string]map[int32]kgo.Offset{topic: {}}
	ends.Each(func(o kadm.ListedOffset) { from[topic][o.Partition] = kgo.NewOffset().At(o.Offset) })
	client.AddConsumePartitions(from)
	return &Outbox{client, topic}, nil
}

// Close ends the connection.
func (o *Outbox) Close() { o.client.Close() }

// Run hands over each command until ctx ends. A record that is no command is
// an error: nobody else writes to the topic.
func (o *Outbox) Run(ctx context.Context, each func(*schemas.Command)) error {
	for {
		fetches := o.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		for _, e := range fetches.Errors() {
			return fmt.Errorf("read topic %s partition %d: %w", e.Topic, e.Partition, e.Err)
		}
		for _, r := range fetches.Records() {
			headers := make([]schemas.Header, len(r.Headers))
			for i, h := range r.Headers {
				headers[i] = schemas.Header{Key: h.Key, Value: h.Value}
			}
			c, _, err := schemas.ParseCommand(r.Value, headers)
			if err != nil {
				return fmt.Errorf("read command at topic %s partition %d offset %d: %w", r.Topic, r.Partition, r.Offset, err)
			}
			each(c)
		}
	}
}
