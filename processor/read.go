package processor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/mailbox"
	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/schemas/vendor"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// input is one partition that a task reads.
type input struct {
	partition
	task   *task
	log    merge.Log
	source *source // nil: the mailbox
	paused bool
	end    int64 // of the log, as last heard
	unread unread
	newest struct { // of unread, see lane.newest
		end int64
		at  schemas.Time
	}
	bomb    int64 // where a batch that is too large was met, -1: none
	trouble told  // why it cannot be read
}

// item is one record that waits in the merge for its turn. One of ev, mail and
// bad is set; raw beside ev, where the event has to travel on.
type item struct {
	in       *input
	source   *source      // of an event, where it was first read
	appended schemas.Time // of an event, see lane.appended
	ev       *schemas.Event
	mail     *engine.Mail
	bad      *badRecord
	raw      *kgo.Record
	record   uint64 // of ev, see prefetch
}

// badRecord is a record that cannot be processed, with all that its dead
// letter needs: a poll's memory is not kept.
type badRecord struct {
	record  *kgo.Record
	err     error
	refused int // how often the cluster did not take its letter, too large as it is
}

// What an item holds in memory, about.
const (
	headerBytes = 40  // of each header of its record
	itemBytes   = 600 // besides those and the record's value
)

func heldBytes(r *kgo.Record) int { return len(r.Value) + headerBytes*len(r.Headers) + itemBytes }

// take buffers what a poll returned. An error is one that the lane cannot get
// over by itself.
func (l *lane) take(fetches kgo.Fetches) error {
	var failed error
	gone := false
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		in := l.inputs[partition{p.Topic, p.Partition}]
		if in == nil && p.Err != nil {
			l.groupFailed(p.Err)
		}
		if in == nil || in.task.phase != running {
			return // not restored yet: the client will be told where to begin
		}
		in.end = max(in.end, p.HighWatermark)
		in.unread.add(p.Records)
		l.askAhead(in, p.Records)
		if p.Err == nil {
			in.trouble = ""
			return
		}
		gone = gone || isGone(p.Err)
		failed = cmp.Or(failed, l.fetchFailed(in, p.Err))
	})
	if gone { // what becomes of it is asked at once; the broker would tell us again without a pause
		l.asked = time.Time{}
		time.Sleep(goneRest)
	}
	for _, t := range l.order {
		if t.phase == running {
			t.feed()
		}
	}
	return failed
}

// push decodes a record and hands it to the task's merge.
func (l *lane) push(in *input, r *kgo.Record) {
	t := in.task
	switch {
	case r.Attrs.IsControl():
		t.merge.Advance(in.log, r.Offset+1)
	case in.source == nil:
		l.pushMail(in, r)
	default:
		l.pushEvent(in, r)
	}
}

func (l *lane) pushEvent(in *input, r *kgo.Record) {
	t := in.task
	at := l.recordTime(r)
	it := merge.Item[item]{Rank: in.source.rank(), Offset: r.Offset, Bytes: heldBytes(r), Payload: item{in: in, source: in.source}}
	ev := l.events.next()
	err := in.source.decode(&l.decoder, ev, r, at, l.now)
	if errors.Is(err, vendor.ErrIgnored) {
		l.log.Debug("passed over", "input", in.partition, "offset", r.Offset, "why", err)
		t.merge.Advance(in.log, r.Offset+1)
		l.batch.source(l.lay, in.source).Ignored++
		return
	}
	it.Payload.bad = l.badOf(in, r, r, err)
	if err != nil {
		it.Time = min(at, l.now)
		t.merge.Push(in.log, it)
		return
	}
	it.ID, it.Payload.appended = ev.ID, l.appended(r)
	it.Time = merge.Counts(ev.Time, it.Payload.appended, l.now)
	home := l.lay.homeOf(ev) == t.id
	switch { // a letter keeps its event's place: in another queue it might be taken for done
	case it.Payload.bad != nil:
	case home:
		it.Payload.ev, it.Payload.record = ev, store.SubjectHash(engine.RecordOf(ev))
	default:
		it.Payload.ev, it.Payload.raw = ev, r
	}
	if home {
		t.merge.Push(in.log, it)
		return
	}
	if in.source.Forwards {
		t.merge.Forward(in.log, it)
		return
	}
	t.merge.Push(in.log, it) // a stray: it leaves when its turn has come
}

// badOf is for a record that err says is no event, or that was refused, itself or what it
// leads to; nil for all others. source is what its letter holds: r, or the record that r
// forwards.
func (l *lane) badOf(in *input, r, source *kgo.Record, err error) *badRecord {
	switch refused := l.refusals(cause{in: in, offset: r.Offset}); {
	case err != nil:
		return &badRecord{source, err, refused}
	case refused > 0:
		return &badRecord{source, errRefused, refused - 1}
	}
	return nil
}

