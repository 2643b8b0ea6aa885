package expr

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

// Bounds in CEL's units of work, about 10 to 50 ns each.
const (
	maxStaticCost = 500_000   // estimated at load, from the sizes below
	maxRunCost    = 1_000_000 // counted at run time, where a list can be longer than estimated
)

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
		case "recent":
			most = 20
		case "consent", "codes":
			most = 20
		}
	}
	if node.Type() != nil && node.Type().Kind() == types.StringKind {
		most = 64
	}
	s := cost.RangedSizeEstimate(0, most)
	return &s
}

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
