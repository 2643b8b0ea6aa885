package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Tally reads a topic of commands, read_committed, and adds up what Expect
// adds up: customer and due instant.
type Tally struct {
	Commands int
	Sum      uint64
	Twice    int // command ids seen before

	client *kgo.Client
	seen   map[string]bool
}

// NewTally reads the topic from its start. Close it.
func NewTally(broker, topic string) (*Tally, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return nil, err
	}
	return &Tally{client: client, seen: map[string]bool{}}, nil
}

// Close ends the reader.
func (t *Tally) Close() { t.client.Close() }

// Read takes what is there, or waits for more until the wait is over.
func (t *Tally) Read(ctx context.Context, wait time.Duration) error {
	limit, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	fetches := t.client.PollFetches(limit)
	if err := fetches.Err0(); err != nil && limit.Err() == nil {
		return fmt.Errorf("read commands: %w", err)
	}
	var failed error
	fetches.EachRecord(func(r *kgo.Record) {
		var c struct {
			ID  string    `json:"command_id"`
			Due time.Time `json:"due_at"`
		}
		if err := json.Unmarshal(r.Value, &c); err != nil {
			failed = fmt.Errorf("read command at offset %d of %s: %w", r.Offset, r.Topic, err)
			return
		}
		if t.seen[c.ID] {
			t.Twice++
		}
		t.seen[c.ID] = true
		t.Commands++
		t.Sum += Digest(string(r.Key), c.Due.UnixMilli())
	})
	return failed
}
