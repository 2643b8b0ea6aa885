package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Most conditions of most triggers begin with, or are, a comparison of one field
// with what the author wrote: event.category == "tea", customer.country in
// ["RO", "FR"], event.total >= 30, size(event.items) > 0. With two hundred triggers loaded an event
// meets dozens of them, and nearly all are false. So they are read off the
// expression when it is compiled and asked without CEL, at a tenth of its cost:
// where one is false the whole is false, as in CEL's && one side suffices,
// whatever error the other may have; where there is nothing else, all being true
// makes the whole true.

// gate is one such comparison: of a text if values is set, else of a number.
type gate struct {
	path   *path
	size   bool     // of the list at the path, which is the number
	values []string // the text is among them,
	not    bool     // or is not
	op     string   // CEL's operator between the number and bound
	bound  float64
}

// maxExact bounds whole numbers that a float64 tells from their neighbours.
const maxExact = 1 << 53

// gatesOf reads the comparisons that an expression needs to be true; all tells
// that it needs nothing else.
func gatesOf(tree *ast.AST, scope *environment) (gates []gate, all bool) {
	if tree.GetType(tree.Expr().ID()).Kind() != types.BoolKind {
		return nil, false
	}
	all = true
	for _, e := range conjuncts(tree.Expr(), nil) {
		if g, ok := gateOf(e, tree, scope); ok {
			gates = append(gates, g)
		} else {
			all = false
		}
	}
	return gates, all
}

func conjuncts(e ast.Expr, found []ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.LogicalAnd {
		return append(found, e)
	}
	for _, side := range e.AsCall().Args() {
		found = conjuncts(side, found)
	}
	return found
}

func gateOf(e ast.Expr, tree *ast.AST, scope *environment) (g gate, ok bool) {
	if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
		return g, false
	}
	op, field, value := e.AsCall().FunctionName(), e.AsCall().Args()[0], e.AsCall().Args()[1]
	if field.Kind() == ast.LiteralKind {
		if op = turned[op]; op == "" {
			return g, false
		}
		field, value = value, field
	}
	kind := tree.GetType(field.ID()).Kind()
	if list := sized(field); list != nil && tree.GetType(list.ID()).Kind() == types.ListKind {
		field, g.size = list, true
	}
	if g.path = pathSteps(field, scope); g.path == nil || !g.path.fields() {
		return g, false
	}
	switch kind {
	case types.StringKind:
		g.not = op == operators.NotEquals
		g.values, ok = textsOf(value, op == operators.In)
		return g, ok && (g.not || op == operators.Equals || op == operators.In)
	case types.DoubleKind, types.IntKind:
		g.op = op
		g.bound, ok = numberOf(value)
		return g, ok && turned[op] != ""
	}
	return g, false
}

// sized is what a call asks the size of, nil if it asks for something else.
func sized(e ast.Expr) ast.Expr {
	switch {
	case e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "size":
		return nil
	case e.AsCall().IsMemberFunction():
		return e.AsCall().Target()
	}
	return e.AsCall().Args()[0]
}

// turned are the operators of numbers, and of texts but for in, as they read from
// the other side.
var turned = map[string]string{
	operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
}

// fields tells whether a path consists of fields of the event or the customer,
// which always have a value.
func (p *path) fields() bool {
	return (p.root == "event" || p.root == "customer") && len(p.steps) > 0 &&
		!slices.ContainsFunc(p.steps, func(s step) bool { return s.field == nil })
}

// textsOf are the texts of a literal, or of a list of such.
func textsOf(e ast.Expr, list bool) (all []string, ok bool) {
	elements := []ast.Expr{e}
	if list {
		if e.Kind() != ast.ListKind {
			return nil, false
		}
		elements = e.AsList().Elements()
	}
	for _, one := range elements {
		if one.Kind() != ast.LiteralKind {
			return nil, false
		}
		s, ok := one.AsLiteral().(types.String)
		if !ok {
			return nil, false
		}
		all = append(all, string(s))
	}
	return all, true
}

func numberOf(e ast.Expr) (float64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	c, ok := constantOf(e.AsLiteral())
	return c.number, ok && c.kind == types.DoubleKind && c.number > -maxExact && c.number < maxExact
}

// open answers the comparison.
func (g *gate) open(ev *evaluation) (yes, known bool) {
	native, f := g.path.resolve(ev)
	if f == nil {
		return false, false
	}
	if f.text != nil { // as below, without a value for CEL on the heap
		return slices.Contains(g.values, f.text(native)) != g.not, true
	}
	if g.size {
		l := listOf(f.get(native))
		return l != nil && g.compare(float64(l.len())), l != nil
	}
	switch v := f.get(native).(type) {
	case types.String:
		return slices.Contains(g.values, string(v)) != g.not, true
	case types.Double:
		return g.compare(float64(v)), true
	case types.Int:
		return g.compare(float64(v)), true
	}
	return false, false
}

func (g *gate) compare(x float64) bool {
	switch g.op {
	case operators.Equals:
		return x == g.bound
	case operators.NotEquals:
		return x != g.bound
	case operators.Less:
		return x < g.bound
	case operators.LessEquals:
		return x <= g.bound
	case operators.Greater:
		return x > g.bound
	default:
		return x >= g.bound
	}
}

// quick answers from the gates alone; not known where CEL has to.
func (e *Expr) quick(ev *evaluation) (holds, known bool) {
	all := e.gated
	for i := range e.gates {
		yes, sure := e.gates[i].open(ev)
		switch {
		case !sure:
			all = false
		case !yes:
			return false, true
		}
	}
	return true, all
}
