//go:build kafka

package kafkatest

import (
	"context"
	"errors"
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
	adm := kadm.NewClient(client)
	made, err := adm.CreateTopic(ctx, partitions, -1, map[string]*string{"retention.ms": &keep}, topic)
	if err == nil {
		err = made.Err
	}
	if err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
	// The controller has it before the broker's metadata do.
	for {
		ends, err := adm.ListEndOffsets(ctx, topic)
		if err == nil && ends.Error() == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("topic %s did not appear: %v", topic, errors.Join(err, ends.Error()))
		}
	}
}
