package rehearsal

import (
	"regexp"
	"slices"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// check is a scenario.State, compiled.
type check struct {
	that   []statement
	fields []*expr.Expr // of State.Fields
}

// statement is an expression that must hold.
type statement struct {
	spot  scenario.Spot
	expr  *expr.Expr
	parts []*expr.Expr // the paths in it, to show what they are
}

// customerScope is what checks may name.
var customerScope = expr.Scope{}

// compile makes a scenario's sets, the first one and those of its steps, and its
// checks, by steps. Nil sets if there is a mistake; those in expressions are
// noted in the file's documents.
func (l *loader) compile(path string, s *scenario.Scenario) (sets []*rule.Set, checks [][]check, found diag.List) {
	add := func(by *scenario.Loading, spot scenario.Spot) bool {
		set, list := l.load(path, by)
		if found = append(found, list...); set == nil {
			return false
		}
		if len(set.Triggers) == 0 && len(sets) == 0 {
			found = append(found, diag.Diagnostic{
				Place: spot.Place, Source: spot.Source, Message: "there is no trigger for this scenario",
				Hint: "put it beside its triggers, or name them: triggers: [cart-abandonment]",
			})
			return false
		}
		sets = append(sets, set)
		return true
	}
	if !add(&s.Setup.Loading, s.Spot) {
		return nil, nil, found
	}
	in := 0
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.Load != nil && step.Load.Number > 0 {
			in = step.Load.Number - 1
		} else if step.Load != nil {
			if !add(inherited(&step.Load.Loading, &s.Setup.Loading), step.Load.Spot) {
				return nil, nil, found
			}
			in = len(sets) - 1
		}
		checks = append(checks, l.checks(step, sets[in]))
	}
	return sets, checks, found
}

// inherited is what a step loads, with what it does not name as it was.
func inherited(l, from *scenario.Loading) *scenario.Loading {
	if l.Triggers == nil {
		l.Triggers = from.Triggers
	}
	for _, r := range []struct{ to, from *scenario.Ref }{{&l.Policy, &from.Policy}, {&l.Traits, &from.Traits}, {&l.Cycles, &from.Cycles}} {
		if !r.to.Node.Given() {
			*r.to = *r.from
		}
	}
	return l
}

func (l *loader) compiler(set *rule.Set) *expr.Compiler {
	c := l.compilers[set]
	if c == nil {
		c = set.Compiler()
		l.compilers[set] = c
	}
	return c
}

// checks compiles what a step expects of customers.
func (l *loader) checks(step *scenario.Step, set *rule.Set) []check {
	var all []check
	for i := range step.State {
		var c check
		for _, n := range step.State[i].That {
			place, line := n.Place()
			st := statement{spot: scenario.Spot{Place: place, Source: line}}
			if st.expr = n.Expr(l.compiler(set), customerScope, expr.Bool); st.expr != nil {
				st.parts = l.parts(st.expr.Source(), set)
			}
			c.that = append(c.that, st)
		}
		for _, f := range step.State[i].Fields {
			x, issues := l.compiler(set).Compile("customer."+f.Name, customerScope, expr.Any)
			if issues != nil {
				f.Node.Fail(issues[0].Hint, "the customer has no such field")
			}
			c.fields = append(c.fields, x)
		}
		all = append(all, c)
	}
	return all
}

var pathForm = regexp.MustCompile(`\bcustomer(\.[a-z_]+(\["[^"]*"\]|\[[0-9]+\])?)+`)

// parts are the paths of an expression, each once.
func (l *loader) parts(source string, set *rule.Set) []*expr.Expr {
	var all []*expr.Expr
	paths := pathForm.FindAllString(source, -1)
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		if x, issues := l.compiler(set).Compile(path, customerScope, expr.Any); issues == nil && path != source {
			all = append(all, x)
		}
	}
	return all
}
