package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/parser"
)

// movedTexts are what before knows beside the figures of crossed.
var movedTexts = []string{"customer.tier"}

// before is what something about the customer was until the event being applied
// changed it; where the event left it alone, what it is.
func before(args ...ref.Val) ref.Val {
	in, name, is := args[0].(*evaluation).in, string(args[1].(types.String)), args[2] // as expandBefore puts them
	if in.Moved == nil {
		return is
	}
	m, moved := in.Moved(name)
	if !moved {
		return is
	}
	switch is.(type) {
	case types.String:
		return types.String(m.Text)
	case types.Int:
		return doubleOf(m.From).ConvertToType(types.IntType)
	default:
		return doubleOf(m.From)
	}
}

// beforeOption declares before(customer.tier): a macro hands the evaluation and
// the name to a function, and the value of now, which gives the type.
func beforeOption() []cel.EnvOption {
	a := cel.TypeParamType("A")
	return []cel.EnvOption{
		cel.Macros(cel.GlobalMacro("before", 1, expandBefore)),
		cel.Function("@before", cel.Overload("before", []*cel.Type{hiddenType, cel.StringType, a}, a),
			cel.SingletonFunctionBinding(before)),
	}
}

func expandBefore(h parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	name := strings.TrimPrefix(pathOf(args[0]), "customer.traits.")
	if name == "" {
		return nil, h.NewError(args[0].ID(), "before needs the name of a field, as in before(customer.tier)")
	}
	return h.NewCall("@before", h.NewIdent(hiddenName), h.NewLiteral(types.String(name)), args[0]), nil
}

// checkBefore refuses before of what no event is known to change, and where an
// event may be long past: a run's steps come back to it after a wait.
func (c *Compiler) checkBefore(checked *cel.Ast, scope *environment) (issues []Issue) {
	tree := checked.NativeRep()
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "@before" {
			return
		}
		arg := e.AsCall().Args()[2]
		name := pathOf(arg)
		line, col := place(tree.SourceInfo().GetStartLocation(arg.ID()))
		trait := c.traits.byName[strings.TrimPrefix(name, "customer.traits.")]
		known := append(slices.Clone(movedTexts), movedFigures...)
		switch {
		case scope.run:
			issues = append(issues, Issue{line, col, "before is known where a run starts, in when and key",
				"keep it as the run's key, which steps read as run.key"})
		case strings.HasPrefix(name, "customer.traits.") && (trait.typ == types.StringType || trait.typ.Kind() == types.MapKind):
			issues = append(issues, Issue{line, col, fmt.Sprintf("what %s was before is not known", name), "of traits, numbers without `by` are"})
		case strings.HasPrefix(name, "customer.traits.") || slices.Contains(known, name):
		default:
			issues = append(issues, Issue{line, col, fmt.Sprintf("what %s was before is not known", name),
				"known are " + strings.Join(known, ", ") + " and traits"})
		}
	}))
	return issues
}
