package processor

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
)

// batchTooLarge is why the records of a batch are set aside unread.
type batchTooLarge struct{ from, next int64 }

func (e *batchTooLarge) Error() string {
	return fmt.Sprintf("the batch of offsets %d to %d takes more than %d MiB when decompressed; its records were skipped unread",
		e.from, e.next-1, maxBatchBytes>>20)
}

// skipBatch moves past a batch that is too large to read: one dead letter
// without key and value stands for all of its records. The client has stopped
// reading the partition.
func (l *lane) skipBatch(in *input, e *kgo.ErrDecompressTooLarge) error {
	if in.source == nil {
		return fmt.Errorf("%s: %w; beckon writes no such batches", in, e)
	}
	from := in.next()
	if from < e.Offset && in.bomb != e.Offset {
		// What lies before the batch may still be in the client, which drops it
		// when its offset is set: read it again.
		in.bomb = e.Offset
		l.resume(in, from)
		return nil
	}
	l.feedAll(in)
	in.bomb, in.unread.end = -1, e.NextOffset
	record := &kgo.Record{Topic: in.topic, Partition: in.id, Offset: e.Offset}
	// Its time is not known. An early one lets it pass at once, so that it holds
	// up nothing behind it.
	in.task.merge.Push(in.log, merge.Item[item]{
		Time: 1, Offset: e.NextOffset - 1, Bytes: itemBytes,
		Payload: item{in: in, source: in.source, bad: &badRecord{record: record, err: &batchTooLarge{e.Offset, e.NextOffset}}},
	})
	l.log.Warn("a batch was skipped: it is too large when decompressed", "input", in.partition, "from", e.Offset, "next", e.NextOffset)
	l.resume(in, e.NextOffset)
	return nil
}

// resume lets the client go on reading a partition at an offset.
func (l *lane) resume(in *input, offset int64) {
	l.cl.SetOffsets(map[string]map[int32]kgo.EpochOffset{in.topic: {in.id: {Epoch: -1, Offset: offset}}})
}
