package backtest

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// World is the customers, waits and mail of an app whose caller leads it through
// time, for scenarios: events may come late, the app may be down for a while,
// its triggers may change. Not safe for concurrent use.
type World struct {
	t   *task
	now schemas.Time
}

// NewWorld is empty and stands at an instant.
func NewWorld(d Decider, grace time.Duration, sink Sink, now schemas.Time) *World {
	w := &World{t: newTask(d, grace, sink), now: now}
	w.t.clock = now
	return w
}

// Now is where time stands.
func (w *World) Now() schemas.Time { return w.now }

// Decide lets another decider go on, as after a reload: its schedules are in
// force from now on, and the dates of all customers are looked up by it.
func (w *World) Decide(d Decider, grace time.Duration) error {
	w.t.engine, w.t.grace = d, grace
	w.t.schedules.anew(d, w.now.Add(-grace)-1)
	for _, rec := range w.t.records {
		w.t.timers.arm(rec, rec.customer.Wake())
	}
	for _, rec := range w.t.schedules.everybody() {
		look := engine.Window{From: w.now, To: w.now, Arms: w.now}
		if err := w.t.settle(rec, d.Occur(rec.customer, look, w.t.env())); err != nil {
			return err
		}
	}
	return nil
}

// Advance moves time to an instant, as the events of a running app do: the waits
// with due + grace before it end.
func (w *World) Advance(to schemas.Time) error {
	w.now = max(w.now, to)
	if err := w.t.advance(w.now); err != nil {
		return err
	}
	w.t.clock = max(w.t.clock, w.now)
	return nil
}

// Settle ends the waits that are due by now, grace or not, as if no event of
// the past could come any more.
func (w *World) Settle() error { return w.t.finish(w.now) }

// Happen lets an event happen now. Its own time may lie behind: then it is late.
func (w *World) Happen(ev *schemas.Event) error {
	if err := w.Advance(w.now); err != nil {
		return err
	}
	rec := w.t.record(engine.RecordOf(ev))
	return w.t.settle(rec, w.t.engine.Apply(rec.customer, ev, w.t.env()))
}

// Outage lets the app be down until an instant and then catch up: what happened
// meanwhile, in the order of time, is read while the wall clock is at the end.
func (w *World) Outage(until schemas.Time, meanwhile []*schemas.Event) error {
	w.t.wall = until
	defer func() { w.t.wall = 0 }()
	for _, ev := range meanwhile {
		if err := w.Advance(ev.Time); err != nil {
			return err
		}
		if err := w.Happen(ev); err != nil {
			return err
		}
	}
	if err := w.Advance(until); err != nil {
		return err
	}
	return w.Settle()
}

// Customer is the record of a customer, an empty one for an unknown id. It is
// the world's: the caller only reads.
func (w *World) Customer(id string) *state.Customer {
	if rec := w.t.records[id]; rec != nil {
		return rec.customer
	}
	return state.New(id)
}

// Customers are all customers by id.
func (w *World) Customers() iter.Seq[*state.Customer] {
	return func(yield func(*state.Customer) bool) {
		for _, id := range slices.Sorted(maps.Keys(w.t.records)) {
			if !strings.HasPrefix(id, "\x00") && !yield(w.t.records[id].customer) {
				return
			}
		}
	}
}

// Env is what surrounds a look at a customer now.
func (w *World) Env() engine.Env { return w.t.env() }
