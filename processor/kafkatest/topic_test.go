//go:build kafka

package kafkatest

import (
	"context"
	"errors"
	"slices"
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

// configure changes settings of a topic, given as name and value.
func configure(t testing.TB, ctx context.Context, topic string, settings ...string) {
	t.Helper()
	var changes []kadm.AlterConfig
	for pair := range slices.Chunk(settings, 2) {
		changes = append(changes, kadm.AlterConfig{Name: pair[0], Value: &pair[1]})
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	done, err := kadm.NewClient(client).AlterTopicConfigs(ctx, changes, topic)
	if err == nil {
		_, err = done.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		t.Fatalf("configure %s with %q: %v", topic, settings, err)
	}
}

// compacted waits until compaction has taken a good part of a topic's records, and tells how
// many offsets still have one, of how many.
func compacted(t testing.TB, ctx context.Context, topic string) (left, written int64) {
	t.Helper()
	for {
		if left, written = recordsOf(t, ctx, topic); left < written*9/10 {
			return left, written
		}
	}
}

// recordsOf reads a topic whole.
func recordsOf(t testing.TB, ctx context.Context, topic string) (records, offsets int64) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr), kgo.ConsumeTopics(topic), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	open := make(map[int32]int64)
	ends.Each(func(o kadm.ListedOffset) {
		if offsets += o.Offset; o.Offset > 0 {
			open[o.Partition] = o.Offset
		}
	})
	for len(open) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%s was not compacted in time: %d of %d offsets have a record", topic, records, offsets)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			records++
			if r.Offset+1 >= open[r.Partition] { // the cleaner leaves the last one
				delete(open, r.Partition)
			}
		})
	}
	return records, offsets
}
