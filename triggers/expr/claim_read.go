package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// claimant reads claims off a checked expression.
//
// CEL's && and || are true, and false, exactly where their sides make them so,
// whatever error the other side may have. An order with null is false, so
// !(t < now) is no t >= now; only of plain numbers one follows from the other.
type claimant struct{ tree *ast.AST }

func (r *claimant) read(e ast.Expr, holds bool) Claim {
	switch e.Kind() {
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok && bool(b) != holds {
			return impossible
		}
		return claimOf()
	case ast.CallKind:
		if c, ok := r.call(e, holds); ok {
			return c
		}
	}
	return r.truth(e, holds)
}

// call reads what logic and comparisons say; not ok for other calls.
func (r *claimant) call(e ast.Expr, holds bool) (c Claim, ok bool) {
	name, args := e.AsCall().FunctionName(), e.AsCall().Args()
	switch name {
	case operators.LogicalAnd, operators.LogicalOr:
		left, right := r.read(args[0], holds), r.read(args[1], holds)
		if (name == operators.LogicalAnd) == holds {
			return left.And(right), true
		}
		return left.Or(right), true
	case operators.LogicalNot:
		return r.read(args[0], !holds), true
	case operators.Conditional:
		yes := r.read(args[0], true).And(r.read(args[1], holds))
		no := r.read(args[0], false).And(r.read(args[2], holds))
		return yes.Or(no), true
	case operators.Equals:
		return r.equal(e, args[0], args[1], holds), true
	case operators.NotEquals:
		return r.equal(e, args[0], args[1], !holds), true
	case operators.In:
		return r.in(e, holds), true
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return r.order(e, holds), true
	}
	return Claim{}, false
}

// truth is the claim that an expression, taken as it is, is true or false.
func (r *claimant) truth(e ast.Expr, holds bool) Claim {
	if f, ok := r.fact(e); ok {
		f.op, f.values = among, []constant{boolConstant(holds)}
		return claimOf(f)
	}
	return Claim{}
}

func (r *claimant) equal(e, left, right ast.Expr, holds bool) Claim {
	if left.Kind() == ast.LiteralKind {
		left, right = right, left
	}
	if right.Kind() == ast.LiteralKind {
		if c, ok := constantOf(right.AsLiteral()); ok {
			return r.amongThem(left, []constant{c}, holds)
		}
		return Claim{}
	}
	a, okA := r.fact(left)
	b, okB := r.fact(right)
	if !okA || !okB {
		return Claim{}
	}
	first, second := min(a.term, b.term), max(a.term, b.term)
	return claimOf(fact{term: first + " == " + second, about: a.about | b.about, op: among, values: []constant{boolConstant(holds)}})
}

// in reads `term in ["a", "b"]`.
func (r *claimant) in(e ast.Expr, holds bool) Claim {
	args := e.AsCall().Args()
	if args[1].Kind() != ast.ListKind {
		return r.truth(e, holds)
	}
	var all []constant
	for _, item := range args[1].AsList().Elements() {
		if item.Kind() != ast.LiteralKind {
			return r.truth(e, holds)
		}
		c, ok := constantOf(item.AsLiteral())
		if !ok {
			return Claim{}
		}
		all = append(all, c)
	}
	return r.amongThem(args[0], all, holds)
}

// amongThem is the claim that a term has one of some values, or none of them.
func (r *claimant) amongThem(e ast.Expr, values []constant, holds bool) Claim {
	if e.Kind() == ast.LiteralKind {
		c, ok := constantOf(e.AsLiteral())
		switch {
		case !ok:
			return Claim{}
		case slices.Contains(values, c) != holds:
			return impossible
		}
		return claimOf()
	}
	f, ok := r.fact(e)
	if !ok {
		return Claim{}
	}
	f.op, f.values = among, values
	if !holds {
		f.op = outside
	}
	if r.tree.GetType(e.ID()).Kind() == types.BoolKind && len(values) == 1 {
		return r.read(e, (values[0] == boolConstant(true)) == holds)
	}
	return claimOf(f)
}

// mirrored are the orders as they read from the other side, refuted those that
// hold of numbers where the first does not.
var (
	orders = map[string]operation{
		operators.Less: below, operators.LessEquals: atMost, operators.Greater: above, operators.GreaterEquals: atLeast,
	}
	mirrored = map[operation]operation{below: above, atMost: atLeast, above: below, atLeast: atMost}
	refuted  = map[operation]operation{below: atLeast, atMost: above, above: atMost, atLeast: below}
)

