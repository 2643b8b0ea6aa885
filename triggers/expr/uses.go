package expr

import "cel.dev/cel-go/common/ast"

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
			case "@crossed": // of @before it goes without saying: it reads the figure too
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
