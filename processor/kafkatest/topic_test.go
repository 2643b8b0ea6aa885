//go:build kafka

package kafkatest

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// CreateTopic makes a topic that keeps its records whatever their timestamps,
// as a test with events of the past needs it.
func CreateTopic(t testing.TB, ctx context.Context, broker, topic string, partitions int32) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	keep := "-1"
	made, err := kadm.NewClient(client).CreateTopic(ctx, partitions, -1, map[string]*string{"retention.ms": &keep}, topic)
	if err == nil {
		err = made.Err
	}
	if err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
}
