package backtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Decider is the engine, as far as a backtest needs it.
type Decider interface {
	Apply(c *state.Customer, ev *schemas.Event, env engine.Env) engine.Effects
	Fire(c *state.Customer, due schemas.Time, env engine.Env) engine.Effects
	Receive(c *state.Customer, m engine.Mail, env engine.Env) engine.Effects
	Occur(c *state.Customer, w engine.Window, env engine.Env) engine.Effects
	NextOccurrence(after schemas.Time, zones []string) schemas.Time
}

// Sink takes what comes out, in order. What the pointers point to is the
// sink's to keep.
type Sink interface {
	Command(*schemas.Command) error
	Decision(*schemas.Decision) error
}

// maxMail bounds the mail that one event or wait may cause at one instant, so
// that triggers that answer each other cannot run forever. Changes that watchers
// of a product are told of don't count: they cause no mail of their own kind.
const maxMail = 1 << 20

var errMailLoop = errors.New("triggers answer each other's events without end")

// task holds all records and their waits, and moves the virtual clock.
type task struct {
	engine Decider
	grace  time.Duration
	sink   Sink

	records map[string]*record
	timers  timers
	post    post
	clock   schemas.Time

	schedules schedules
	watchers  watchers
	// wall is where the wall clock stands while the task is behind it, after an
	// outage; zero: it is the virtual clock.
	wall schemas.Time
}

// record is what is kept under one subject. wake is when to look at it next, as
// the engine last said; armed is the due time of its timer, at or before wake.
// Zero is never, and none.
type record struct {
	customer    *state.Customer
	wake, armed schemas.Time
	zone        string // the customer's, if schedules hang on it
}

func newTask(d Decider, grace time.Duration, sink Sink) *task {
	return &task{engine: d, grace: grace, sink: sink, records: make(map[string]*record)}
}

func (t *task) record(subject string) *record {
	rec := t.records[subject]
	if rec == nil {
		rec = &record{customer: state.New(subject)}
		t.records[subject] = rec
		t.schedules.join(rec)
		t.watchers.join(rec.customer)
	}
	return rec
}

// apply moves the clock to an event and lets it happen. Events come in the
// order of their times.
func (t *task) apply(ev *schemas.Event) error {
	if err := t.advance(ev.Time); err != nil {
		return err
	}
	t.clock = ev.Time
	rec := t.record(engine.RecordOf(ev))
	return t.settle(rec, t.engine.Apply(rec.customer, ev, t.env()))
}

// advance ends the waits with due + grace < to, lets schedules come in their
// places among them, and delivers the mail of before to, all in the order of time.
func (t *task) advance(to schemas.Time) error {
	t.schedules.begin(t.engine, to.Add(-t.grace)-1)
	for {
		until := to
		if at, ok := t.post.next(); ok && at < to {
			until = at
		}
		if due, ok := t.due(); ok && due.Add(t.grace) < until {
			if err := t.end(); err != nil {
				return err
			}
			continue
		}
		if until == to {
			return nil
		}
		if err := t.deliver(); err != nil {
			return err
		}
	}
}

// finish lets time run to its end: no event is left, so every wait with due at
// or before end goes off, grace or not.
func (t *task) finish(end schemas.Time) error {
	if err := t.advance(end); err != nil {
		return err
	}
	for {
		due, waits := t.due()
		waits = waits && due <= end
		at, mail := t.post.next()
		mail = mail && at <= end
		var err error
		switch {
		case mail && (!waits || due.Add(t.grace) >= at):
			err = t.deliver()
		case waits:
			err = t.end()
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// due is when the first wait ends, a customer's or that of everybody for a
// schedule.
func (t *task) due() (due schemas.Time, ok bool) {
	w, ok := t.timers.due()
	if t.scheduled(w, ok) {
		return t.schedules.next, true
	}
	return w.due, ok
}

// scheduled tells whether a schedule comes before the first wait of a customer,
// or at the same time: it looks to the waits of those it concerns itself.
func (t *task) scheduled(w timer, waits bool) bool {
	next := t.schedules.next
	return next != 0 && (!waits || next <= w.due)
}

// end ends the first wait.
func (t *task) end() error {
	w, ok := t.timers.due()
	if t.scheduled(w, ok) {
		return t.occur()
	}
	return t.fire(w)
}

// fire ends the waits of one customer that are due at one instant.
func (t *task) fire(w timer) error {
	t.timers.take()
	t.clock = max(t.clock, w.due)
	env := t.env()
	env.Wall = t.wallAt(w.due)
	return t.settle(w.rec, t.engine.Fire(w.rec.customer, w.due, env))
}

// wallAt is where the wall clock stands when a wait ends: at its due, so that
// nothing is ever late. But one that was over by more than grace before it could
// end is late here, too: its run was begun by an event that came late, or a
// pause kept it.
func (t *task) wallAt(due schemas.Time) schemas.Time {
	if t.clock.Sub(due) > t.grace {
		return max(t.clock, t.wall)
	}
	return max(due, t.wall)
}

// deliver hands over the earliest mail that had to wait for its time.
func (t *task) deliver() error {
	m := t.post.take()
	t.clock = max(t.clock, m.At)
	rec := t.record(m.To)
	return t.settle(rec, t.engine.Receive(rec.customer, m, t.env()))
}

// settle takes the effects of one call and of the mail it caused.
func (t *task) settle(rec *record, eff engine.Effects) error {
	if err := t.take(rec, eff); err != nil {
		return err
	}
	answers := 0
	for i := 0; i < len(t.post.now); i++ {
		m := t.post.now[i]
		if m.Kind != engine.MailProduct {
			answers++
		}
		if answers > maxMail {
			return errMailLoop
		}
		to := t.record(m.To)
		if err := t.take(to, t.engine.Receive(to.customer, m, t.env())); err != nil {
			return err
		}
	}
	clear(t.post.now)
	t.post.now = t.post.now[:0]
	return nil
}

func (t *task) take(rec *record, eff engine.Effects) error {
	t.timers.arm(rec, eff.Wake)
	if eff.Zone != "" {
		t.schedules.locate(t.engine, rec, eff.Zone, t.clock.Add(-t.grace)-1)
	}
	for _, m := range eff.Mail {
		if !m.ToAll { // there is no other task
			t.post.send(m, t.clock)
		}
	}
	for i := range eff.Commands {
		if err := t.sink.Command(&eff.Commands[i]); err != nil {
			return fmt.Errorf("write command: %w", err)
		}
	}
	for i := range eff.Decisions {
		if err := t.sink.Decision(&eff.Decisions[i]); err != nil {
			return fmt.Errorf("write decision: %w", err)
		}
	}
	return nil
}

func (t *task) env() engine.Env {
	return engine.Env{Wall: max(t.clock, t.wall), Product: t.product, Watchers: t.watchers.page, Passed: t.schedules.passed}
}

// product is what is known of a sku, nil if nothing.
func (t *task) product(sku string) *state.Product {
	rec := t.records[engine.Products+sku]
	if rec == nil {
		return nil
	}
	return &rec.customer.Entry().Product
}
