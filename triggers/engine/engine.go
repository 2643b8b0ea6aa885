// Package engine is beckon's heart: from a customer, an event or a due wait,
// and an instant, to what has to happen. Live processing, backtest, scenario
// tests and simulation all call it, so they cannot disagree.
//
// It does no I/O, reads no clock, uses no randomness and starts no goroutine.
package engine

import (
	"slices"
	"sync"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Effects is all that one Apply, Fire or Receive asks of its caller. Commands
// and the customer's changed sections go into the transaction that commits the
// input; the store is written once that transaction is known to be committed.
// Equal inputs give equal Effects. The caller owns the slices.
type Effects struct {
	Commands  []schemas.Command
	Decisions []schemas.Decision
	Mail      []Mail
	// Coupons are coupon.issued events for the shop, one for each command that
	// carries a code; they go into the transaction of the commands.
	Coupons []*schemas.Event
	// Wake is when Fire next has work for the customer; zero means never.
	Wake schemas.Time
	// Parked is, of a Fire, the earliest due of runs that are due and can't go
	// on under this engine's set, whatever the time; zero: there are none. They
	// don't count for Wake. Fire them again with the next engine.
	Parked schemas.Time
	// Zone is where the customer is, if that may be new and schedules hang on it:
	// one more zone for NextOccurrence.
	Zone string
}

// MailKind says what a Mail asks of its recipient.
type MailKind uint8

// The kinds of mail. The numbers travel in the mailbox topic: never reuse one.
const (
	MailEvent     MailKind = iota + 1 // an event for To: forwarded, emitted, or of an alias
	MailBind                          // To is an order or tracking code; Customer is whose it is; empty: not the Payload's any more
	MailLookup                        // To is an order or tracking code; Event is of an order or shipment, without a customer; with a Payload the customer has it meanwhile
	MailMergeAsk                      // To is an anonymous id, identified as Customer; Event did it, if what it starts waits
	MailMerge                         // To is the customer; Payload what was kept under the anonymous id, if anything; Event as asked
	MailProduct                       // To is a product, or a customer who watches it; Event is the product.updated
	MailWatch                         // To is a watcher of a product; Customer watches it, with a Payload not any more
	MailLimit                         // To is a limit; Payload the command it may let out. To a customer: it is out
	MailLimitDeny                     // To is the customer; Payload the command that came too late
)

// Mail goes to another subject, in the same transaction.
type Mail struct {
	Kind     MailKind
	To       string // subject; internal ones start with a NUL byte, see Internal
	ToAll    bool   // to the record To in every task but its home, which sends it: catalogue facts that each task keeps a copy of
	Customer string
	Event    *schemas.Event
	Payload  []byte
	At       schemas.Time // event time, for the order of processing
	Hops     byte         // how often it was passed on from alias to alias; events count in their Payload
}

// Env is what surrounds one call and may differ between processes.
type Env struct {
	// Wall is the wall clock. In a backtest it is the moment of the call itself:
	// the event's time or the wait's due, so that nothing is ever late. Only
	// stale and late quiet hours look at it.
	Wall schemas.Time
	// Pace tells when to ask again for a message on a channel whose rate the
	// policy bounds, in event time like Wake and after the moment of the call;
	// zero: now. Queued messages were told before. Nil: rates are not held to.
	Pace func(channel string, perSecond int, class schemas.Class, queued bool) (again schemas.Time)
	// Product looks up what this task knows of a sku; nil where nothing is known.
	Product func(sku string) *state.Product
	// Watchers lists the records of a product's watchers, whose subjects begin with
	// prefix: those after a subject ("" for the first), in order, at most so many,
	// fewer at the end. Those that were not committed when the mail that is being
	// received was sent may be missing. Nil: there are none.
	Watchers func(prefix, after string, most int) []*state.Customer
	// Counts is what the time of the event at hand, or of the mail's, counts as: not later
	// than when it was appended. 0: as it is.
	Counts schemas.Time
	// Passed is up to when schedules have begun their runs for the customer: the
	// end of the last Window that has been opened.
	Passed schemas.Time
}

// Config is what an Engine is made of. It does not change afterwards; a new
// set of triggers makes a new Engine.
type Config struct {
	App    string
	Set    *rule.Set
	Secret []byte // for unguessable codes
	Lookup bool   // what happens to orders and names no customer is matched by order id or tracking code
	// Trace is told of every operation that a run does, by its index in the
	// trigger's steps, and where the run stands then. It only watches, for the
	// coverage of tests; nil: nobody does.
	Trace func(tr *rule.Trigger, from, to int)
}

// Engine decides. Safe for concurrent use on different customers.
type Engine struct {
	cfg      Config
	turns    sync.Pool // of *turn: their inputs are reused from call to call
	traitsOn map[string][]*rule.Trait
	lean     map[*rule.Trigger]bool // runs keep no data of their start event, see usesEvent

	watching bool // something starts or ends by changes of products

	dated   []dated   // enabled triggers, in order
	clocked []clocked // the same
	zoned   bool      // some of the latter hang on the customer's zone
}

// New makes an engine.
func New(cfg Config) *Engine {
	e := &Engine{cfg: cfg, lean: map[*rule.Trigger]bool{}, traitsOn: traitsOn(cfg.Set.Traits)}
	e.watching = e.watches()
	for _, tr := range cfg.Set.Startable() {
		e.lean[tr] = tr.Start.Each != nil && !usesEvent(tr)
		if !cfg.Set.Current(tr.Name).Enabled {
			continue
		}
		if tr.Start.Date != nil {
			e.dated = append(e.dated, dated{tr, partsOf(tr.Start.Date)})
		}
		if byClock(tr) {
			e.clocked = append(e.clocked, clocked{tr, e.definition(tr)})
			e.zoned = e.zoned || zoned(tr)
		}
	}
	slices.SortFunc(e.dated, func(a, b dated) int { return rule.Before(a.tr, b.tr) })
	e.turns.New = func() any { return newTurn(e) }
	return e
}

// Set is what the engine decides by.
func (e *Engine) Set() *rule.Set { return e.cfg.Set }

// Apply lets one event happen to its record. Waits of the customer that end
// before the event (due + grace < its time) must have been fired before.
func (e *Engine) Apply(c *state.Customer, ev *schemas.Event, env Env) Effects {
	t := e.turn(c, env)
	t.at = ev.Time
	t.apply(ev, 0)
	t.trim(sizeOf(ev), ev.Time)
	return e.finish(t)
}

// Fire ends the customer's waits that are due at or before an instant. The
// caller knows that due + grace is behind the clock.
func (e *Engine) Fire(c *state.Customer, due schemas.Time, env Env) Effects {
	t := e.turn(c, env)
	if !IsCustomer(c.Subject) {
		t.lapse(due)
		return e.finish(t)
	}
	t.fire(due)
	t.trim(0, due)
	wake, parked := t.resting(due)
	eff := e.finish(t)
	eff.Wake, eff.Parked = wake, parked
	return eff
}

// Receive lets mail from another subject happen to a record. Events in mail
// (forwarded, emitted, looked up, of a watched product) are applied as by
// Apply, duplicates included; the caller ends earlier waits first there too.
func (e *Engine) Receive(c *state.Customer, m Mail, env Env) Effects {
	t := e.turn(c, env)
	if m.Event != nil {
		t.at = m.Event.Time
	}
	t.receive(m)
	t.trim(len(m.Payload)+sizeOf(m.Event), m.At)
	return e.finish(t)
}

// trim keeps the record within its bound, and lets go of it what pointed to what had to
// go for that.
func (t *turn) trim(eventBytes int, at schemas.Time) {
	gone := t.c.Trim(eventBytes)
	for i := range gone.Orders {
		t.unbind(&gone.Orders[i], at)
	}
	for _, id := range gone.Aliases {
		t.dissolve(id, at)
	}
}

// sizeOf is how many bytes an event may add to each place where it is kept.
func sizeOf(ev *schemas.Event) int {
	if ev == nil {
		return 0
	}
	return len(ev.Raw) + len(ev.ID) + len(ev.Source) + len(ev.Type) + len(ev.Subject)
}
