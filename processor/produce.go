package processor

import (
	"errors"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/mailbox"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// command announces a command to the delivery service.
func (l *lane) command(c *schemas.Command, why origin) {
	topic := l.p.cfg.Topics.Commands
	if c.Class == schemas.Transactional {
		topic = l.p.cfg.Topics.Transactional
	}
	if tr := l.trace(); tr != nil {
		tr.Send(l.p.background, c, topic, l.moment(why))
	}
	if why.in == nil {
		why.command = c.CommandID
	}
	r := l.out.next()
	r.Topic = topic
	r.Key = l.out.text(c.Customer)
	r.Headers = l.out.headers(func(h []schemas.Header) []schemas.Header { return c.AppendHeaders(h, l.p.cfg.App) })
	r.Value = l.out.value(c.AppendJSON)
	if refused := l.refusals(why.cause); why.in == nil && refused > 0 {
		l.setAside(r, refused-1, why.cause)
		return
	}
	l.out.send(r, why.cause)
	l.batch.command(SentCommand{c, topic, why.appended})
}

// patience is how often a wait's command is refused before that counts: it cannot be read
// again, as an event can, when it was not the command's fault.
const patience = 2

// refusals is how often what an input, or a wait, led to was refused, as far as it counts.
func (l *lane) refusals(why cause) int {
	if len(l.poisoned) == 0 || why == (cause{}) {
		return 0
	}
	n := l.poisoned[why.poison()]
	if why.in == nil {
		n = max(0, n-patience)
	}
	return n
}

// setAside makes a dead letter of a command that its topic does not take, which is whole
// in it.
func (l *lane) setAside(r *kgo.Record, refused int, why cause) {
	command := kgo.Record{Topic: r.Topic, Partition: -1, Offset: -1, Key: r.Key, Headers: r.Headers, Value: r.Value}
	*r = kgo.Record{}
	l.deadLetter(&badRecord{&command, errCommandRefused, refused}, why)
}

// errCommandRefused is why a command is a dead letter.
var errCommandRefused = errors.New("the topic does not take the command; see its max.message.bytes, and the log")

// coupon announces a unique code to the shop, where a topic is named for it: an
// event in binary mode, as commands are.
func (l *lane) coupon(ev *schemas.Event, why cause) {
	if l.p.cfg.Topics.Coupons == "" {
		return
	}
	r := l.out.next()
	r.Topic = l.p.cfg.Topics.Coupons
	r.Key = l.out.text(ev.Subject)
	r.Headers = l.out.headers(func(h []schemas.Header) []schemas.Header { return schemas.AppendEventHeaders(h, ev) })
	r.Value = l.out.value(func(b []byte) []byte { return append(b, ev.Raw...) })
	l.out.send(r, why)
}

// trace is the trace of the transaction under way, nil if nobody traces.
func (l *lane) trace() Trace {
	if l.batch.trace == nil && l.p.cfg.Trace != nil {
		l.batch.trace = l.p.cfg.Trace.Begin(l.n)
	}
	return l.batch.trace
}

func (l *lane) moment(why origin) Moment {
	switch {
	case why.wait > 0:
		return Moment{Wait: why.wait}
	case why.source != nil:
		return Moment{Source: why.source.Topic}
	}
	return Moment{Source: l.lay.mailbox}
}

// decision is always counted, and written where a topic is named for it.
func (l *lane) decision(d *schemas.Decision, why cause) {
	l.batch.decision(d)
	if l.p.cfg.Topics.Decisions == "" {
		return
	}
	r := l.out.next()
	r.Topic = l.p.cfg.Topics.Decisions
	r.Key = l.out.text(d.Customer)
	r.Value = l.out.value(d.AppendJSON)
	l.out.send(r, why)
}

// mail goes to the recipient's home, or to every other task.
func (l *lane) mail(from *task, m *engine.Mail, why origin) {
	home := l.lay.home(m.To)
	if !m.ToAll {
		l.mailTo(home, mailbox.Mail(int(from.id), m, why.place), why.cause)
		return
	}
	for to := range l.lay.tasks {
		if to != home {
			l.mailTo(to, mailbox.Mail(int(from.id), m, why.place), why.cause)
		}
	}
}

func (l *lane) mailTo(home int32, mail *kgo.Record, why cause) {
	r := l.out.next()
	r.Topic, r.Partition = l.lay.mailbox, home
	r.Key, r.Value, r.Headers = mail.Key, mail.Value, mail.Headers
	l.out.send(r, why)
}

// marks tells every task how far this one has forwarded.
func (l *lane) marks(t *task, seq, round uint64) {
	progress := t.merge.Mark(l.knownUpTo())
	for to := range l.lay.tasks {
		l.mailTo(to, mailbox.Mark(int(t.id), progress, seq, round, l.haste), cause{})
	}
}

// text copies a string to where it stays until the transaction has ended.
func (o *output) text(s string) []byte {
	start := len(o.arena)
	o.arena = append(o.arena, s...)
	return o.arena[start:len(o.arena):len(o.arena)]
}

// value lets a value be appended to the arena. What was handed out before stays
// valid when the arena grows: it keeps the old memory.
func (o *output) value(appendTo func([]byte) []byte) []byte {
	start := len(o.arena)
	o.arena = appendTo(o.arena)
	return o.arena[start:len(o.arena):len(o.arena)]
}

func (o *output) headers(appendTo func([]schemas.Header) []schemas.Header) []kgo.RecordHeader {
	start := len(o.header)
	o.header = appendTo(o.header)
	h := o.header[start:len(o.header):len(o.header)]
	return *(*[]kgo.RecordHeader)(unsafe.Pointer(&h))
}