func (r *claimant) order(e ast.Expr, holds bool) Claim {
	left, right, op := e.AsCall().Args()[0], e.AsCall().Args()[1], orders[e.AsCall().FunctionName()]
	if left.Kind() == ast.LiteralKind {
		left, right, op = right, left, mirrored[op]
	}
	said := r.truth(e, holds)
	if right.Kind() != ast.LiteralKind {
		return said.And(r.present(left, holds)).And(r.present(right, holds))
	}
	c, ok := constantOf(right.AsLiteral())
	if !ok || c.kind != types.DoubleKind {
		return said
	}
	if left.Kind() == ast.LiteralKind {
		return r.orderOfNumbers(left, op, c.number, holds)
	}
	f, ok := r.fact(left)
	if !ok {
		return said
	}
	f.op, f.bound = op, c.number
	if !holds {
		if !plainNumber(left, r.tree) {
			return said
		}
		f.op = refuted[op]
	}
	return said.And(claimOf(f))
}

// present is the claim that a side of an order that holds is not null.
func (r *claimant) present(e ast.Expr, holds bool) Claim {
	f, ok := r.fact(e)
	if !ok || !holds {
		return Claim{}
	}
	f.op, f.values = outside, []constant{{kind: types.NullTypeKind}}
	return claimOf(f)
}

func (r *claimant) orderOfNumbers(e ast.Expr, op operation, bound float64, holds bool) Claim {
	c, ok := constantOf(e.AsLiteral())
	if !ok || c.kind != types.DoubleKind {
		return Claim{}
	}
	if everything.within(fact{op: op, bound: bound}).holds(c.number) != holds {
		return impossible
	}
	return claimOf()
}

// plainNumber tells of a term that it always is a number: a field or a size,
// nothing computed, which could be null or no number at all.
func plainNumber(e ast.Expr, tree *ast.AST) bool {
	if !isNumber(tree.GetType(e.ID())) {
		return false
	}
	switch e.Kind() {
	case ast.SelectKind:
		return true
	case ast.CallKind:
		name := e.AsCall().FunctionName()
		return name == "size" || name == "@viewed"
	}
	return false
}

// fact is one about an expression as a term, its operation still to be set; not
// ok for what is no term, such as a loop.
func (r *claimant) fact(e ast.Expr) (f fact, ok bool) {
	var b strings.Builder
	if e.Kind() == ast.LiteralKind || !writeTerm(&b, &f.about, e) {
		return f, false
	}
	typ := r.tree.GetType(e.ID())
	f.term, f.raw, f.whole = b.String(), isDynamic(typ), typ.Kind() == types.IntKind
	return f, true
}

// writeTerm writes an expression in one spelling, and gathers what it looks at.
func writeTerm(b *strings.Builder, about *subjects, e ast.Expr) bool {
	switch e.Kind() {
	case ast.IdentKind:
		*about |= subjectOf[e.AsIdent()]
		b.WriteString(e.AsIdent())
	case ast.LiteralKind:
		v := e.AsLiteral()
		b.WriteString(v.Type().TypeName() + strconv.Quote(fmt.Sprint(v.Value())))
	case ast.SelectKind:
		s := e.AsSelect()
		if s.IsTestOnly() {
			b.WriteString("has ")
		}
		if !writeTerm(b, about, s.Operand()) {
			return false
		}
		b.WriteString("." + s.FieldName())
	case ast.CallKind:
		call := e.AsCall()
		args := call.Args()
		if call.IsMemberFunction() {
			args = append([]ast.Expr{call.Target()}, args...)
		}
		return writeTerms(b, about, call.FunctionName(), args)
	case ast.ListKind:
		return writeTerms(b, about, "list", e.AsList().Elements())
	default:
		return false
	}
	return true
}

func writeTerms(b *strings.Builder, about *subjects, name string, all []ast.Expr) bool {
	b.WriteString(name + "(")
	for _, e := range all {
		if !writeTerm(b, about, e) {
			return false
		}
		b.WriteString(",")
	}
	b.WriteString(")")
	return true
}
