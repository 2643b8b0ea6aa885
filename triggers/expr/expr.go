// Package expr compiles and evaluates the expressions of triggers: CEL with
// beckon's names, types and functions.
//
// Names are typed where the schema knows them, so a misspelt field is a mistake
// at load. An event type that the schema does not know can have any field; its
// fields are those of the raw object. What the contract leaves open is decided
// so:
//
//   - An absent timestamp or duration is null. Arithmetic with null is null, its
//     parts (getHours() and the like) are null, an order with it is false, and it
//     equals null only. So !(event.promised_at < now) holds without a promise.
//   - Amounts and numbers are doubles in expressions. Where an expression is a
//     plain path such as customer.cart.total, and within objects, they stay
//     exact on the way into JSON and figures.
//   - customer.birthday is midnight UTC of the day, and the day in JSON.
//   - customer.consent maps channels to the newest answer for marketing; a
//     channel without one reads false, has(customer.consent.sms) tells.
//   - within(t, d): t is at most d before or after now.
//   - crossed(figure, n): the event being applied moved it from below n to n or
//     beyond. The figure is a trait, by name or as customer.traits.NAME, or
//     customer.points, customer.orders.count or customer.orders.revenue.
//   - before(figure): what a figure was until the event being applied changed it,
//     else what it is. The figure is a trait that is a number, or one of those, or
//     customer.tier. It is known where a run starts, not in its steps.
//   - local(t) is the same instant, whose parts read the customer's wall clock
//     and which JSON shows with the zone's offset.
//   - JSON leaves out an object's empty fields and sorts keys.
//
// A hostile expression is refused at load or stopped at run time: by length,
// depth, estimated cost, counted cost, and guards on calls that could make far
// more than they are given. No clock is read; equal inputs give equal results.
package expr

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Want is the result type that the place of an expression asks for.
type Want uint8

// The wanted types.
const (
	Any Want = iota // anything that JSON can show
	Bool
	Timestamp // or null
	Text      // string, number or bool, as text: run keys, subjects, traits' `by`
	List      // `each`
	Figure    // a number: traits' sum, min, max
	Texts     // one or a list of what Text takes: skus
)

// Scope says which names an expression may use besides customer and now.
type Scope struct {
	Events []string // types that `event` can have; empty: the name is unknown there
	Item   *Expr    // the `each` whose elements are `item`; nil: the name is unknown
	Run    bool     // `run` is known
	Goal   bool     // with Run: by its key alone

	// Occurrence: `event` is the occurrence of a date, schedule or instant. It
	// has id, type, time, source and subject, and no data. Events is empty then.
	Occurrence bool
}

// Trait declares a figure under customer.traits: a number, with By a map from
// the key's text to a number, with Text a string instead of the number.
type Trait struct {
	Name     string
	By, Text bool
}

// Issue is one mistake in an expression. Line and Col count from 1 within its
// source, Col in characters.
type Issue struct {
	Line, Col int
	Message   string
	Hint      string // what to write instead, may be empty
}

// Facts answers what expressions ask beyond the customer's own record.
// Implementations are pure and live with the engine.
type Facts interface {
	// Location is the customer's zone.
	Location(c *state.Customer) *time.Location
	// Cycle is the learned time between the customer's purchases of a sku.
	Cycle(c *state.Customer, sku string) (time.Duration, bool)
	// Segment is the customer's life-cycle segment at an instant.
	Segment(c *state.Customer, now schemas.Time) string
	// Trait is a declared figure as it stands at an instant, windows cut off
	// there: a number, or a text for a Trait with Text. Key is empty for traits
	// without `by`. What was never counted is 0 or "".
	Trait(c *state.Customer, name, key string, now schemas.Time) (schemas.Amount, string)
}

// Input is all that an evaluation may see. Nil pointers stand for names that
// the scope does not have.
type Input struct {
	Event    *schemas.Event
	Item     any // *schemas.Item, or a decoded JSON value
	Now      schemas.Time
	Run      *state.Run
	Customer *state.Customer
	Facts    Facts

	// Work is what expressions have taken with this input, as far as it is counted: they
	// add to it, and stop where it is too much. Zero at the beginning.
	Work uint64

	// Moved tells from where to where the event being applied moved a figure:
	// a trait's name (with `by`: the entry of the event's key), or one of
	// customer.points, customer.orders.count, customer.orders.revenue; or what
	// customer.tier was. Not ok where the event left it alone. Nil outside of an
	// event: nothing moved.
	Moved func(figure string) (m Move, ok bool)
}

// Move is how an event changed a figure, or what a text was before it.
type Move struct {
	From, To schemas.Amount
	Text     string // of a text
}
