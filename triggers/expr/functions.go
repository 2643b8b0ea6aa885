package expr

import (
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/stdlib"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/parser"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// usage is how our functions are called, for messages.
var usage = map[string]string{
	"days":    "days(n)",
	"hours":   "hours(n)",
	"minutes": "minutes(n)",
	"within":  "within(timestamp, duration)",
	"cycle":   "cycle(sku)",
	"viewed":  "viewed(sku)",
	"crossed": "crossed(trait, n)",
	"before":  "before(customer.tier)",
	"local":   "local(timestamp)",
}

// Functions that look at the customer are macros: they put the evaluation
// itself in front of the arguments and call a function that has it declared.
// CEL's own late binding would need a closure for each evaluation.
func withEvaluation(name string, args int) cel.EnvOption {
	return cel.Macros(cel.GlobalMacro(name, args, func(h parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		return h.NewCall("@"+name, append([]ast.Expr{h.NewIdent(hiddenName)}, args...)...), nil
	}))
}

func functionOptions() []cel.EnvOption {
	opts := []cel.EnvOption{
		cel.Variable(hiddenName, hiddenType),
		durationFunction("days", 24*time.Hour),
		durationFunction("hours", time.Hour),
		durationFunction("minutes", time.Minute),
		withEvaluation("within", 2),
		cel.Function("@within", cel.Overload("within", []*cel.Type{hiddenType, cel.TimestampType, cel.DurationType}, cel.BoolType),
			cel.SingletonFunctionBinding(within)),
		withEvaluation("cycle", 1),
		cel.Function("@cycle", cel.Overload("cycle", []*cel.Type{hiddenType, cel.StringType}, cel.DurationType),
			cel.SingletonBinaryBinding(cycle)),
		withEvaluation("viewed", 1),
		cel.Function("@viewed", cel.Overload("viewed", []*cel.Type{hiddenType, cel.StringType}, cel.IntType),
			cel.SingletonBinaryBinding(viewed)),
		withEvaluation("local", 1),
		cel.Function("@local", cel.Overload("local", []*cel.Type{hiddenType, cel.TimestampType}, cel.TimestampType),
			cel.SingletonBinaryBinding(local)),
		cel.Function(overloads.TypeConvertString,
			cel.Overload(overloads.DoubleToString, []*cel.Type{cel.DoubleType}, cel.StringType, cel.UnaryBinding(plainText))),
		cel.Function(overloads.TypeConvertTimestamp,
			cel.Overload(overloads.StringToTimestamp, []*cel.Type{cel.StringType}, cel.TimestampType, cel.UnaryBinding(instant))),
		cel.Macros(cel.GlobalMacro("crossed", 2, expandCrossed), cel.GlobalMacro(operators.Has, 1, expandHas)),
		cel.Function("@crossed",
			cel.Overload("crossed_int", []*cel.Type{hiddenType, cel.StringType, cel.IntType}, cel.BoolType),
			cel.Overload("crossed_double", []*cel.Type{hiddenType, cel.StringType, cel.DoubleType}, cel.BoolType),
			cel.SingletonFunctionBinding(crossed)),
	}
	opts = append(opts, sortedOption())
	opts = append(opts, beforeOption()...)
	return append(opts, accessorOptions()...)
}

// durationFunction is days, hours or minutes, of whole or broken numbers.
func durationFunction(name string, unit time.Duration) cel.EnvOption {
	return cel.Function(name,
		cel.Overload(name+"_int", []*cel.Type{cel.IntType}, cel.DurationType),
		cel.Overload(name+"_double", []*cel.Type{cel.DoubleType}, cel.DurationType),
		cel.SingletonUnaryBinding(func(n ref.Val) ref.Val {
			switch n := n.(type) {
			case types.Int:
				return durationOf(float64(n) * float64(unit))
			case types.Double:
				return durationOf(float64(n) * float64(unit))
			case types.Null:
				return n
			}
			return types.MaybeNoSuchOverloadErr(n)
		}))
}

// within tells whether an instant is at most a duration away from now, before
// or after it; never where either is null.
func within(args ...ref.Val) ref.Val {
	t, ok := args[1].(types.Timestamp)
	d, ok2 := args[2].(types.Duration)
	switch {
	case isNull(args[1]) || isNull(args[2]):
		return types.False
	case !ok || !ok2:
		return types.NewErr("within needs a timestamp and a duration")
	}
	now, at := args[0].(*evaluation).in.Now, schemas.FromTime(t.Time)
	return types.Bool(max(now.Sub(at), at.Sub(now)) <= d.Duration) // both may be at the limits of a duration
}

// cycle is the learned time between purchases of a sku, null if unknown.
func cycle(l, r ref.Val) ref.Val {
	e := l.(*evaluation)
	sku, ok := r.(types.String)
	if !ok || e.in.Facts == nil {
		return types.NullValue
	}
	d, ok := e.in.Facts.Cycle(e.customer, string(sku))
	if !ok {
		return types.NullValue
	}
	return types.Duration{Duration: d}
}

// viewed counts the looks at a sku.
func viewed(l, r ref.Val) ref.Val {
	sku, ok := r.(types.String)
	if !ok {
		return types.IntZero
	}
	return types.Int(l.(*evaluation).customer.Views().Count(string(sku)))
}

// local is the same instant, whose getHours() and the like read the
// customer's wall clock.
func local(l, r ref.Val) ref.Val {
	e := l.(*evaluation)
	t, ok := r.(types.Timestamp)
	if !ok {
		return types.NullValue
	}
	if e.in.Facts == nil {
		return t
	}
	return types.Timestamp{Time: t.Time.In(e.in.Facts.Location(e.customer))}
}

// expandHas reads has(customer.consent.sms) as "sms" in customer.consent: that
// map and traits declared with `by` have a value for every key.
func expandHas(h parser.ExprHelper, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if args[0].Kind() == ast.SelectKind {
		sel := args[0].AsSelect()
		switch operand := pathOf(sel.Operand()); {
		case operand == "customer.consent",
			len(operand) > len("customer.traits.") && operand[:len("customer.traits.")] == "customer.traits.":
			return h.NewCall(operators.In, h.NewLiteral(types.String(sel.FieldName())), sel.Operand()), nil
		}
	}
	return parser.MakeHas(h, target, args)
}

// conversions are the overloads of CEL's that functionOptions declares anew.
var conversions = map[string]string{
	overloads.TypeConvertString:    overloads.DoubleToString,
	overloads.TypeConvertTimestamp: overloads.StringToTimestamp,
}

// instant is timestamp() of a text, in UTC: CEL would keep the text's offset, or take the
// machine's zone for it where that has the same one.
func instant(text ref.Val) ref.Val {
	v := text.ConvertToType(types.TimestampType)
	if t, ok := v.(types.Timestamp); ok {
		return types.Timestamp{Time: t.UTC()}
	}
	return v
}

// plainText is string() of a number as people read prices: CEL writes a million as 1e+06.
func plainText(n ref.Val) ref.Val {
	s, err := textOf(n)
	if err != nil {
		return n.ConvertToType(types.StringType)
	}
	return types.String(s)
}

// accessors are CEL's functions on times, declared anew so that null has null
// fields and local() its own zone.
var accessors = []string{
	overloads.TimeGetFullYear, overloads.TimeGetMonth, overloads.TimeGetDayOfYear, overloads.TimeGetDayOfMonth,
	overloads.TimeGetDate, overloads.TimeGetDayOfWeek, overloads.TimeGetHours, overloads.TimeGetMinutes,
	overloads.TimeGetSeconds, overloads.TimeGetMilliseconds,
}

// isZone tells the name of a zone, which CEL would look for on the machine, from an
// offset such as +02:00.
func isZone(v ref.Val) bool {
	s, ok := v.(types.String)
	return ok && s != "" && !strings.Contains(string(s), ":")
}

func accessorOptions() []cel.EnvOption {
	declared := map[string]*cel.FunctionOpt{}
	for _, name := range accessors {
		declared[name] = nil
	}
	var opts []cel.EnvOption
	for _, fn := range stdlib.Functions() {
		name := fn.Name()
		if _, ok := declared[name]; !ok {
			continue
		}
		var decl []cel.FunctionOpt
		for _, o := range fn.OverloadDecls() {
			decl = append(decl, cel.MemberOverload(o.ID(), o.ArgTypes(), o.ResultType()))
		}
		decl = append(decl, cel.SingletonFunctionBinding(func(args ...ref.Val) ref.Val {
			switch t := args[0].(type) {
			case types.Null:
				return t
			case types.Timestamp:
				if len(args) > 1 && isZone(args[1]) {
					zone := walltime.Zone(string(args[1].(types.String)))
					if zone == nil {
						return types.NewErr("unknown time zone")
					}
					t, args = types.Timestamp{Time: t.In(zone)}, args[:1]
				}
				return t.Receive(name, "", args[1:])
			case types.Duration:
				return t.Receive(name, "", args[1:])
			}
			return types.MaybeNoSuchOverloadErr(args[0])
		}))
		opts = append(opts, cel.Function(name, decl...))
	}
	return opts
}
