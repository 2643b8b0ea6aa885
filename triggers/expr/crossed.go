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

	"github.com/beckon-io/beckon/triggers/diag"
)

// crossed tells whether the event being applied moved a figure from below n to
// n or beyond.
func crossed(args ...ref.Val) ref.Val {
	e := args[0].(*evaluation)
	figure, ok := args[1].(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(args[1])
	}
	if e.in.Moved == nil {
		return types.False
	}
	m, ok := e.in.Moved(string(figure))
	if !ok {
		return types.False
	}
	below := order(func(c types.Int) bool { return c < 0 })(doubleOf(m.From), args[2])
	reached := order(func(c types.Int) bool { return c >= 0 })(doubleOf(m.To), args[2])
	return types.Bool(below == types.True && reached == types.True)
}

// movedFigures are what crossed knows beside traits.
var movedFigures = []string{"customer.points", "customer.orders.count", "customer.orders.revenue"}

// expandCrossed takes the figure as a name, crossed("views", 10), or as what
// it would be read with, crossed(customer.traits.views, 10).
func expandCrossed(h parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	figure := pathOf(args[0])
	if len(figure) > len("customer.traits.") && figure[:len("customer.traits.")] == "customer.traits." {
		figure = figure[len("customer.traits."):]
	}
	if args[0].Kind() == ast.LiteralKind {
		if s, ok := args[0].AsLiteral().(types.String); ok {
			figure = string(s)
		}
	}
	if figure == "" {
		return nil, h.NewError(args[0].ID(), "crossed needs the name of a trait")
	}
	return h.NewCall("@crossed", h.NewIdent(hiddenName), withID(h, args[0], figure), args[1]), nil
}

// withID is a text literal in the place of another expression.
func withID(h parser.ExprHelper, place ast.Expr, text string) ast.Expr {
	lit := h.NewLiteral(types.String(text))
	place.SetKindCase(lit)
	return place
}

// pathOf is a chain of names such as customer.orders.count, else empty.
func pathOf(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		if base := pathOf(e.AsSelect().Operand()); base != "" && !e.AsSelect().IsTestOnly() {
			return base + "." + e.AsSelect().FieldName()
		}
	}
	return ""
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
