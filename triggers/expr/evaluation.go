package expr

import (
	"errors"
	"reflect"
	"sync"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// evaluation is one evaluation under way: the names of its input, and what was
// decoded of it so far. CEL asks it for names; it is also the hidden first
// argument of our functions, by which they reach the customer and the facts.
// Evaluations are pooled, so no value of theirs outlives a method of Expr.
type evaluation struct {
	in       *Input
	event    *schemas.Event
	customer *state.Customer
	run      *state.Run
	scope    *environment

	data, eventAttributes, eventOffer, attributes ref.Val // decoded JSON, nil before

	over bool // the input's work was too much for decoding more
}

// The views are the evaluation again, as the native values behind event,
// customer and customer.traits.
type (
	eventView    evaluation
	customerView evaluation
	traitsView   evaluation
)

var evaluations = sync.Pool{New: func() any { return new(evaluation) }}

var (
	noEvent    = &schemas.Event{Raw: []byte("{}")}
	noRun      = &state.Run{}
	hiddenType = types.NewObjectType(hiddenName)
)

// hiddenName is the variable that our functions get as their first argument.
// No expression can spell it.
const hiddenName = "@evaluation"

func begin(in *Input, scope *environment) *evaluation {
	e := evaluations.Get().(*evaluation)
	e.in, e.scope = in, scope
	e.event, e.customer, e.run = in.Event, in.Customer, in.Run
	if e.event == nil {
		e.event = noEvent
	}
	if e.customer == nil {
		e.customer = state.New("")
	}
	if e.run == nil {
		e.run = noRun
	}
	return e
}

func (e *evaluation) end() {
	*e = evaluation{}
	evaluations.Put(e)
}

// ResolveName implements interpreter.Activation.
func (e *evaluation) ResolveName(name string) (any, bool) {
	switch name {
	case "event":
		return (*eventView)(e), true
	case "customer":
		return (*customerView)(e), true
	case "now":
		return timestampOf(e.in.Now), true
	case "item":
		return e.in.Item, true
	case "run":
		return e.run, true
	case hiddenName:
		return e, true
	}
	return nil, false
}

// Parent implements interpreter.Activation.
func (e *evaluation) Parent() interpreter.Activation { return nil }

// decode is a JSON object of the input, decoded once; absent is empty. It is work like
// any other: there may be an evaluation for each of an event's elements.
func (e *evaluation) decode(cached *ref.Val, raw []byte) ref.Val {
	if *cached != nil {
		return *cached
	}
	if e.in.Work > maxWork {
		e.over = true
		return types.WrapErr(ErrWork)
	}
	e.in.Work += uint64(len(raw)) / bytesPerStep
	*cached = &rawMap{}
	if len(raw) > 0 {
		v, err := decodeRaw(raw)
		if err != nil {
			v = types.WrapErr(err)
		}
		*cached = v
	}
	return *cached
}

func (e *eventView) raw() ref.Val { return (*evaluation)(e).decode(&e.data, e.event.Raw) }

// rawField is a field of the raw object, an error where it is absent.
func (e *eventView) rawField(name string) ref.Val {
	m, ok := e.raw().(*rawMap)
	if !ok {
		return types.NewErr("data is no JSON object")
	}
	if v, ok := m.find(name); ok {
		return v
	}
	return types.NewErr("no such key: %s", name)
}

func (e *eventView) hasRaw(name string) bool {
	m, ok := e.raw().(*rawMap)
	if !ok {
		return false
	}
	_, ok = m.find(name)
	return ok
}

// The rest makes an evaluation a value, as arguments of functions must be.

func (e *evaluation) Type() ref.Type                   { return hiddenType }
func (e *evaluation) Value() any                       { return e }
func (e *evaluation) Equal(other ref.Val) ref.Val      { return types.Bool(other == ref.Val(e)) }
func (e *evaluation) ConvertToType(t ref.Type) ref.Val { return types.NewErr("hidden") }
func (e *evaluation) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("hidden")
}
