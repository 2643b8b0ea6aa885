package processor

import (
	"bytes"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Were an anonymous id asked for what it kept only when its owner's event is processed,
// no task could end a wait before all others have processed as much: while catching up
// they would move in step. So it is asked as soon as the event is read, which is far
// ahead, and a task says how far it has read. The engine asks once more in its turn, which
// changes nothing then.

// askAhead asks the anonymous ids of events that were just read.
func (l *lane) askAhead(in *input, records []*kgo.Record) {
	if in.source == nil {
		return
	}
	for _, r := range records {
		if ask, ok := l.askOf(in, r); ok {
			l.askFor(in, r, ask)
		}
	}
}

// askOf is what a record asks; not ok for most.
func (l *lane) askOf(in *input, r *kgo.Record) (ask engine.Mail, ok bool) {
	if r.Attrs.IsControl() || !in.source.mayIdentify(r) {
		return ask, false
	}
	ev := l.events.next()
	defer l.events.done(ev)
	at, ok := l.glance(in, ev, r)
	if !ok {
		return ask, false
	}
	ask, ok = engine.Ask(ev)
	ask.At = min(ask.At, at)
	ask.To, ask.Customer = strings.Clone(ask.To), strings.Clone(ask.Customer) // the event is used again
	return ask, ok
}

// askFor mails an ask. A task of this lane has it at once: then the lane's tasks need not
// wait for commits and questions to hear of each other.
func (l *lane) askFor(in *input, r *kgo.Record, ask engine.Mail) {
	l.batch.touch()
	in.task.touched = true
	place := in.task.rounds.Place(ask.At)
	l.mail(in.task, &ask, origin{cause: cause{in: in, offset: r.Offset}, place: place})
	if t := l.tasks[l.lay.home(ask.To)]; t != nil && t.phase == running {
		t.merge.AskHere(merge.Item[item]{Time: ask.At, Rank: merge.MailRank, Offset: r.Offset, Place: place, Payload: item{in: in, mail: &ask}})
	}
}

// glance decodes a record ahead of its turn, and tells what its time counts as.
func (l *lane) glance(in *input, ev *schemas.Event, r *kgo.Record) (at schemas.Time, ok bool) {
	if err := in.source.decode(&l.decoder, ev, r, l.recordTime(r), l.now); err != nil {
		return 0, false
	}
	return merge.Counts(ev.Time, l.appended(r), l.now), true
}

var (
	identified   = []byte(schemas.CustomerIdentified.String())
	ofIdentified = []byte(".identified") // begins with what is rare in an event
)

// mayIdentify tells whether a record may be a customer.identified, without decoding it: it
// is asked of every record.
func (s *source) mayIdentify(r *kgo.Record) bool {
	if s.identifies != nil && bytes.Contains(r.Value, s.identifies) || bytes.Contains(r.Value, ofIdentified) {
		return true
	}
	for i := range r.Headers {
		if bytes.Equal(r.Headers[i].Value, identified) {
			return true
		}
	}
	return false
}

// read is up to where the task has read its sources, and asked.
func (t *task) read() schemas.Time {
	at := t.l.knownUpTo()
	for _, in := range t.inputs {
		if in.source != nil {
			at = min(at, max(t.merge.Read(in.log), t.l.newest(in)))
		}
	}
	return at
}

// newest is what the time counts as of the last event that is unread, 0 if there is none.
func (l *lane) newest(in *input) schemas.Time {
	u := &in.unread
	if u.n == 0 {
		return 0
	}
	if in.newest.end == u.end {
		return in.newest.at
	}
	in.newest.end, in.newest.at = u.end, 0
	last := u.polls[len(u.polls)-1]
	ev := l.events.next()
	defer l.events.done(ev)
	for i := len(last) - 1; i >= 0 && last[i] != nil; i-- {
		if last[i].Attrs.IsControl() {
			continue
		}
		if at, ok := l.glance(in, ev, last[i]); ok {
			in.newest.at = at
			break
		}
	}
	return in.newest.at
}
