package processor

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// nextRecord is the offset of the next record at or after an offset as
// read_committed has it, markers included, or where the log ends for it now. So
// there is nothing in between: compaction and retention leave gaps that a client
// passes in silence, and only the broker can tell a gap from an answer that is
// late.
func (s *side) nextRecord(ctx context.Context, p partition, from int64) (int64, error) {
	topic, err := s.topic(ctx, p.topic)
	if err != nil {
		return 0, err
	}
	leader := int32(-1)
	for _, tp := range topic.Partitions {
		if tp.Partition == p.id {
			leader = tp.Leader
		}
	}
	resp, err := s.cl.Broker(int(leader)).RetriableRequest(ctx, fetchRequest(p, from))
	if err != nil {
		return 0, fmt.Errorf("fetch %s: %w", p, err)
	}
	for _, t := range resp.(*kmsg.FetchResponse).Topics {
		for i := range t.Partitions {
			return next(p, from, &t.Partitions[i])
		}
	}
	return 0, fmt.Errorf("fetch %s: no answer", p)
}

// next reads the answer to a fetch from an offset on.
func next(p partition, from int64, rp *kmsg.FetchResponseTopicPartition) (int64, error) {
	opts := kgo.ProcessFetchPartitionOpts{Topic: p.topic, Partition: p.id, Offset: from, IsolationLevel: kgo.ReadCommitted(), KeepControlRecords: true}
	got, after := kgo.ProcessFetchPartition(opts, rp, kgo.DefaultDecompressor(), nil)
	switch {
	case got.Err != nil:
		return 0, fmt.Errorf("fetch %s: %w", p, got.Err)
	case len(got.Records) > 0:
		return got.Records[0].Offset, nil
	case len(rp.RecordBatches) > 0:
		return max(from, after), nil
	}
	return max(from, got.LastStableOffset), nil
}

// fetchRequest asks one partition, read_committed, for what is there now.
func fetchRequest(p partition, from int64) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID, req.MinBytes, req.MaxBytes, req.IsolationLevel = -1, 0, maxFetchBytes, 1
	req.SessionEpoch = -1 // no session
	t := kmsg.NewFetchRequestTopic()
	t.Topic = p.topic
	rp := kmsg.NewFetchRequestTopicPartition()
	rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes, rp.CurrentLeaderEpoch = p.id, from, maxPartitionBytes, -1
	t.Partitions = append(t.Partitions, rp)
	req.Topics = append(req.Topics, t)
	return req
}
