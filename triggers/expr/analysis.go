package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/beckon-io/beckon/triggers/diag"
)

// usesOf lists the names that an expression looks at, with the parts of the
// customer: event, now, customer, customer.cart, …
func usesOf(root ast.Expr) map[string]bool {
	uses := map[string]bool{}
	partial := map[int64]bool{} // ids of `customer` where a part of it is read
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			sel := e.AsSelect()
			if op := sel.Operand(); op.Kind() == ast.IdentKind && op.AsIdent() == "customer" {
				partial[op.ID()] = true
				uses["customer."+sel.FieldName()] = true
			}
		case ast.IdentKind:
			switch name := e.AsIdent(); name {
			case "customer":
				uses[name] = true
				if !partial[e.ID()] {
					uses["customer.*"] = true
				}
			case "event", "item", "now", "run":
				uses[name] = true
			}
		case ast.CallKind:
			switch e.AsCall().FunctionName() {
			case "@cycle":
				uses["customer"], uses["customer.cycles"] = true, true
			case "@viewed":
				uses["customer"], uses["customer.views"] = true, true
			case "@local":
				uses["customer"] = true
			case "@within":
				uses["now"] = true
			case "@crossed":
				uses["customer"], uses["customer.traits"] = true, true
			}
		}
	}))
	if uses["customer.segment"] {
		uses["now"], uses["customer.orders"] = true, true
	}
	if uses["customer.traits"] {
		uses["now"] = true
	}
	return uses
}

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

// checkFigures refuses crossed with a figure that nobody declared.
func (c *Compiler) checkFigures(checked *cel.Ast) (issues []Issue) {
	tree := checked.NativeRep()
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "@crossed" {
			return
		}
		arg := e.AsCall().Args()[1]
		name, ok := arg.AsLiteral().(types.String)
		if !ok || slices.Contains(movedFigures, string(name)) {
			return
		}
		f := c.traits.byName[string(name)]
		line, col := place(tree.SourceInfo().GetStartLocation(arg.ID()))
		switch {
		case f == nil:
			known := append(c.traits.names(), movedFigures...)
			hint := diag.DidYouMean(string(name), known)
			if hint == "" {
				hint = "there are " + strings.Join(known, ", ")
			}
			issues = append(issues, Issue{line, col, fmt.Sprintf("no trait %s is declared", name), hint})
		case f.typ == types.StringType:
			issues = append(issues, Issue{line, col, fmt.Sprintf("the trait %s is a text and crosses no number", name), ""})
		}
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

// cheap are the functions whose work is bounded by the length of one text or
// list; an expression of only these needs no counting at run time.
var cheap = func() map[string]bool {
	set := map[string]bool{}
	for _, names := range [][]string{accessors, {
		operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.Add, operators.Subtract,
		operators.Multiply, operators.Divide, operators.Modulo, operators.Negate, operators.Index, operators.OptIndex, operators.OptSelect,
		operators.In, overloads.Size, overloads.Contains, overloads.StartsWith, overloads.EndsWith,
		"days", "hours", "minutes", "@within", "@cycle", "@viewed", "@crossed", "@local",
		"timestamp", "duration", "int", "double", "string", "bool", "dyn", "orValue", "or", "hasValue", "value", "lowerAscii", "upperAscii", "trim",
	}} {
		for _, name := range names {
			set[name] = true
		}
	}
	return set
}()

// needsLimit tells whether an evaluation has to count its work.
func needsLimit(tree *ast.AST) (needs bool) {
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			needs = true
		case ast.CallKind:
			needs = needs || !cheap[e.AsCall().FunctionName()]
		}
	}))
	return needs
}

// sortRanges makes loops over maps go through sorted keys: CEL's own maps are
// Go's, in an order that changes from one evaluation to the next. It wraps the
// ranges of comprehensions that may be maps in a call of @sorted.
func sortRanges(tree *ast.AST) {
	next := ast.MaxID(tree)
	fac := ast.NewExprFactory()
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.ComprehensionKind {
			return
		}
		loop := e.AsComprehension().IterRange()
		typ := tree.GetType(loop.ID())
		if typ.Kind() != types.MapKind && !isDynamic(typ) {
			return
		}
		inner := fac.NewUnspecifiedExpr(next)
		inner.SetKindCase(loop)
		tree.SetType(next, typ)
		if known := tree.ReferenceMap()[loop.ID()]; known != nil {
			tree.SetReference(next, known)
		}
		loop.SetKindCase(fac.NewCall(loop.ID(), "@sorted", inner))
		tree.SetReference(loop.ID(), ast.NewFunctionReference("sorted"))
		next++
	}))
}

func sortedOption() cel.EnvOption {
	a := cel.TypeParamType("A")
	return cel.Function("@sorted", cel.Overload("sorted", []*cel.Type{a}, a), cel.SingletonUnaryBinding(func(v ref.Val) ref.Val {
		switch m := v.(type) {
		case *rawMap, *lookupMap:
			return v
		case traits.Mapper:
			return &sortedMap{m}
		}
		return v
	}))
}

// sortedMap is a map whose iterator goes through sorted keys.
type sortedMap struct{ traits.Mapper }

func (m *sortedMap) Iterator() traits.Iterator { return &keyIterator{keys: sortedKeys(m.Mapper)} }

type keyIterator struct {
	iterator
	keys []ref.Val
}

func (it *keyIterator) HasNext() ref.Val { return types.Bool(len(it.keys) > 0) }

func (it *keyIterator) Next() ref.Val {
	k := it.keys[0]
	it.keys = it.keys[1:]
	return k
}
