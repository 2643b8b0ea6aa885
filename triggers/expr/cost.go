package expr

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// Bounds in CEL's units of work, about 10 to 50 ns each.
const (
	maxStaticCost = 500_000    // estimated at load, from the sizes below
	maxRunCost    = 1_000_000  // counted at run time, where a list can be longer than estimated
	maxWork       = 50_000_000 // of all that is counted for one Input: an event may have twenty thousand elements

	bytesPerStep = 8 // of JSON that is decoded, and looked through
)

// ErrWork is of all that is to be counted after an Input's bound.
var ErrWork = fmt.Errorf("what went before it took more than %d steps", maxWork)

// sizes estimates how long the lists and texts are: the bounds of the
// customer's record, and for an event what shops really send.
type sizes struct{}

func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	most := uint64(100)
	path := node.Path()
	if len(path) > 0 {
		switch path[len(path)-1] {
		case "views":
			most = 50
		case "recent", "coupons":
			most = 20
		case "consent", "codes":
			most = 20
		}
	}
	if node.Type() != nil && node.Type().Kind() == types.StringKind {
		most = 64
	}
	s := cost.RangedSizeEstimate(0, most)
	if node.Type() != nil && node.Type().Kind() == types.OpaqueKind {
		s.Elem = &held
	}
	return &s
}

// held is what an optional of unknown origin holds: a text, list or map. Of what has no
// bound CEL fears the worst, whatever is done with it.
var held = func() cost.SizeEstimate {
	text, s := cost.RangedSizeEstimate(0, 64), cost.RangedSizeEstimate(0, 100)
	s.Key, s.Elem = &text, &text
	return s
}()

func (sizes) EstimateCallCost(function, overloadID string, target *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	return nil
}

// costIssue points at the deepest loop.
func costIssue(checked *cel.Ast) *Issue {
	tree := checked.NativeRep()
	var at ast.Expr
	deepest := -1
	for _, e := range ast.MatchDescendants(ast.NavigateAST(tree), ast.KindMatcher(ast.ComprehensionKind)) {
		if e.Depth() > deepest {
			at, deepest = e, e.Depth()
		}
	}
	issue := &Issue{1, 1, fmt.Sprintf("the expression could take too much work: more than %d steps", maxStaticCost), ""}
	if at != nil {
		issue.Line, issue.Col = place(tree.SourceInfo().GetStartLocation(at.ID()))
		issue.Hint = "loop over fewer lists at once"
	}
	return issue
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
		"days", "hours", "minutes", "@within", "@cycle", "@viewed", "@crossed", "@before", "@local",
		"timestamp", "duration", "int", "double", "string", "bool", "dyn", "orValue", "or", "hasValue", "value", "lowerAscii", "upperAscii", "trim",
	}} {
		for _, name := range names {
			set[name] = true
		}
	}
	return set
}()

// freeEqualities is how many comparisons of whole lists or raw values go
// without counting; each is at most one pass over the event.
const freeEqualities = 8

// needsLimit tells whether an evaluation has to count its work.
func needsLimit(tree *ast.AST) bool {
	needs, equalities := false, 0
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			needs = true
		case ast.CallKind:
			switch name := e.AsCall().FunctionName(); name {
			case operators.Equals, operators.NotEquals, operators.In:
				typ := tree.GetType(e.AsCall().Args()[1].ID())
				if isDynamic(typ) || len(typ.Parameters()) > 0 {
					equalities++
				}
			default:
				needs = needs || !cheap[name]
			}
		}
	}))
	return needs || equalities > freeEqualities
}
