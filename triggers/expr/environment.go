package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// Limits that keep a hostile expression short of work already at load.
const (
	maxSource    = 4 << 10 // characters
	maxDepth     = 60      // nested parentheses and calls
	maxTreeDepth = 150     // of the syntax tree: also a chain of + is nested
	maxNodes     = 2000    // of the syntax tree, after macros
	maxRegexSize = 200     // instructions
)

// environment is one scope's names and types, ready to compile.
type environment struct {
	env      *cel.Env
	event    *structType // nil where the name is unknown
	customer *structType
	traits   *structType
	item     *types.Type // nil where the name is unknown
	run      bool
	structs  map[string]*structType // by CEL's name
	events   []string               // types that `event` can have; empty: not known
}

// key tells scopes with the same names and types.
func (s Scope) key() string {
	events := slices.Clone(s.Events)
	slices.Sort(events)
	key := strings.Join(slices.Compact(events), ",")
	if s.Item != nil {
		key += fmt.Sprintf(" item:%v", s.Item.elem)
	}
	if s.Run {
		key += " run"
	}
	if s.Goal {
		key += " goal"
	}
	if s.Occurrence {
		key += " occurrence"
	}
	return key
}

func (c *Compiler) environment(scope Scope) (*environment, error) {
	key := scope.key()
	if e := c.environments[key]; e != nil {
		return e, nil
	}
	e := &environment{customer: c.customer, traits: c.traits, run: scope.Run, events: scope.Events, structs: map[string]*structType{}}
	vars := []cel.EnvOption{
		cel.Variable("customer", c.customer.cel),
		cel.Variable("now", cel.TimestampType),
	}
	for _, s := range []*structType{itemType, viewType, cartType, orderType, ordersType, couponType, runType, c.customer, c.traits} {
		e.structs[s.cel.TypeName()] = s
	}
	if len(scope.Events) > 0 || scope.Occurrence {
		e.event = eventStruct(scope.Events)
		e.structs[e.event.cel.TypeName()] = e.event
		vars = append(vars, cel.Variable("event", e.event.cel))
	}
	if scope.Item != nil {
		e.item = scope.Item.elem
		vars = append(vars, cel.Variable("item", e.item))
	}
	if scope.Run {
		vars = append(vars, cel.Variable("run", runType.cel))
	}
	if scope.Goal {
		e.structs[goalRunType.cel.TypeName()] = goalRunType
	}
	var err error
	e.env, err = newEnv(e, vars)
	if err != nil {
		return nil, err
	}
	c.environments[key] = e
	return e, nil
}

func newEnv(e *environment, vars []cel.EnvOption) (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("types of expressions: %w", err)
	}
	ours := env.NewLibrarySubset()
	for name := range replaced {
		ours.AddExcludedFunctions(env.NewFunction(name))
	}
	for _, name := range append([]string{operators.Equals, operators.NotEquals, operators.In}, accessors...) {
		ours.AddExcludedFunctions(env.NewFunction(name))
	}
	for name, overload := range conversions {
		ours.AddExcludedFunctions(env.NewFunction(name, env.NewOverload(overload, nil, nil)))
	}
	opts := []cel.EnvOption{
		cel.CustomTypeAdapter(adapter{}),
		cel.CustomTypeProvider(&provider{Registry: registry, structs: e.structs}),
		cel.StdLib(cel.StdLibSubset(ours)),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		ext.Strings(),
		ext.Lists(ext.ListsMaxRangeSize(1000)),
		ext.Sets(),
		ext.Math(),
		ext.TwoVarComprehensions(),
		guardOption,
		cel.ParserExpressionSizeLimit(maxSource),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNestingDepthLimit(maxTreeDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ParserErrorRecoveryLimit(4),
		cel.RegexProgramSizeLimit(maxRegexSize),
		cel.ASTValidators(cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals(), cel.ValidateRegexLiterals()),
	}
	opts = append(opts, operatorOptions()...)
	opts = append(opts, functionOptions()...)
	built, err := cel.NewCustomEnv(append(opts, vars...)...)
	if err != nil {
		return nil, fmt.Errorf("environment of expressions: %w", err)
	}
	return built, nil
}
