package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

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
		case *rawMap, *lookupMap, *figures:
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
