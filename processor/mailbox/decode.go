package mailbox

import (
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Kind is what a mailbox record is.
type Kind uint8

// The kinds.
const (
	IsMail Kind = iota + 1
	IsForward
	IsMark
)

// Message is a decoded mailbox record. What its Kind does not name is zero.
type Message struct {
	Kind   Kind
	Origin int // the task that sent it

	Mail engine.Mail
	// Place is where the first cause of mail was in the order of the task that read it: what
	// waits for news that are as old has to wait for this mail, whatever its own time. Of a
	// forwarded record it is 0 where marks follow it.
	Place schemas.Time

	// Record is a forwarded record as it was in its source: topic, partition,
	// offset, timestamp, key, value, headers. It shares memory with the mailbox
	// record.
	Record *kgo.Record
	Counts schemas.Time // the merge's time of Record

	Progress merge.Point // of a mark
	Seq      uint64
	Round    uint64 // that the origin is in, see package rounds; 0: none
	Waits    bool   // a wait there can end only after more rounds
}

// Decode reads a mailbox record of an app with that many tasks. Every error is
// a *DecodeError.
func Decode(rec *kgo.Record, tasks int) (Message, error) {
	n := len(rec.Headers)
	if n == 0 || rec.Headers[n-1].Key != Header {
		return Message{}, &DecodeError{Problem: NoFrame}
	}
	r := reader{b: rec.Headers[n-1].Value}
	if format := r.byte(); r.problem == "" && format != Format {
		return Message{}, &DecodeError{Problem: UnknownFormat}
	}
	kind := r.byte()
	m := Message{Origin: int(r.uint(uint64(max(tasks, 1) - 1)))}
	var err error
	switch {
	case kind == kindForward:
		m.forward(&r, rec)
	case kind == kindMark:
		m.Kind, m.Progress, m.Seq = IsMark, merge.Point{Time: r.time(), Rank: r.uint(math.MaxUint64)}, r.uint(math.MaxUint64)
		if len(r.b) > 0 {
			r.int() // what earlier versions said instead
		}
		if len(r.b) > 0 {
			m.Round, m.Waits = r.uint(math.MaxUint64), r.uint(1) > 0
		}
	case kind >= byte(engine.MailEvent) && kind <= byte(engine.MailLimitDeny):
		err = m.mail(&r, engine.MailKind(kind), rec.Value)
	default:
		r.fail(UnknownKind)
	}
	switch {
	case r.problem != "":
		return Message{}, &DecodeError{Problem: r.problem}
	case err != nil:
		return Message{}, &DecodeError{Problem: BadEvent, Err: err}
	}
	return m, nil
}

func (m *Message) forward(r *reader, rec *kgo.Record) {
	m.Kind, m.Counts = IsForward, r.time()
	m.Record = &kgo.Record{
		Partition: int32(r.uint(math.MaxInt32)), Offset: int64(r.uint(math.MaxInt64)), Timestamp: time.UnixMilli(r.int()),
		LeaderEpoch: int32(r.int()), Topic: r.text(),
		Key: rec.Key, Value: rec.Value, Headers: rec.Headers[: len(rec.Headers)-1 : len(rec.Headers)-1],
	}
	if len(r.b) > 0 {
		m.Place = r.time()
	}
}

func (m *Message) mail(r *reader, kind engine.MailKind, value []byte) error {
	m.Kind = IsMail
	flags := r.uint(flagToAll | flagEvent | flagPayload)
	m.Mail = engine.Mail{Kind: kind, ToAll: flags&flagToAll != 0, At: r.time(), To: r.text(), Customer: r.text()}
	if len(r.b) > 0 {
		m.Mail.Hops = byte(r.uint(math.MaxUint8))
	}
	if m.Place = m.Mail.At; len(r.b) > 0 {
		m.Place = r.time()
	}
	if r.problem != "" {
		return nil
	}
	v := reader{b: value}
	var err error
	if flags&flagEvent != 0 {
		m.Mail.Event, err = readEvent(&v)
	}
	if flags&flagPayload != 0 {
		m.Mail.Payload = v.bytes()
	}
	r.problem = v.problem
	return err
}

// readEvent also checks the data, for somebody else may have written it.
func readEvent(r *reader) (*schemas.Event, error) {
	id, source, typ, subject, at := r.text(), r.text(), r.text(), r.text(), r.time()
	parent, state, raw := r.text(), r.text(), r.bytes()
	if r.problem != "" {
		return nil, nil
	}
	ev, err := schemas.FromData(id, source, typ, subject, at, raw)
	if err != nil {
		return nil, err
	}
	ev.TraceParent, ev.TraceState = parent, state
	return ev, nil
}
