package deadletter

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The headers of a dead letter.
const (
	HeaderTopic     = "__connect.errors.topic"
	HeaderPartition = "__connect.errors.partition"
	HeaderOffset    = "__connect.errors.offset"
	HeaderClass     = "__connect.errors.exception.class.name"
	HeaderMessage   = "__connect.errors.exception.message"
	HeaderStage     = "__connect.errors.stage"

	HeaderTimestamp = "beckon.timestamp" // of the original record, ms since 1970
	HeaderTruncated = "beckon.truncated" // bytes of the value before it was cut, and of the key if that was cut, too
	HeaderReplay    = "beckon.replay"    // on a replayed record: partition/offset of its letter
	headerReceipt   = "beckon.replayed"  // on a receipt: offset of the letter
)

const connectPrefix = "__connect.errors."

// Stage is where a record failed, as Kafka Connect calls it.
type Stage string

// The stages.
const (
	Fetch  Stage = "TASK_POLL"       // it could not be read at all
	Decode Stage = "VALUE_CONVERTER" // it is no event
	Apply  Stage = "TRANSFORMATION"  // it is one, but cannot be processed
)

// Reason is why a record became a dead letter.
type Reason struct {
	Class   string // from a closed list, such as schemas.ErrorCode
	Message string // for people; cut at 1,000 bytes
	Stage   Stage
}

const maxMessage = 1000

// Fill makes dst the dead letter of src; topic and partition are the caller's.
// Key and value and the values of headers are shared. Headers of a former death
// are replaced.
func Fill(dst, src *kgo.Record, why Reason) {
	dst.Key, dst.Value = src.Key, src.Value
	dst.Headers = make([]kgo.RecordHeader, 0, len(src.Headers)+7)
	for _, h := range src.Headers {
		if !ours(h.Key) {
			dst.Headers = append(dst.Headers, h)
		}
	}
	dst.Headers = append(dst.Headers,
		kgo.RecordHeader{Key: HeaderTopic, Value: []byte(src.Topic)},
		kgo.RecordHeader{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(src.Partition), 10)},
		kgo.RecordHeader{Key: HeaderOffset, Value: strconv.AppendInt(nil, src.Offset, 10)},
		kgo.RecordHeader{Key: HeaderClass, Value: []byte(why.Class)},
		kgo.RecordHeader{Key: HeaderMessage, Value: []byte(cut(why.Message))},
		kgo.RecordHeader{Key: HeaderStage, Value: []byte(why.Stage)},
	)
	if !src.Timestamp.IsZero() {
		dst.Headers = append(dst.Headers, kgo.RecordHeader{Key: HeaderTimestamp, Value: strconv.AppendInt(nil, src.Timestamp.UnixMilli(), 10)})
	}
}

// Truncate cuts a dead letter that the cluster has refused so many times, shorter each
// time, and says in a header how long its value was. Of its key, too long for any
// customer's id, and of the record's own headers that stays which some room is for.
func Truncate(dst *kgo.Record, times int) {
	most := 512 << 10 >> min(times, 19)
	left := most / 16
	dst.Headers = slices.DeleteFunc(dst.Headers, func(h kgo.RecordHeader) bool {
		n := len(h.Key) + len(h.Value)
		if ours(h.Key) || n <= left {
			left -= n
			return false
		}
		return true
	})
	length := len(dst.Value)
	if key := most / 16; len(dst.Key) > key {
		length += len(dst.Key)
		dst.Key = dst.Key[:key]
	}
	dst.Headers = append(dst.Headers, kgo.RecordHeader{Key: HeaderTruncated, Value: strconv.AppendInt(nil, int64(length), 10)})
	dst.Value = dst.Value[:min(len(dst.Value), most)]
}

// ours tells whether a header is one that Fill or a replay adds.
func ours(key string) bool {
	return strings.HasPrefix(key, connectPrefix) || key == HeaderTimestamp || key == HeaderTruncated || key == HeaderReplay
}

func cut(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// Letter is a dead letter that was read.
type Letter struct {
	Partition int32 // in the dead-letter topic
	Offset    int64
	At        time.Time // when it was written

	// Where the record was; Topic is empty if somebody else wrote the letter
	// and did not say. OfPartition and OfOffset are -1 then.
	Topic       string
	OfPartition int32
	OfOffset    int64
	Timestamp   time.Time // of the record; zero if not known

	Reason
	Key, Value []byte
	// Truncated is how many bytes there were before it was cut; 0 if it is whole.
	Truncated int64
	Headers   []kgo.RecordHeader // as the record had them
}

// parse takes a record of the dead-letter topic apart. ok is false for a
// receipt; replayed is then the offset it is for.
func parse(r *kgo.Record) (l Letter, replayed int64, ok bool) {
	l = Letter{
		Partition: r.Partition, Offset: r.Offset, At: r.Timestamp,
		OfPartition: -1, OfOffset: -1, Key: r.Key, Value: r.Value,
	}
	// Only that and nothing else: a record that somebody gave such a header is a
	// letter, for Fill adds others.
	if len(r.Headers) == 1 && r.Headers[0].Key == headerReceipt && r.Value == nil {
		if n := number(r.Headers[0].Value, 64); n >= 0 {
			return Letter{}, n, false
		}
	}
	for _, h := range r.Headers {
		switch h.Key {
		case HeaderTopic:
			l.Topic = string(h.Value)
		case HeaderPartition:
			l.OfPartition = int32(number(h.Value, 32))
		case HeaderOffset:
			l.OfOffset = number(h.Value, 64)
		case HeaderTimestamp:
			if n := number(h.Value, 64); n >= 0 {
				l.Timestamp = time.UnixMilli(n).UTC()
			}
		case HeaderClass:
			l.Class = string(h.Value)
		case HeaderMessage:
			l.Message = string(h.Value)
		case HeaderStage:
			l.Stage = Stage(h.Value)
		case HeaderTruncated:
			if n := number(h.Value, 64); n > int64(len(r.Value)) { // what was short enough has the header, too
				l.Truncated = n
			}
		}
		if !ours(h.Key) {
			l.Headers = append(l.Headers, h)
		}
	}
	return l, 0, true
}

// number is -1 for what is not a number.
func number(b []byte, bits int) int64 {
	n, err := strconv.ParseInt(string(b), 10, bits)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// revive is the record to produce for a replay.
func (l *Letter) revive(partition int32) *kgo.Record {
	r := &kgo.Record{Topic: l.Topic, Partition: partition, Key: l.Key, Value: l.Value, Timestamp: l.Timestamp}
	r.Headers = append(r.Headers, l.Headers...)
	place := strconv.AppendInt(append(strconv.AppendInt(nil, int64(l.Partition), 10), '/'), l.Offset, 10)
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: HeaderReplay, Value: place})
	return r
}

// receipt says that the letter was replayed.
func (l *Letter) receipt(topic string) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: l.Partition, Headers: []kgo.RecordHeader{
		{Key: headerReceipt, Value: strconv.AppendInt(nil, l.Offset, 10)},
	}}
}
