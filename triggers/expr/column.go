package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// column is one text of each element of a list, as in
// customer.cart.items.map(i, i.sku): what a send asks the stock of. CEL makes a
// list for each element, and joins them; read off like a path it is a loop.
type column struct {
	list  *path
	field *field
}

// columnOf is the column that an expression is, nil if it is none: a map macro
// over a plain path whose body is a field of its variable.
func columnOf(e ast.Expr, scope *environment) *column {
	if e.Kind() != ast.ComprehensionKind {
		return nil
	}
	loop := e.AsComprehension()
	list, typ := walkPath(loop.IterRange(), scope)
	if list == nil || typ.Kind() != types.ListKind || typ.Parameters()[0].Kind() != types.StructKind || !isVar(loop.Result(), loop.AccuVar()) {
		return nil
	}
	step := loop.LoopStep() // accumulated + [variable.field]
	if step.Kind() != ast.CallKind || step.AsCall().FunctionName() != operators.Add || !isVar(step.AsCall().Args()[0], loop.AccuVar()) {
		return nil
	}
	body := step.AsCall().Args()[1]
	if body.Kind() != ast.ListKind || body.AsList().Size() != 1 || len(body.AsList().OptionalIndices()) > 0 {
		return nil
	}
	one := body.AsList().Elements()[0]
	if one.Kind() != ast.SelectKind || one.AsSelect().IsTestOnly() || !isVar(one.AsSelect().Operand(), loop.IterVar()) {
		return nil
	}
	s := scope.structs[typ.Parameters()[0].TypeName()]
	if s == nil {
		return nil
	}
	f := s.byName[one.AsSelect().FieldName()]
	if f == nil || f.text == nil {
		return nil
	}
	return &column{list, f}
}

func isVar(e ast.Expr, name string) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == name }

// texts reads the column; not ok where the list is none that is stored, which
// CEL has to read.
func (c *column) texts(ev *evaluation) (all []string, ok bool) {
	native, f := c.list.resolve(ev)
	if f == nil {
		return nil, false
	}
	l := listOf(f.get(native))
	if l == nil {
		return nil, false
	}
	return l.texts(c.field), true
}
