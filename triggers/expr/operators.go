package expr

import (
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/stdlib"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/beckon-io/beckon/schemas"
)

// CEL's operators know neither null nor mixed numbers: promised_at + hours(12)
// would be an error where the shop promised nothing, and total + 10 a type
// error. So the operators are declared anew, with CEL's own overloads and ours:
//
//   - arithmetic with null is null, so that a wait_until without a date says so;
//   - an order (< <= > >=) with null is false, either way round;
//   - an int beside a double counts as a double, also for == and in;
//   - doubles are calculated with as decimals, see decimally: 20.33 - 19.90 is 0.43;
//   - a raw text such as "59.90" has its order among numbers;
//   - a duration can be multiplied with and divided by a number.
//
// The checker still refuses every other mixture: equality is declared for any
// two types, as overloads of type parameters may not overlap, and held to
// comparable types afterwards by checkEquality.

// replaced are the functions of CEL's standard library that this file declares
// anew.
var replaced = map[string]func(l, r ref.Val) ref.Val{
	operators.Add:           arithmetic(addValues, schemas.Amount.Plus),
	operators.Subtract:      arithmetic(subtractValues, schemas.Amount.Minus),
	operators.Multiply:      arithmetic(multiplyValues, schemas.Amount.Times),
	operators.Divide:        arithmetic(divideValues, schemas.Amount.Over),
	operators.Less:          order(func(c types.Int) bool { return c < 0 }),
	operators.LessEquals:    order(func(c types.Int) bool { return c <= 0 }),
	operators.Greater:       order(func(c types.Int) bool { return c > 0 }),
	operators.GreaterEquals: order(func(c types.Int) bool { return c >= 0 }),
}

var extraOverloads = map[string][]cel.FunctionOpt{
	operators.Add:      mixedNumbers("add"),
	operators.Subtract: mixedNumbers("subtract"),
	operators.Multiply: append(mixedNumbers("multiply"), scaledDurations("multiply", true)...),
	operators.Divide:   append(mixedNumbers("divide"), scaledDurations("divide", false)...),
}

func mixedNumbers(name string) []cel.FunctionOpt {
	return []cel.FunctionOpt{
		cel.Overload(name+"_int64_double", []*cel.Type{cel.IntType, cel.DoubleType}, cel.DoubleType),
		cel.Overload(name+"_double_int64", []*cel.Type{cel.DoubleType, cel.IntType}, cel.DoubleType),
	}
}

func scaledDurations(name string, bothWays bool) []cel.FunctionOpt {
	opts := []cel.FunctionOpt{
		cel.Overload(name+"_duration_int64", []*cel.Type{cel.DurationType, cel.IntType}, cel.DurationType),
		cel.Overload(name+"_duration_double", []*cel.Type{cel.DurationType, cel.DoubleType}, cel.DurationType),
	}
	if bothWays {
		opts = append(opts,
			cel.Overload(name+"_int64_duration", []*cel.Type{cel.IntType, cel.DurationType}, cel.DurationType),
			cel.Overload(name+"_double_duration", []*cel.Type{cel.DoubleType, cel.DurationType}, cel.DurationType))
	}
	return opts
}

// operatorOptions declare the operators of this file.
func operatorOptions() []cel.EnvOption {
	var opts []cel.EnvOption
	for _, fn := range stdlib.Functions() {
		bind, ok := replaced[fn.Name()]
		if !ok {
			continue
		}
		var decl []cel.FunctionOpt
		for _, o := range fn.OverloadDecls() {
			decl = append(decl, cel.Overload(o.ID(), o.ArgTypes(), o.ResultType()))
		}
		decl = append(decl, extraOverloads[fn.Name()]...)
		opts = append(opts, cel.Function(fn.Name(), append(decl, cel.SingletonBinaryBinding(bind))...))
	}
	a, b, c := cel.TypeParamType("A"), cel.TypeParamType("B"), cel.TypeParamType("C")
	return append(opts,
		// Equality and ternary are evaluated by the planner itself; bindings are never called.
		cel.Function(operators.Equals, cel.Overload(overloads.Equals, []*cel.Type{a, b}, cel.BoolType),
			cel.SingletonBinaryBinding(types.Equal)),
		cel.Function(operators.NotEquals, cel.Overload(overloads.NotEquals, []*cel.Type{a, b}, cel.BoolType),
			cel.SingletonBinaryBinding(func(l, r ref.Val) ref.Val { return !types.Equal(l, r).(types.Bool) })),
		cel.Function(operators.In,
			cel.Overload(overloads.InList, []*cel.Type{a, cel.ListType(b)}, cel.BoolType),
			cel.Overload(overloads.InMap, []*cel.Type{a, cel.MapType(b, c)}, cel.BoolType),
			cel.SingletonBinaryBinding(func(l, r ref.Val) ref.Val {
				if box, ok := r.(traits.Container); ok {
					return box.Contains(l)
				}
				return types.MaybeNoSuchOverloadErr(r)
			})))
}

