// Package engine is beckon's heart: from a customer, an event or a due wait,
// and an instant, to what has to happen. Live processing, backtest, scenario
// tests and simulation all call it, so they cannot disagree.
//
// It does no I/O, reads no clock, uses no randomness and starts no goroutine.
package engine

import (
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
	// Wake is when Fire next has work for the customer; zero means never.
	Wake schemas.Time
}

// MailKind says what a Mail asks of its recipient.
type MailKind uint8

// The kinds of mail. The numbers travel in the mailbox topic: never reuse one.
const (
	MailEvent     MailKind = iota + 1 // an event for To: forwarded, emitted, or of an alias
	MailBind                          // To is an order or tracking code; Customer is whose it is
	MailLookup                        // To is an order or tracking code; Event is a shipment without a customer
	MailMergeAsk                      // To is an anonymous id, identified as Customer
	MailMerge                         // To is the customer; Payload what was kept under the anonymous id
	MailProduct                       // To is a sku's home or a watcher; Event is the product.updated
	MailWatch                         // To is a sku's home; Customer watches it
	MailLimit                         // To is a limit; Payload the command it may let out
	MailLimitDeny                     // To is the customer; Payload the command that came too late
)

// Mail goes to another subject, in the same transaction.
type Mail struct {
	Kind     MailKind
	To       string // subject; internal ones start with a NUL byte, see Internal
	ToAll    bool   // to the record To in every task: catalogue facts that each task keeps a copy of
	Customer string
	Event    *schemas.Event
	Payload  []byte
	At       schemas.Time // event time, for the order of processing
}

// Env is what surrounds one call and may differ between processes.
type Env struct {
	// Wall is the wall clock; in a backtest the virtual clock. Only stale, late
	// quiet hours and message.* feedback look at it.
	Wall schemas.Time
	// Product looks up what this task knows of a sku; nil where nothing is known.
	Product func(sku string) *state.Product
}

// Config is what an Engine is made of. It does not change afterwards; a new
// set of triggers makes a new Engine.
type Config struct {
	App    string
	Set    *rule.Set
	Secret []byte // for unguessable codes
	Lookup bool   // shipments without a customer are matched by order id or tracking code
}

// Engine decides. Safe for concurrent use on different customers.
type Engine struct{ cfg Config }

// New makes an engine.
func New(cfg Config) *Engine { return &Engine{cfg} }

// RecordOf is the subject of the record that Apply needs for an event: the
// customer, or an internal subject for product.updated and for shipments
// without a customer. The home task of a record is murmur2 of
// HomeKey(record) modulo the number of tasks.
func RecordOf(ev *schemas.Event) string { panic("not yet") }

// HomeKey is the key whose hash decides a record's home: the customer id, the
// sku of a product (as product.updated is keyed by it), else the whole subject.
func HomeKey(record string) string { panic("not yet") }

// Apply lets one event happen to its record. Waits of the customer that end
// before the event (due + grace < its time) must have been fired before.
func (e *Engine) Apply(c *state.Customer, ev *schemas.Event, env Env) Effects { panic("not yet") }

// Fire ends the customer's waits that are due at or before an instant. The
// caller knows that due + grace is behind the clock.
func (e *Engine) Fire(c *state.Customer, due schemas.Time, env Env) Effects { panic("not yet") }

// Receive lets mail from another subject happen to a record.
func (e *Engine) Receive(c *state.Customer, m Mail, env Env) Effects { panic("not yet") }

// Internal is the subject of a record that is no customer's: an order, a
// tracking code, a product, a limit. No customer's id can be equal to it.
func Internal(kind, name string) string { return "\x00" + kind + "/" + name }
