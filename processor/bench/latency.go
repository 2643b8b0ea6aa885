package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Sample is a sorted list of durations in milliseconds.
type Sample []int

// Len is how many there are.
func (s Sample) Len() int { return len(s) }

// At is the quantile q, 0 to 1.
func (s Sample) At(q float64) int { return s[min(len(s)-1, int(q*float64(len(s))))] }

// Latencies reads a topic of commands as they appear, from now on, and says
// how long after the event that caused it each was visible. What comes during
// the warm-up is left out.
func Latencies(ctx context.Context, broker, topic string, warmup, span time.Duration) (Sample, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMinBytes(1))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	limit, cancel := context.WithTimeout(ctx, warmup+span)
	defer cancel()
	from := time.Now().Add(warmup)
	var s Sample
	for limit.Err() == nil {
		fetches := client.PollFetches(limit)
		now := time.Now()
		if now.Before(from) {
			continue
		}
		for _, r := range fetches.Records() {
			var c struct {
				Cause struct {
					At time.Time `json:"event_time"`
				}
				Trigger string
			}
			if err := json.Unmarshal(r.Value, &c); err != nil {
				return nil, fmt.Errorf("read command: %w", err)
			}
			if c.Trigger == "order-confirmation" {
				s = append(s, int(now.Sub(c.Cause.At).Milliseconds()))
			}
		}
	}
	if len(s) == 0 {
		return nil, fmt.Errorf("no command came in %s after a warm-up of %s", span, warmup)
	}
	slices.Sort(s)
	return s, nil
}