func isNull(v ref.Val) bool { _, ok := v.(types.Null); return ok }

func arithmetic(op func(l, r ref.Val) ref.Val, exact decimalOp) func(l, r ref.Val) ref.Val {
	return func(l, r ref.Val) ref.Val {
		if isNull(l) || isNull(r) {
			return types.NullValue
		}
		if i, ok := l.(types.Int); ok {
			if _, ok := r.(types.Double); ok {
				l = types.Double(i)
			}
		} else if i, ok := r.(types.Int); ok {
			if _, ok := l.(types.Double); ok {
				r = types.Double(i)
			}
		}
		if a, ok := l.(types.Double); ok {
			if b, ok := r.(types.Double); ok {
				return decimally(a, b, op, exact)
			}
		}
		return op(l, r)
	}
}

func order(holds func(types.Int) bool) func(l, r ref.Val) ref.Val {
	return func(l, r ref.Val) ref.Val {
		if isNull(l) || isNull(r) || isNaN(l) || isNaN(r) {
			return types.False
		}
		l, r = amountText(l, r), amountText(r, l)
		left, ok := l.(traits.Comparer)
		if !ok {
			return types.MaybeNoSuchOverloadErr(l)
		}
		switch cmp := left.Compare(r).(type) {
		case types.Int:
			return types.Bool(holds(cmp))
		default:
			return cmp
		}
	}
}

// amountText reads a text beside a number as an amount: raw data may hold
// "59.90" where the schema does not know the field. The checker refuses texts
// that it knows to be such.
func amountText(v, beside ref.Val) ref.Val {
	s, ok := v.(types.String)
	if !ok {
		return v
	}
	switch beside.(type) {
	case types.Int, types.Double:
		if a, err := schemas.ParseAmount(string(s)); err == nil {
			return doubleOf(a)
		}
	}
	return v
}

func isNaN(v ref.Val) bool { d, ok := v.(types.Double); return ok && d != d }

func addValues(l, r ref.Val) ref.Val {
	if a, ok := l.(types.String); ok {
		if b, ok := r.(types.String); ok && len(a)+len(b) > maxText {
			return errText
		}
	}
	if a, ok := l.(traits.Adder); ok {
		return a.Add(r)
	}
	return types.MaybeNoSuchOverloadErr(l)
}

func subtractValues(l, r ref.Val) ref.Val {
	if a, ok := l.(traits.Subtractor); ok {
		return a.Subtract(r)
	}
	return types.MaybeNoSuchOverloadErr(l)
}

func multiplyValues(l, r ref.Val) ref.Val {
	if d, ok := l.(types.Duration); ok {
		return scaleDuration(d, r, false)
	}
	if d, ok := r.(types.Duration); ok {
		return scaleDuration(d, l, false)
	}
	if a, ok := l.(traits.Multiplier); ok {
		return a.Multiply(r)
	}
	return types.MaybeNoSuchOverloadErr(l)
}

func divideValues(l, r ref.Val) ref.Val {
	if d, ok := l.(types.Duration); ok {
		return scaleDuration(d, r, true)
	}
	if a, ok := l.(traits.Divider); ok {
		return a.Divide(r)
	}
	return types.MaybeNoSuchOverloadErr(l)
}

func scaleDuration(d types.Duration, by ref.Val, divide bool) ref.Val {
	var f float64
	switch n := by.(type) {
	case types.Int:
		f = float64(n)
	case types.Double:
		f = float64(n)
	default:
		return types.MaybeNoSuchOverloadErr(by)
	}
	switch {
	case !divide:
		f *= float64(d.Duration)
	case f == 0:
		return types.NewErr("division by zero")
	default:
		f = float64(d.Duration) / f
	}
	return durationOf(f)
}

// durationOf is a duration of so many nanoseconds, to the nearest microsecond, which
// is the grain of instants; or an error beyond the 292 years that a duration can hold.
func durationOf(nanos float64) ref.Val {
	if !(nanos > -1<<62 && nanos < 1<<62) {
		return types.NewErr("duration out of range")
	}
	return types.Duration{Duration: time.Duration(nanos).Round(time.Microsecond)}
}
