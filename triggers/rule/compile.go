package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// program compiles a spec: its expressions, its steps, its canonical form.
func (l *loading) program(s *spec) *Trigger {
	t := &Trigger{
		Name: s.Name, Description: s.description, Enabled: s.enabled, Class: schemas.Class(s.Class),
		Priority: s.Priority, Tags: s.Tags, Holdout: policy.Share(s.Holdout), Rollout: policy.Share(s.rollout),
		Reentry: time.Duration(s.Reentry), Stale: time.Duration(s.Stale), File: s.at.src.path,
	}
	switch s.Repeat {
	case "restart":
		t.Repeat = Restart
	case "ignore":
		t.Repeat = Ignore
	}
	switch s.migrate {
	case "restart":
		t.Migrate = MigrateRestart
	case "end":
		t.Migrate = MigrateEnd
	}
	l.noItem = false
	t.Audience = l.compile(s.Audience, expr.Scope{}, expr.Bool)
	l.startOf(t, s)
	l.endsOf(t, s)
	inSteps := expr.Scope{Events: s.Start.On, Occurrence: len(s.Start.On) == 0, Item: t.Start.Each, Run: true}
	f := flattening{l: l, scope: inSteps, ends: len(s.Until) > 0}
	f.steps(s.Steps, "steps")
	t.Steps = f.ops
	t.Cancels = slices.ContainsFunc(f.ops, func(op Op) bool { return op.Send != nil && op.Send.Cancel })
	if len(t.Steps) > maxSteps {
		l.fail(s.at, "", "the trigger has more than %d steps", maxSteps)
	}
	return t
}

// startOf compiles `start`. Key and each are evaluated on the events of an
// `until` with `match: key` as well, so they may only use what those have too.
func (l *loading) startOf(t *Trigger, s *spec) {
	st := &s.Start
	types := slices.Clone(st.On)
	for _, e := range s.Until {
		if e.Match == "key" {
			types = append(types, e.On...)
		}
	}
	slices.Sort(types)
	types = slices.Compact(types)
	t.Start = Start{
		On: st.On, Every: st.Every, Offset: time.Duration(st.Offset), Clock: st.clock,
		Schedule: st.Schedule, Cron: st.cron, At: st.when, Absolute: st.exact, Zoned: st.Zone == "customer",
	}
	if st.Zone != "" && !t.Start.Zoned {
		t.Start.Zone = walltime.Zone(st.Zone) // checked when it was read
	}
	if st.Each != nil {
		t.Start.Each = l.compile(st.Each, expr.Scope{Events: types}, expr.List)
		l.noItem = t.Start.Each == nil
	}
	t.Start.Key = l.compile(st.Key, expr.Scope{Events: types, Item: t.Start.Each}, expr.Text)
	t.Start.When = l.compile(st.When, expr.Scope{Events: st.On, Item: t.Start.Each}, expr.Bool)
	t.Start.Date = l.compile(st.Date, expr.Scope{}, expr.Timestamp)
}

func (l *loading) endsOf(t *Trigger, s *spec) {
	for _, e := range s.Until {
		if e.Match == "key" && t.Start.Key != nil && !l.lax {
			l.keyed(e, s)
		}
		when := l.compile(e.When, expr.Scope{Events: e.On, Run: true}, expr.Bool)
		t.Until = append(t.Until, Until{On: e.On, When: when, MatchKey: e.Match == "key"})
	}
	if g := s.Goal; g != nil {
		when := l.compile(g.When, expr.Scope{Events: g.On, Run: true, Goal: !l.lax}, expr.Bool)
		t.Goal = &Goal{On: g.On, When: when, Within: time.Duration(g.Within)}
	}
}

// keyed warns of events whose key can't be told, as they lack what `key` looks
// at: they would end nothing.
func (l *loading) keyed(e endSpec, s *spec) {
	for _, on := range e.On {
		scope := expr.Scope{Events: []string{on}}
		if s.Start.Each != nil {
			each, issues := l.compiler.Compile(s.Start.Each.code, scope, expr.List)
			if len(issues) > 0 {
				l.warn(e.at, "", "match: the `each` of start cannot be told for %s: %s", on, issues[0].Message)
				continue
			}
			scope.Item = each
		}
		if _, issues := l.compiler.Compile(s.Start.Key.code, scope, expr.Text); len(issues) > 0 {
			l.warn(e.at, "", "match: the `key` of start cannot be told for %s: %s", on, issues[0].Message)
		}
	}
}

// seal fills in the canonical form and its hash. The form must read back, so
// this comes last and only for a trigger without mistakes.
func (l *loading) seal(t *Trigger, s *spec, traits []expr.Trait) error {
	if s.Traits == nil {
		s.Traits = usedTraits(s, traits)
	}
	source, err := plainJSON(s)
	if err != nil {
		return fmt.Errorf("write the canonical form of trigger %s: %w", s.Name, err)
	}
	t.Source, t.Version = source, version(source)
	return nil
}

// version is the first 32 bits of a canonical form's hash, in hex.
func version(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:4])
}

var traitName = regexp.MustCompile(`\btraits\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_]*)|\[\s*["']([A-Za-z0-9_]+)["'])|\bcrossed\s*\(\s*(?:customer\s*\.\s*traits\s*\.\s*([A-Za-z0-9_]+)|["']([A-Za-z0-9_]+)["'])`)

// usedTraits are the declared traits whose names stand in the trigger.
func usedTraits(s *spec, declared []expr.Trait) []traitRef {
	if len(declared) == 0 {
		return nil
	}
	source, err := plainJSON(s)
	if err != nil {
		return nil // seal reports it
	}
	names := map[string]bool{}
	for _, m := range traitName.FindAllStringSubmatch(strings.ReplaceAll(string(source), `\"`, `"`), -1) {
		names[m[1]+m[2]+m[3]+m[4]] = true
	}
	var used []traitRef
	for _, d := range declared {
		if names[d.Name] {
			used = append(used, traitRef{d.Name, d.By, d.Text})
		}
	}
	slices.SortFunc(used, func(a, b traitRef) int { return strings.Compare(a.Name, b.Name) })
	return used
}

// traitRefs reads what usedTraits wrote.
func (l *loading) traitRefs(v value) []traitRef {
	var all []traitRef
	for _, e := range l.items(v, false) {
		f := l.mapping(e, "name", "by", "text")
		ref := traitRef{}
		if n, ok := f["name"]; ok {
			ref.Name = l.word(n)
		}
		if b, ok := f["by"]; ok {
			ref.By = l.truth(b)
		}
		if t, ok := f["text"]; ok {
			ref.Text = l.truth(t)
		}
		all = append(all, ref)
	}
	return all
}
