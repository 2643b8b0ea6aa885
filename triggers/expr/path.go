package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"
)

// A plain path such as customer.cart.total or customer.orders.recent[0].total
// is read without CEL, so that an amount stays exact on its way into JSON and
// figures.

// step is a field or, where field is nil, an index.
type step struct {
	field *field
	index int
}

// path is a plain path: the name it starts from and its steps.
type path struct {
	root  string
	steps []step
}

// pathSteps is the plain path that an expression is, nil if it is none.
func pathSteps(e ast.Expr, scope *environment) *path {
	p, _ := walkPath(e, scope)
	return p
}

func walkPath(e ast.Expr, scope *environment) (*path, *types.Type) {
	switch e.Kind() {
	case ast.IdentKind:
		if t := scope.rootType(e.AsIdent()); t != nil {
			return &path{root: e.AsIdent()}, t
		}
	case ast.SelectKind:
		sel := e.AsSelect()
		p, t := walkPath(sel.Operand(), scope)
		if p == nil || sel.IsTestOnly() {
			return nil, nil
		}
		s := scope.structs[t.TypeName()]
		if s == nil || t.Kind() != types.StructKind {
			return nil, nil
		}
		f := s.field(sel.FieldName())
		if f == nil {
			return nil, nil
		}
		p.steps = append(p.steps, step{field: f})
		return p, f.typ
	case ast.CallKind:
		return walkIndex(e.AsCall(), scope)
	}
	return nil, nil
}

func walkIndex(call ast.CallExpr, scope *environment) (*path, *types.Type) {
	if call.FunctionName() != operators.Index || len(call.Args()) != 2 || call.Args()[1].Kind() != ast.LiteralKind {
		return nil, nil
	}
	i, ok := call.Args()[1].AsLiteral().(types.Int)
	p, t := walkPath(call.Args()[0], scope)
	if !ok || p == nil || t.Kind() != types.ListKind {
		return nil, nil
	}
	p.steps = append(p.steps, step{index: int(i)})
	return p, t.Parameters()[0]
}

func (e *environment) rootType(name string) *types.Type {
	switch {
	case name == "customer":
		return e.customer.cel
	case name == "event" && e.event != nil:
		return e.event.cel
	case name == "item" && e.item != nil:
		return e.item
	case name == "run" && e.run:
		return runType.cel
	}
	return nil
}

// resolve walks to the native value before the last step and returns that
// step's field: nil, nil where the path ends in no field or an index is out
// of bounds.
func (p *path) resolve(ev *evaluation) (native any, last *field) {
	if len(p.steps) == 0 {
		return nil, nil
	}
	cur, _ := ev.ResolveName(p.root)
	for i, s := range p.steps {
		if o, ok := cur.(*object); ok {
			cur = o.native
		}
		if cur == nil {
			return nil, nil
		}
		if s.field == nil {
			l, ok := adapter{}.NativeToValue(cur).(traits.Lister)
			if !ok || s.index < 0 || types.Int(s.index) >= l.Size().(types.Int) {
				return nil, nil
			}
			cur = l.Get(types.Int(s.index))
			continue
		}
		if i == len(p.steps)-1 {
			return cur, s.field
		}
		cur = s.field.get(cur)
	}
	return nil, nil
}
