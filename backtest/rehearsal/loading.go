package rehearsal

import (
	"path/filepath"
	"slices"

	"github.com/beckon-io/beckon/triggers/builtin"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// loader makes the sets that scenarios run under. Scenarios of one background
// share theirs.
type loader struct {
	dir  []rule.File // the directory's
	sets map[loadKey]loaded

	compilers map[*rule.Set]*expr.Compiler
}

type loaded struct {
	set   *rule.Set
	found diag.List
}

// loadKey tells loadings apart: what scenarios inherit has the same address.
type loadKey struct {
	path                   string // what paths are beside of
	triggers               *scenario.Ref
	policy, traits, cycles refKey
}

type refKey struct {
	inline *rule.File
	path   string
}

func keyOf(r scenario.Ref) refKey { return refKey{r.Inline, r.Path} }

// load makes a set. Mistakes in triggers and paths are in the list; where one is
// more than a warning, the set is nil.
func (l *loader) load(path string, by *scenario.Loading) (*rule.Set, diag.List) {
	key := loadKey{path: filepath.Dir(path), policy: keyOf(by.Policy), traits: keyOf(by.Traits), cycles: keyOf(by.Cycles)}
	if len(by.Triggers) > 0 {
		key.triggers = &by.Triggers[0]
	}
	if known, ok := l.sets[key]; ok {
		return known.set, known.found
	}
	set, found := l.make(path, by)
	l.sets[key] = loaded{set, found}
	return set, found
}

func (l *loader) make(path string, by *scenario.Loading) (*rule.Set, diag.List) {
	var found diag.List
	files := l.dir
	for _, declared := range []struct {
		name string
		ref  scenario.Ref
	}{{"policy.yaml", by.Policy}, {"traits.yaml", by.Traits}, {"cycles.yaml", by.Cycles}} {
		if !declared.ref.Node.Given() {
			continue
		}
		own := read(path, declared.ref, &found)
		for i := range own {
			if declared.ref.Inline == nil {
				own[i] = own[i].As(declared.name)
			}
		}
		files = append(rule.Without(files, own...), own...)
	}
	if by.Triggers == nil {
		set, list := rule.Load(files, rule.Options{})
		return set, append(found, list...).Sort()
	}
	set, list := l.chosen(path, by, files, &found)
	found = append(found, list...).Sort()
	if found.Failed() {
		return nil, found
	}
	return set, found
}

// chosen makes a set of the triggers that a scenario names, holds or has beside
// it; everything else is as in files.
func (l *loader) chosen(path string, by *scenario.Loading, files []rule.File, found *diag.List) (*rule.Set, diag.List) {
	var all *rule.Set // of the directory, once a name asks for it
	var named []*rule.Trigger
	own := slices.DeleteFunc(slices.Clone(files), rule.File.HoldsTriggers)
	for _, r := range by.Triggers {
		if r.Name == "" {
			own = append(own, read(path, r, found)...)
			continue
		}
		if all == nil {
			var list diag.List
			if all, list = rule.Load(files, rule.Options{}); all == nil {
				return nil, list
			}
		}
		switch t := all.Current(r.Name); {
		case t != nil:
			named = append(named, t)
		case slices.Contains(builtin.List(), r.Name):
			own = append(own, rule.File{Path: r.Name + " (built in)", Data: []byte("use: " + r.Name + "\n")})
		default:
			unknownTrigger(r, all, found)
		}
	}
	set, list := rule.Load(own, rule.Options{})
	if set == nil || named == nil {
		return set, list
	}
	joined := rule.NewSet(append(named, set.Triggers...), set.Policy)
	joined.Traits, joined.Cycles = set.Traits, set.Cycles
	return joined, list
}

func unknownTrigger(r scenario.Ref, all *rule.Set, found *diag.List) {
	known := builtin.List()
	for _, t := range all.Triggers {
		known = append(known, t.Name)
	}
	*found = append(*found, at(r.Node, diag.Diagnostic{
		Message: "there is no trigger " + r.Name + " in the directory, and none is built in",
		Hint:    diag.DidYouMean(r.Name, known),
	}))
}

// read is what a Ref holds or names.
func read(path string, r scenario.Ref, found *diag.List) []rule.File {
	if r.Inline != nil {
		return []rule.File{*r.Inline}
	}
	files, err := rule.ReadDir(filepath.Join(filepath.Dir(path), filepath.FromSlash(r.Path)))
	if err != nil {
		*found = append(*found, at(r.Node, diag.Diagnostic{Message: err.Error()}))
	}
	return files
}

// at puts a mistake at a value's place.
func at(n rule.Node, d diag.Diagnostic) diag.Diagnostic {
	d.Place, d.Source = n.Place()
	return d
}
