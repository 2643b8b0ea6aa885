package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// CEL counts the cost of a call after it was made. That is too late for calls
// whose result can be far larger than their arguments, or whose work grows
// with the square of a list: two megabytes of text make a terabyte with one
// replace. Such functions are declared anew with a look at the arguments
// before.

const (
	maxText  = 64 << 10 // bytes of a text that an expression puts together
	maxPairs = 1 << 20  // of elements that are compared with one another
)

var (
	errText  = types.NewErr("text too long")
	errPairs = types.NewErr("list too long")
)

// guards refuse calls by their arguments.
var guards = map[string]func(args []ref.Val) ref.Val{
	"replace":         guardReplace,
	"join":            guardJoin,
	"format":          guardFormat,
	"distinct":        guardPairs,
	"sets.contains":   guardPairs,
	"sets.equivalent": guardPairs,
	"sets.intersects": guardPairs,
}

// guardOption declares the guarded functions anew; the libraries that declare
// them come before it.
func guardOption(e *cel.Env) (*cel.Env, error) {
	for name, guard := range guards {
		old := e.Functions()[name]
		if old == nil {
			return nil, fmt.Errorf("no function %s to guard", name)
		}
		bound, err := old.Bindings()
		if err != nil {
			return nil, fmt.Errorf("bindings of %s: %w", name, err)
		}
		impl := map[string]*functions.Overload{}
		for _, o := range bound {
			impl[o.Operator] = o
		}
		var opts []decls.FunctionOpt
		for _, o := range old.OverloadDecls() {
			declare := decls.Overload
			if o.IsMemberFunction() {
				declare = decls.MemberOverload
			}
			opts = append(opts, declare(o.ID(), o.ArgTypes(), o.ResultType(), guarded(guard, impl[o.ID()])))
		}
		if e, err = cel.Function(name, opts...)(e); err != nil {
			return nil, fmt.Errorf("guard %s: %w", name, err)
		}
	}
	return e, nil
}

// guarded is an overload's implementation behind a guard. Declaring an overload
// again with the same signature replaces its implementation.
func guarded(guard func([]ref.Val) ref.Val, impl *functions.Overload) decls.OverloadOpt {
	switch {
	case impl.Unary != nil:
		return decls.UnaryBinding(func(v ref.Val) ref.Val {
			if err := guard([]ref.Val{v}); err != nil {
				return err
			}
			return impl.Unary(v)
		})
	case impl.Binary != nil:
		return decls.BinaryBinding(func(l, r ref.Val) ref.Val {
			if err := guard([]ref.Val{l, r}); err != nil {
				return err
			}
			return impl.Binary(l, r)
		})
	}
	return decls.FunctionBinding(func(args ...ref.Val) ref.Val {
		if err := guard(args); err != nil {
			return err
		}
		return impl.Function(args...)
	})
}

func guardReplace(args []ref.Val) ref.Val {
	text, ok1 := args[0].(types.String)
	old, ok2 := args[1].(types.String)
	with, ok3 := args[2].(types.String)
	if ok1 && ok2 && ok3 && len(text)+strings.Count(string(text), string(old))*len(with) > maxText {
		return errText
	}
	return nil
}

func guardJoin(args []ref.Val) ref.Val {
	l, ok := args[0].(traits.Lister)
	if !ok {
		return nil
	}
	n, total := int(l.Size().(types.Int)), 0
	if len(args) > 1 {
		if sep, ok := args[1].(types.String); ok {
			total = n * len(sep)
		}
	}
	for i := 0; i < n && total <= maxText; i++ {
		if s, ok := l.Get(types.Int(i)).(types.String); ok {
			total += len(s)
		}
	}
	if total > maxText {
		return errText
	}
	return nil
}

func guardFormat(args []ref.Val) ref.Val {
	if textSize(args[0], maxText)+textSize(args[1], maxText) > maxText {
		return errText
	}
	return nil
}

// textSize is about how long a value is as text, looking no further than a
// bound.
func textSize(v ref.Val, bound int) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	case traits.Lister:
		total := 0
		for i := types.Int(0); i < v.Size().(types.Int) && total <= bound; i++ {
			total += 2 + textSize(v.Get(i), bound-total)
		}
		return total
	case traits.Mapper:
		total := 0
		for it := v.Iterator(); it.HasNext() == types.True && total <= bound; {
			k := it.Next()
			val, _ := v.Find(k)
			total += 4 + textSize(k, bound-total) + textSize(val, bound-total)
		}
		return total
	}
	return 32
}

func guardPairs(args []ref.Val) ref.Val {
	n := 1
	for _, a := range args {
		if l, ok := a.(traits.Lister); ok {
			n *= int(l.Size().(types.Int))
			if len(args) == 1 {
				n *= n
			}
		}
		if n > maxPairs {
			return errPairs
		}
	}
	return nil
}
