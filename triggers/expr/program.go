package expr

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/beckon-io/beckon/schemas"
)

// Expr is one compiled expression. Immutable and safe for concurrent use.
//
// Every evaluation can fail: with an absent field of event.data, a division by
// zero, a cost over the limit. The error is for the decision's detail and
// names no customer.
type Expr struct {
	source  string
	scope   *environment
	program cel.Program
	path    *path   // nil: no plain path
	column  *column // nil: no column of a list
	gates   []gate
	gated   bool // gates are all that there is to it
	out     *types.Type
	elem    *types.Type // of out's elements, or unknown
	uses    map[string]bool
	cost    uint64
	counted bool // its work is counted at run time
}

// Source is the expression as written.
func (e *Expr) Source() string { return e.source }

// Uses tells whether the expression looks at a name: event, item, now, run,
// customer, or a part of the customer as customer.cart. Beside the parts that
// expressions can name there is customer.cycles.
func (e *Expr) Uses(name string) bool {
	if e.uses[name] {
		return true
	}
	return e.uses["customer.*"] && len(name) > len("customer.") && name[:len("customer.")] == "customer."
}

// Cost estimates the work of the worst evaluation, in CEL's units.
func (e *Expr) Cost() uint64 { return e.cost }

// IsConst tells whether the result depends on no name.
func (e *Expr) IsConst() bool { return len(e.uses) == 0 }

// eval computes the value. It may refer to the evaluation and to the input.
func (e *Expr) eval(ev *evaluation) (ref.Val, error) {
	if e.counted && ev.in.Work > maxWork {
		return nil, ErrWork
	}
	v, details, err := e.program.Eval(ev)
	if cost := details.ActualCost(); cost != nil {
		ev.in.Work += *cost
	}
	if ev.over {
		return nil, ErrWork
	}
	if err != nil {
		return nil, e.explain(err)
	}
	return v, nil
}

// Bool is the result of an expression compiled with want Bool.
func (e *Expr) Bool(in *Input) (bool, error) {
	ev := begin(in, e.scope)
	defer ev.end()
	if holds, known := e.quick(ev); known {
		return holds, nil
	}
	v, err := e.eval(ev)
	if err != nil {
		return false, err
	}
	b, ok := v.(types.Bool)
	if !ok {
		return false, fmt.Errorf("the result is a %s and not true or false", plainName(v))
	}
	return bool(b), nil
}

// Timestamp is the result of an expression compiled with want Timestamp; not
// ok where it is null.
func (e *Expr) Timestamp(in *Input) (t schemas.Time, ok bool, err error) {
	ev := begin(in, e.scope)
	defer ev.end()
	v, err := e.eval(ev)
	if err != nil {
		return 0, false, err
	}
	switch v := v.(type) {
	case types.Null:
		return 0, false, nil
	case types.Timestamp:
		return schemas.FromTime(v.Time), true, nil
	case types.String: // of raw data, where instants and dates are texts
		if midnight, ok := dateOf(string(v)); ok {
			return schemas.FromTime(midnight), true, nil
		}
		t, err := schemas.ParseTime(string(v))
		if err != nil {
			return 0, false, errors.New("the result is no date and no RFC 3339 timestamp")
		}
		return t, true, nil
	}
	return 0, false, fmt.Errorf("the result is a %s and not a timestamp", plainName(v))
}

// Text is the canonical text of a string, number, bool or instant: run keys,
// subjects. Equal numbers give equal texts: 59.90 reads 59.9.
func (e *Expr) Text(in *Input) (string, error) {
	ev := begin(in, e.scope)
	defer ev.end()
	if e.path != nil {
		if native, f := e.path.resolve(ev); f != nil && f.text != nil {
			return f.text(native), nil
		}
	}
	v, err := e.eval(ev)
	if err != nil {
		return "", err
	}
	return textOf(v)
}

// Texts is the result of an expression compiled with want Texts: a single text
// is a list of one.
func (e *Expr) Texts(in *Input) ([]string, error) {
	ev := begin(in, e.scope)
	defer ev.end()
	if e.column != nil {
		if all, ok := e.column.texts(ev); ok {
			return all, nil
		}
	}
	v, err := e.eval(ev)
	if err != nil {
		return nil, err
	}
	l, ok := v.(traits.Lister)
	if !ok {
		one, err := textOf(v)
		return []string{one}, err
	}
	all := make([]string, int(l.Size().(types.Int)))
	for i := range all {
		if all[i], err = textOf(l.Get(types.Int(i))); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Figure is the result of an expression compiled with want Figure: exact where
// the expression is a plain field or an integer, else from a binary float. Not
// ok where it is null.
func (e *Expr) Figure(in *Input) (a schemas.Amount, ok bool, err error) {
	ev := begin(in, e.scope)
	defer ev.end()
	if e.path != nil {
		if native, f := e.path.resolve(ev); f != nil && f.amount != nil {
			return f.amount(native), true, nil
		}
	}
	v, err := e.eval(ev)
	if err != nil {
		return a, false, err
	}
	return figureOf(v)
}

// JSON appends the result as canonical JSON: sorted keys, exact amounts as
// decimal strings, timestamps in RFC 3339.
func (e *Expr) JSON(in *Input, buf []byte) ([]byte, error) {
	ev := begin(in, e.scope)
	defer ev.end()
	if e.path != nil {
		if native, f := e.path.resolve(ev); f != nil {
			if out, err := f.appendJSON(buf, native); err == nil {
				return out, nil
			} // else CEL comes upon it too and has the words
		}
	}
	v, err := e.eval(ev)
	if err != nil {
		return buf, err
	}
	out, err := appendValue(buf, v)
	if err != nil {
		return buf, err
	}
	return out, nil
}

// List is the result of an expression compiled with want List: elements that
// fit Input.Item. The caller owns them.
func (e *Expr) List(in *Input) ([]any, error) {
	ev := begin(in, e.scope)
	defer ev.end()
	v, err := e.eval(ev)
	if err != nil {
		return nil, err
	}
	l, ok := v.(traits.Lister)
	if !ok {
		return nil, fmt.Errorf("the result is a %s and not a list", plainName(v))
	}
	out := make([]any, int(l.Size().(types.Int)))
	for i := range out {
		if out[i], err = elementOf(l.Get(types.Int(i))); err != nil {
			return nil, err
		}
	}
	return out, nil
}
