package mailbox

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Mail is the record for mail of a task. The caller sets topic and partition. place is
// where its first cause was, see Message. Nothing of m is kept.
func Mail(origin int, m *engine.Mail, place schemas.Time) *kgo.Record {
	var flags uint64
	var value writer
	if m.ToAll {
		flags |= flagToAll
	}
	if m.Event != nil {
		flags |= flagEvent
		value = appendEvent(make(writer, 0, 160+len(m.Event.Raw)+len(m.Payload)), m.Event)
	}
	if m.Payload != nil {
		flags |= flagPayload
		value = value.bytes(m.Payload)
	}
	frame := begin(byte(m.Kind), origin, len(m.To)+len(m.Customer)+24)
	frame = frame.uint(flags).time(m.At).text(m.To).text(m.Customer)
	if m.Hops > 0 || place != m.At {
		frame = frame.uint(uint64(m.Hops))
	}
	if place != m.At {
		frame = frame.time(place)
	}
	r := &kgo.Record{Key: []byte(m.To), Value: value}
	seal(r, frame)
	return r
}

func appendEvent(w writer, ev *schemas.Event) writer {
	w = w.text(ev.ID).text(ev.Source).text(ev.Type).text(ev.Subject).time(ev.Time)
	return w.text(ev.TraceParent).text(ev.TraceState).bytes(ev.Raw)
}

// Forward is the record that takes a source record to its home. The caller sets
// topic and partition. counts is the merge's time of it, place its place where no mark
// follows it, else 0. Key, value and header values are shared with src, not copied.
func Forward(origin int, src *kgo.Record, counts, place schemas.Time) *kgo.Record {
	frame := begin(kindForward, origin, len(src.Topic)+48)
	frame = frame.time(counts).uint(uint64(src.Partition)).uint(uint64(src.Offset)).int(src.Timestamp.UnixMilli())
	frame = frame.int(int64(src.LeaderEpoch)).text(src.Topic)
	if place != 0 {
		frame = frame.time(place)
	}
	r := &kgo.Record{Key: src.Key, Value: src.Value, Headers: slices.Clip(src.Headers)}
	seal(r, frame)
	return r
}

// Mark is the record that tells a task how far the origin has forwarded. seq counts the
// origin's transactions, for people; round and waits are as in Message. The caller sets topic
// and partition.
func Mark(origin int, progress merge.Point, seq, round uint64, waits bool) *kgo.Record {
	r := new(kgo.Record)
	frame := begin(kindMark, origin, 40).time(progress.Time).uint(progress.Rank).uint(seq)
	if round > 0 {
		haste := uint64(0)
		if waits {
			haste = 1
		}
		frame = frame.uint(0).uint(round).uint(haste)
	}
	seal(r, frame)
	return r
}
