package processor

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/schemas"
)

// partition is one partition of one topic.
type partition struct {
	topic string
	id    int32
}

func (p partition) String() string { return fmt.Sprintf("%s/%d", p.topic, p.id) }

// side is a client beside the group: for questions about logs and for offset
// commits. Shared by the lanes; safe for concurrent use.
type side struct {
	cl *kgo.Client
	v2 bool // the cluster has transaction.version 2
}

// newSide asks the cluster which transactions it can do. The client's versions
// of TxnOffsetCommit and Fetch are pinned below those that name topics by an id,
// which only a group's client keeps track of.
func newSide(ctx context.Context, c kafka.Config) (*side, error) {
	probe, err := kafka.Connect(c)
	if err != nil {
		return nil, err
	}
	v2, err := hasTransactionV2(ctx, probe)
	probe.Close()
	if err != nil {
		return nil, err
	}
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.Fetch), 12)
	versions.SetMaxKeyVersion(int16(kmsg.TxnOffsetCommit), 4)
	if v2 {
		versions.SetMaxKeyVersion(int16(kmsg.TxnOffsetCommit), 5)
	}
	cl, err := kafka.Connect(c, kgo.MaxVersions(versions), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		return nil, err
	}
	return &side{cl: cl, v2: v2}, nil
}

func hasTransactionV2(ctx context.Context, cl *kgo.Client) (bool, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "beckon", "v1"
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return false, fmt.Errorf("reach the Kafka cluster: %w", err)
	}
	for _, f := range resp.FinalizedFeatures {
		if f.Name == "transaction.version" {
			return f.MaxVersionLevel >= 2, nil
		}
	}
	return false, nil
}

func (s *side) close() { s.cl.Close() }

// The timestamps that ListOffsets understands as places.
const (
	logEnd   = -1
	logStart = -2
)

// offsets asks for the end or start of logs, read_uncommitted: an end that
// hides transactions still in flight would prove nothing (KAFKA-10167). One
// request goes to each broker. A partition that could not be asked is missing
// from the answer, and the first reason is returned beside what was learned.
func (s *side) offsets(ctx context.Context, place int64, parts []partition) (map[partition]int64, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	byTopic := make(map[string]int)
	for _, p := range parts {
		i, ok := byTopic[p.topic]
		if !ok {
			i = len(req.Topics)
			byTopic[p.topic] = i
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = p.topic
			req.Topics = append(req.Topics, t)
		}
		rp := kmsg.NewListOffsetsRequestTopicPartition()
		rp.Partition, rp.Timestamp = p.id, place
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, rp)
	}
	found := make(map[partition]int64, len(parts))
	var failed error
	for _, shard := range s.cl.RequestSharded(ctx, req) {
		if shard.Err != nil {
			failed = fmt.Errorf("list offsets: %w", shard.Err)
			continue
		}
		for _, t := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					failed = fmt.Errorf("list offsets of %s/%d: %w", t.Topic, p.Partition, err)
					continue
				}
				found[partition{t.Topic, p.Partition}] = p.Offset
			}
		}
	}
	return found, failed
}

// topicID is the id that a topic got when it was created.
func (s *side) topicID(ctx context.Context, name string) ([16]byte, error) {
	t, err := s.topic(ctx, name)
	return t.TopicID, err
}

func (s *side) topic(ctx context.Context, name string) (kmsg.MetadataResponseTopic, error) {
	topics, err := s.describe(ctx, name)
	if err != nil {
		return kmsg.MetadataResponseTopic{}, err
	}
	if len(topics) == 0 {
		return kmsg.MetadataResponseTopic{}, fmt.Errorf("describe topic %s: no answer", name)
	}
	if err := kerr.ErrorForCode(topics[0].ErrorCode); err != nil {
		return kmsg.MetadataResponseTopic{}, fmt.Errorf("describe topic %s: %w", name, err)
	}
	return topics[0], nil
}

// describe asks what there is of topics, each with an error code of its own.
func (s *side) describe(ctx context.Context, names ...string) ([]kmsg.MetadataResponseTopic, error) {
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	resp, err := req.RequestWith(ctx, s.cl)
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", strings.Join(names, ", "), err)
	}
	return slices.DeleteFunc(resp.Topics, func(t kmsg.MetadataResponseTopic) bool { return t.Topic == nil }), nil
}

// newest is the highest timestamp of any record of a topic, 0 if it is empty.
func (s *side) newest(ctx context.Context, topic string, partitions int) (schemas.Time, error) {
	const maxTimestamp = -3
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	t := kmsg.NewListOffsetsRequestTopic()
	t.Topic = topic
	for p := range partitions {
		rp := kmsg.NewListOffsetsRequestTopicPartition()
		rp.Partition, rp.Timestamp = int32(p), maxTimestamp
		t.Partitions = append(t.Partitions, rp)
	}
	req.Topics = append(req.Topics, t)
	var newest schemas.Time
	for _, shard := range s.cl.RequestSharded(ctx, req) {
		if shard.Err != nil {
			return 0, shard.Err
		}
		for _, t := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return 0, fmt.Errorf("partition %d: %w", p.Partition, err)
				}
				newest = max(newest, schemas.Time(p.Timestamp)*1000)
			}
		}
	}
	return newest, nil
}

// tombstones is how long a compacted topic keeps its tombstones.
func (s *side) tombstones(ctx context.Context, topic string) (time.Duration, error) {
	const byDefault, most = 24 * time.Hour, math.MaxInt64 / int64(time.Millisecond)
	ms, known, err := s.setting(ctx, topic, "delete.retention.ms")
	if err != nil || !known {
		return byDefault, err
	}
	return time.Duration(min(ms, most)) * time.Millisecond, nil
}

// setting is a topic's number; it is not known where the cluster does not say.
func (s *side) setting(ctx context.Context, topic, key string) (n int64, known bool, err error) {
	configs, err := kadm.NewClient(s.cl).DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return 0, false, fmt.Errorf("describe topic %s: %w", topic, err)
	}
	for _, rc := range configs {
		for _, c := range rc.Configs {
			if c.Key != key || c.Value == nil {
				continue
			}
			if n, err := strconv.ParseInt(*c.Value, 10, 64); err == nil {
				return n, true, nil
			}
		}
	}
	return 0, false, nil
}
