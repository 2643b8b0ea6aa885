package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// Compiler compiles the expressions of one load. Not safe for concurrent use.
type Compiler struct {
	customer, traits *structType
	environments     map[string]*environment // by Scope.key
}

// NewCompiler makes a compiler that knows the declared traits.
func NewCompiler(traits []Trait) *Compiler {
	c := &Compiler{environments: map[string]*environment{}}
	c.customer, c.traits = customerStruct(traits)
	return c
}

// Compile checks and compiles one expression. It returns the expression or
// every mistake found, sorted by place.
func (c *Compiler) Compile(src string, scope Scope, want Want) (*Expr, []Issue) {
	if n := utf8.RuneCountInString(src); n > maxSource {
		return nil, []Issue{{1, 1, fmt.Sprintf("the expression has %d characters; %d are allowed", n, maxSource), ""}}
	}
	if strings.TrimSpace(src) == "" {
		return nil, []Issue{{1, 1, "the expression is empty", ""}}
	}
	scoped, err := c.environment(scope)
	if err != nil {
		return nil, []Issue{{1, 1, err.Error(), ""}}
	}
	// Env.Compile, and Issues.Err, would print all that is wrong, with the line of
	// each, only to ask whether something is.
	parsed, issues := scoped.env.Parse(src)
	if wrong := issues.Errors(); len(wrong) > 0 {
		return nil, translate(src, scoped, nil, wrong)
	}
	checked, issues := scoped.env.Check(parsed)
	if wrong := issues.Errors(); len(wrong) > 0 {
		return nil, translate(src, scoped, parsed, wrong)
	}
	found := append(checkEquality(checked), c.checkFigures(checked)...)
	if found = append(found, c.checkBefore(checked, scoped)...); found != nil {
		return nil, sorted(found)
	}
	if issue := checkResult(src, checked.OutputType(), want); issue != nil {
		return nil, []Issue{*issue}
	}
	e := &Expr{source: src, scope: scoped, out: checked.OutputType()}
	e.elem = elementType(e.out)
	if want == List {
		if issue := checkElement(src, e.elem); issue != nil {
			return nil, []Issue{*issue}
		}
	}
	if issue := e.plan(checked); issue != nil {
		return nil, []Issue{*issue}
	}
	return e, nil
}

func elementType(t *types.Type) *types.Type {
	if t.Kind() == types.ListKind {
		return t.Parameters()[0]
	}
	return types.DynType
}

// plan makes the program, and finds out what the expression looks at and costs.
func (e *Expr) plan(checked *cel.Ast) *Issue {
	e.uses = usesOf(checked.NativeRep().Expr())
	e.path = pathSteps(checked.NativeRep().Expr(), e.scope)
	e.column = columnOf(checked.NativeRep().Expr(), e.scope)
	e.gates, e.gated = gatesOf(checked.NativeRep(), e.scope)
	estimate, err := e.scope.env.EstimateCost(checked, sizes{})
	if err != nil {
		return &Issue{1, 1, "the cost cannot be estimated: " + err.Error(), ""}
	}
	e.cost = estimate.Max
	if e.cost > maxStaticCost {
		return costIssue(checked)
	}
	opts := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if e.counted = needsLimit(checked.NativeRep()); e.counted {
		opts = append(opts, cel.CostLimit(maxRunCost))
	}
	sortRanges(checked.NativeRep())
	e.program, err = e.scope.env.PlanProgram(checked.NativeRep(), opts...)
	if err != nil {
		return &Issue{1, 1, err.Error(), ""}
	}
	return nil
}
