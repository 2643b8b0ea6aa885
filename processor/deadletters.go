package processor

import (
	"errors"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// deadLetter sets a record aside, raw and with its reason, in the same
// transaction that moves past it.
func (l *lane) deadLetter(bad *badRecord, why cause) error {
	l.batch.dead++
	src := bad.record
	r := l.out.next()
	r.Topic, r.Key, r.Value = l.p.cfg.Topics.DeadLetters, src.Key, src.Value
	class := "processing"
	var decode *schemas.DecodeError
	if errors.As(bad.err, &decode) {
		class = string(decode.Code)
	}
	r.Headers = append(append([]kgo.RecordHeader(nil), src.Headers...),
		kgo.RecordHeader{Key: "__connect.errors.topic", Value: []byte(src.Topic)},
		kgo.RecordHeader{Key: "__connect.errors.partition", Value: strconv.AppendInt(nil, int64(src.Partition), 10)},
		kgo.RecordHeader{Key: "__connect.errors.offset", Value: strconv.AppendInt(nil, src.Offset, 10)},
		kgo.RecordHeader{Key: "__connect.errors.exception.class.name", Value: []byte(class)},
		kgo.RecordHeader{Key: "__connect.errors.exception.message", Value: []byte(bad.err.Error())},
		kgo.RecordHeader{Key: "__connect.errors.stage", Value: []byte("VALUE_CONVERTER")},
	)
	l.out.send(r, cause{})
	return nil
}

// skipBatch moves past a batch that is too large to read.
func (l *lane) skipBatch(in *input) error { return errors.New("not reached") }
