package rule

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/beckon-io/beckon/triggers/expr"
)

const (
	maxTraits    = 200
	maxKeep      = 1000 // keys of one trait with `by`
	defaultKeep  = 100
	maxTraitSpan = span(366 * day)
	maxCycle     = 3660 // days
)

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

var folds = []struct {
	key  string
	fold Fold
}{{"count", Count}, {"sum", Sum}, {"last", Last}, {"min", Min}, {"max", Max}, {"unique", Unique}}

// traits reads traits.yaml: a mapping from names to how each figure grows.
func (l *loading) traits(doc value) []*Trait {
	if doc.shape() != "a mapping" {
		l.fail(doc, "points: {on: order.placed, sum: event.total}", "traits are a mapping from names to figures, not %s", doc.shape())
		return nil
	}
	var all []*Trait
	for key, v := range l.pairs(doc) {
		name := key.node.Value
		if !identifier.MatchString(name) || len(name) > maxName {
			l.fail(key, "", "%q is not a name; only a-z, 0-9 and _ may stand in it", cut(name))
			continue
		}
		if t := l.trait(name, v); t != nil {
			all = append(all, t)
		}
		if len(all) > maxTraits {
			l.fail(key, "", "there are more than %d traits", maxTraits)
			break
		}
	}
	slices.SortFunc(all, func(a, b *Trait) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (l *loading) trait(name string, v value) *Trait {
	f := l.mapping(v, "on", "when", "count", "sum", "last", "min", "max", "unique", "by", "keep", "window")
	if f == nil {
		return nil
	}
	t := &Trait{Name: name, On: l.required(v, f, "on", l.types)}
	scope := expr.Scope{Events: t.On}
	t.When = l.compile(l.optionalCode(f, "when"), scope, expr.Bool)
	t.By = l.compile(l.optionalCode(f, "by"), scope, expr.Text)
	l.fold(t, v, f, scope)
	if w, ok := f["window"]; ok {
		d := l.positive(w)
		if d > maxTraitSpan {
			l.fail(w, "", "a window is at most %s", maxTraitSpan)
		}
		t.Window = d.std()
	}
	if t.By != nil {
		t.Keep = defaultKeep
	}
	if k, ok := f["keep"]; ok {
		t.Keep = l.whole(k, 1, maxKeep)
		if !f["by"].ok() {
			l.fail(k, "", "goes with `by`: it bounds how many keys are kept")
		}
	}
	return t
}

// fold reads the one entry that says how the figure grows.
func (l *loading) fold(t *Trait, v value, f fields, scope expr.Scope) {
	var given []string
	for _, k := range folds {
		if _, ok := f[k.key]; ok {
			given = append(given, "`"+k.key+"`")
			t.Fold = k.fold
		}
	}
	if len(given) != 1 {
		l.fail(v, "", "needs exactly one of `count`, `sum`, `last`, `min`, `max` or `unique`")
		return
	}
	e := f[folds[t.Fold-1].key]
	switch t.Fold {
	case Count:
		if !l.truth(e) {
			l.fail(e, "", "write `count: true`")
		}
	case Unique:
		t.Value = l.compile(l.code(e), scope, expr.Text)
	case Last:
		l.last(t, e, scope)
	default:
		t.Value = l.compile(l.code(e), scope, expr.Figure)
	}
}

// last keeps a number where the expression is one, else a text.
func (l *loading) last(t *Trait, e value, scope expr.Scope) {
	code := l.code(e)
	if code == nil {
		return
	}
	if number, issues := l.compiler.Compile(code.code, scope, expr.Figure); len(issues) == 0 {
		t.Value = number
		return
	}
	t.Value, t.Text = l.compile(code, scope, expr.Text), true
}

// declared is what expressions need to know of traits.
func declared(traits []*Trait) []expr.Trait {
	var all []expr.Trait
	for _, t := range traits {
		all = append(all, expr.Trait{Name: t.Name, By: t.By != nil, Text: t.Text})
	}
	return all
}

// cycles reads cycles.yaml: days by category.
func (l *loading) cycles(doc value, into map[string]float64) {
	if doc.shape() != "a mapping" {
		l.fail(doc, "dairy: 7", "cycles are a mapping from categories to days, not %s", doc.shape())
		return
	}
	for key, v := range l.pairs(doc) {
		s, ok := l.scalar(v, "a number of days")
		if !ok {
			continue
		}
		days, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(days) || days <= 0 || days > maxCycle {
			l.fail(v, "", "%q is not a number of days from 1 to %d", cut(s), maxCycle)
			continue
		}
		into[key.node.Value] = days
	}
}

// sortedKeys are a mapping's keys in order, for messages that repeat.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
