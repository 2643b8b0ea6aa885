package bench

import (
	"context"
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
)

// tooLarge makes events that no client sends, and gives up at some number of them.
type tooLarge struct {
	left   int
	giveUp context.CancelFunc
}

func (s *tooLarge) Next() Event {
	if s.left--; s.left == 0 {
		s.giveUp()
	}
	return Event{Topic: "orders", Customer: "ana", Value: make([]byte, 1<<20)}
}

// Whoever stops a producer learns that it had failed before.
func TestProducerEndsAtTheFirstThatCannotBeWritten(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = Produce(ctx, cluster.ListenAddrs()[0], &tooLarge{1000, cancel}, 1_000_000, 1000, nil)
	if !errors.Is(err, kerr.MessageTooLarge) || ctx.Err() != nil {
		t.Errorf("got %v, want %v", err, kerr.MessageTooLarge)
	}
}