// errRefused is why an input is set aside whose outcome the cluster refuses to
// store, such as a command larger than its topic allows.
var errRefused = errors.New("what this event leads to is refused by the cluster; see the log")

// recordTime is the record's timestamp; a producer may have left it out.
func (l *lane) recordTime(r *kgo.Record) schemas.Time {
	if ms := r.Timestamp.UnixMilli(); ms > 0 {
		return schemas.Time(ms) * 1000
	}
	return l.now
}

// appended is when the record was appended, 0 where that cannot be told on the
// processor's clock.
func (l *lane) appended(r *kgo.Record) schemas.Time {
	if l.p.cfg.OwnClock {
		return 0
	}
	return max(0, schemas.Time(r.Timestamp.UnixMilli())*1000)
}

// pushMail takes in a record of the mailbox: mail, a forwarded event, or a mark.
func (l *lane) pushMail(in *input, r *kgo.Record) {
	t := in.task
	m, err := mailbox.Decode(r, l.p.cfg.Tasks)
	it := merge.Item[item]{Rank: merge.MailRank, Offset: r.Offset, Bytes: heldBytes(r), Payload: item{in: in}}
	switch {
	case err != nil:
		it.Time, it.Payload.bad = l.recordTime(r), l.badOf(in, r, r, err)
		t.merge.Mail(int(t.id), it)
	case m.Kind == mailbox.IsMark:
		t.merge.Marked(m.Origin, m.Progress, r.Offset)
		l.hurried = l.hurried || m.Waits && m.Round > t.rounds.N
	case m.Kind == mailbox.IsForward:
		l.pushForwarded(in, r, m, it)
	default:
		it.Time, it.Place, it.Payload.mail = min(m.Mail.At, l.now), min(m.Place, l.now), &m.Mail
		if it.Payload.bad = l.badOf(in, r, r, nil); it.Payload.bad != nil {
			it.Payload.mail = nil
		}
		if m.Mail.Kind == engine.MailMergeAsk && m.Mail.Event == nil && it.Payload.bad == nil {
			t.merge.Ask(it)
			return
		}
		t.merge.Mail(m.Origin, it)
	}
}

// pushForwarded decodes an event that another task read for us. Its dead
// letter, if it comes to that, is of the record in its source.
func (l *lane) pushForwarded(in *input, r *kgo.Record, m mailbox.Message, it merge.Item[item]) {
	src := l.lay.byTopic[m.Record.Topic]
	if src == nil { // of a source that is no longer configured
		src = &source{index: len(l.lay.sources)}
	}
	ev := l.events.next()
	err := src.decode(&l.decoder, ev, m.Record, l.recordTime(m.Record), l.now)
	it.Time, it.Place, it.Rank = m.Counts, m.Place, src.rank()
	if it.Payload.bad = l.badOf(in, r, m.Record, err); it.Payload.bad == nil {
		it.ID, it.Payload.ev, it.Payload.source, it.Payload.appended = ev.ID, ev, src, l.appended(m.Record)
		it.Payload.record = store.SubjectHash(engine.RecordOf(ev))
	}
	in.task.merge.Forwarded(m.Origin, it)
}

// headersOf reads a record's headers as the schemas know them: the two types
// have the same fields.
func headersOf(r *kgo.Record) []schemas.Header {
	return *(*[]schemas.Header)(unsafe.Pointer(&r.Headers))
}

// fetchFailed sorts out what a partition's fetch complains about. What passes
// by itself is logged: the position does not move, so the clock stands.
func (l *lane) fetchFailed(in *input, err error) error {
	var bomb *kgo.ErrDecompressTooLarge
	switch {
	case errors.As(err, &bomb):
		return l.skipBatch(in, bomb)
	case errors.Is(err, kerr.OffsetOutOfRange):
		return fmt.Errorf("%s: the position %d is outside of the log: records were deleted before they were read, or the topic was replaced; "+
			"lengthen its retention, and to go on without them set the offset of group %s by hand (kafka-consumer-groups --reset-offsets)",
			in, in.next(), l.p.cfg.App)
	case in.trouble.news(err):
		l.log.Warn("cannot read, trying again until it works", "input", in.partition, "err", err)
	}
	return nil
}

// groupFailed logs what the client says of its session in the group, which it tries to
// join again and again: once for each reason.
func (l *lane) groupFailed(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || !l.groupTrouble.news(err) {
		return
	}
	l.log.Error("no part in the group, trying again until it works", "group", l.p.cfg.App, "err", err)
}

// isGone tells that a topic was deleted, and perhaps made anew.
func isGone(err error) bool {
	return errors.Is(err, kerr.UnknownTopicID) || errors.Is(err, kerr.InconsistentTopicID) || errors.Is(err, kerr.UnknownTopicOrPartition)
}
