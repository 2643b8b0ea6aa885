package expr

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// checkEquality refuses == != and in between types that are never equal; the
// operators are declared for any two types, see operators.go.
func checkEquality(checked *cel.Ast) (issues []Issue) {
	tree := checked.NativeRep()
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
			return
		}
		args := e.AsCall().Args()
		l, r := tree.GetType(args[0].ID()), tree.GetType(args[1].ID())
		op := ""
		switch e.AsCall().FunctionName() {
		case operators.Equals:
			op = "=="
		case operators.NotEquals:
			op = "!="
		case operators.In:
			op = "in"
			if len(r.Parameters()) == 0 {
				return
			}
			r = r.Parameters()[0]
		default:
			return
		}
		if comparable(l, r) {
			return
		}
		line, col := place(tree.SourceInfo().GetStartLocation(e.ID()))
		issues = append(issues, Issue{line, col,
			fmt.Sprintf("%s compares %s with %s, which are never equal", op, article(plainType(l)), article(plainType(r))),
			comparisonHint(l, r)})
	}))
	return issues
}

func comparable(l, r *types.Type) bool {
	switch {
	case isDynamic(l) || isDynamic(r):
		return true
	case isNumber(l) && isNumber(r):
		return true
	case l.Kind() == types.NullTypeKind || r.Kind() == types.NullTypeKind:
		return isNullable(l) && isNullable(r)
	case l.Kind() != r.Kind() || l.TypeName() != r.TypeName() || len(l.Parameters()) != len(r.Parameters()):
		return false
	}
	for i, p := range l.Parameters() {
		if !comparable(p, r.Parameters()[i]) {
			return false
		}
	}
	return true
}

func isDynamic(t *types.Type) bool {
	switch t.Kind() {
	case types.DynKind, types.AnyKind, types.TypeParamKind, types.ErrorKind:
		return true
	}
	return false
}

func isNumber(t *types.Type) bool {
	switch t.Kind() {
	case types.IntKind, types.UintKind, types.DoubleKind:
		return true
	}
	return false
}

func isNullable(t *types.Type) bool {
	switch t.Kind() {
	case types.NullTypeKind, types.TimestampKind, types.DurationKind, types.OpaqueKind:
		return true
	}
	return false
}
