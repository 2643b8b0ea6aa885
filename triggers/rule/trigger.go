package rule

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/builtin"
	"github.com/beckon-io/beckon/triggers/diag"
)

// Defaults of fields that a trigger leaves out. They are written into the
// canonical form, so that a stored version keeps its own if these ever change.
const (
	defaultClass    = schemas.Marketing
	defaultPriority = 50
	defaultStale    = span(24 * time.Hour)
	defaultExpires  = span(24 * time.Hour)

	maxPriority = 1_000_000
	maxName     = 100
)

var triggerKeys = []string{
	"name", "description", "use", "enabled", "class", "priority", "tags", "audience", "holdout", "start", "repeat", "until",
	"reentry", "stale", "goal", "migrate", "rollout", "steps",
}

var (
	triggerName = regexp.MustCompile(`^[a-z0-9-]+$`)
	eventType   = regexp.MustCompile(`^[\pL\pN_][\pL\pM\pN_.:/-]*$`) // events are named in any script
	plainName   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
)

// trigger reads one document of triggers; nil if it cannot be made sense of.
func (l *loading) trigger(doc value) *spec {
	known := triggerKeys
	if l.lax {
		known = append(slices.Clone(known), "traits")
	}
	f := l.mapping(doc, known...)
	if f == nil {
		return nil
	}
	l.nulls(f)
	whole := true // else what a built-in would have brought is not missed
	if use, ok := f["use"]; ok {
		var base fields
		base, whole = l.base(use)
		maps.DeleteFunc(base, func(k string, _ value) bool { _, over := f[k]; return over })
		maps.Copy(f, base)
	}
	maps.DeleteFunc(f, func(_ string, v value) bool { return v.null() }) // taken away from a built-in
	s := &spec{at: doc, given: f, enabled: true}
	s.Name = l.name(doc, f, whole)
	l.general(s, f)
	l.limits(s, f)
	if start, ok := f["start"]; ok {
		s.Start = l.start(start)
	} else if whole {
		l.fail(value{doc.src, "", doc.node}, "start: {on: order.placed}", "the trigger has no `start`")
	}
	if until, ok := f["until"]; ok {
		for _, e := range l.items(until, true) {
			s.Until = append(s.Until, l.end(e, s.Start.Key != nil))
		}
	}
	if steps, ok := f["steps"]; ok {
		s.Steps = l.steps(steps, 0)
	} else if whole {
		l.fail(value{doc.src, "", doc.node}, "", "the trigger has no `steps`")
	}
	if traits, ok := f["traits"]; ok {
		s.Traits = l.traitRefs(traits)
	}
	return s
}

// nulls refuses keys with nothing after them, but where they take a field of a
// built-in away.
func (l *loading) nulls(f fields) {
	_, uses := f["use"]
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if v := f[key]; v.null() && (!uses || key == "use" || key == "name") {
			l.fail(v, "", "nothing is written after the colon")
		}
	}
}

// base is the fields of the built-in that a `use` names; not found, and empty, if there
// is none. Mistakes in them show at the `use`.
func (l *loading) base(use value) (f fields, found bool) {
	f = fields{}
	name, ok := l.scalar(use, "the name of a built-in trigger")
	if !ok {
		return f, false
	}
	data, found := builtin.Source(name)
	if !found {
		hint := cmp.Or(diag.DidYouMean(name, builtin.List()), "`beckon triggers list` shows them")
		l.fail(use, hint, "there is no built-in trigger %q", cut(name))
		return f, false
	}
	src := newSource(name, string(data))
	src.via = &use
	for _, doc := range l.documents(src, len(data)) {
		f = l.mapping(value{src: src, node: doc}, triggerKeys...)
	}
	return f, true
}

func (l *loading) name(doc value, f fields, whole bool) string {
	v, ok := f["name"]
	if !ok {
		if whole {
			l.fail(doc, "", "the trigger has no `name`")
		}
		return ""
	}
	s := l.word(v)
	switch {
	case s == "":
	case !triggerName.MatchString(s):
		l.fail(v, nameHint(s), "%q is not a name; only a-z, 0-9 and - may stand in it", cut(s))
	case len(s) > maxName:
		l.fail(v, "", "the name is longer than %d characters", maxName)
	}
	return s
}

func nameHint(s string) string {
	guess := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '_' || r == '.' || r == '/':
			return '-'
		}
		return r
	}, s)
	if triggerName.MatchString(guess) {
		return "write " + guess
	}
	return ""
}

// general reads what a trigger is.
func (l *loading) general(s *spec, f fields) {
	s.Class, s.Priority = string(defaultClass), defaultPriority
	if v, ok := f["description"]; ok {
		s.description = strings.TrimSpace(l.word(v))
	}
	if v, ok := f["enabled"]; ok {
		s.enabled = l.truth(v)
	}
	if v, ok := f["class"]; ok {
		s.Class = l.oneOf(v, string(schemas.Marketing), string(schemas.Transactional))
	}
	if v, ok := f["priority"]; ok {
		s.Priority = l.whole(v, -maxPriority, maxPriority)
	}
	if v, ok := f["tags"]; ok {
		s.Tags = l.words(v)
		slices.Sort(s.Tags)
	}
	if v, ok := f["audience"]; ok {
		s.Audience = l.code(v)
	}
	if v, ok := f["migrate"]; ok {
		s.migrate = l.oneOf(v, "restart", "end")
	}
	if v, ok := f["rollout"]; ok {
		s.rollout = percent(l.share(v))
	} else {
		s.rollout = 100_00
	}
}

// limits reads what bounds its runs and sends.
func (l *loading) limits(s *spec, f fields) {
	s.Stale = staleSpan(defaultStale)
	if v, ok := f["holdout"]; ok {
		s.Holdout = percent(l.share(v))
	}
	if v, ok := f["repeat"]; ok {
		s.Repeat = l.oneOf(v, "restart", "ignore")
	}
	if v, ok := f["reentry"]; ok {
		s.Reentry = l.duration(v)
	}
	if v, ok := f["stale"]; ok {
		s.Stale = l.stale(v)
	}
	if v, ok := f["goal"]; ok {
		s.Goal = l.goal(v)
	}
}

func (l *loading) stale(v value) staleSpan {
	if v.node.Value == "off" {
		return 0
	}
	return staleSpan(l.positive(v))
}

func (l *loading) goal(v value) *goalSpec {
	f := l.mapping(v, "on", "when", "within")
	if f == nil {
		return nil
	}
	g := &goalSpec{On: l.required(v, f, "on", l.types), When: l.optionalCode(f, "when")}
	if w, ok := f["within"]; ok {
		g.Within = l.positive(w)
	} else {
		l.fail(v, "within: 5d", "has no `within`")
	}
	return g
}

// end reads one entry of `until`.
func (l *loading) end(v value, keyed bool) endSpec {
	f := l.mapping(v, "on", "when", "match")
	e := endSpec{at: v}
	if f == nil {
		return e
	}
	e.On = l.required(v, f, "on", l.types)
	e.When = l.optionalCode(f, "when")
	if m, ok := f["match"]; ok && l.oneOf(m, "any", "key") == "key" {
		e.Match = "key"
		if !keyed {
			l.fail(m, "", "`key` needs a `key` under `start`")
		}
	}
	return e
}

// required reads an entry that must be there.
func (l *loading) required(v value, f fields, key string, read func(value) []string) []string {
	e, ok := f[key]
	if !ok {
		l.fail(v, "", "has no `%s`", key)
		return nil
	}
	return read(e)
}

func (l *loading) optionalCode(f fields, key string) *text {
	if v, ok := f[key]; ok {
		return l.code(v)
	}
	return nil
}

// types reads event types. Types outside of the schema are legal, but one that
// is nearly one of the schema's is worth a warning.
func (l *loading) types(v value) []string {
	all := l.words(v)
	for _, e := range l.items(v, true) {
		name := e.node.Value
		switch {
		case e.node.Kind != yaml.ScalarNode || name == "": // reported by words
		case !eventType.MatchString(name):
			l.fail(e, listHint(name), "%q is not an event type", cut(name))
		default:
			l.nearType(e, name)
		}
	}
	return all
}

// nearType warns of an event type that is nearly one of the schema's.
func (l *loading) nearType(v value, name string) {
	if l.lax || slices.Contains(schemas.Types(), name) {
		return
	}
	if near := diag.Near(name, schemas.Types()); near != "" {
		l.warn(v, "did you mean "+near+"?", "%q is not an event type of the schema", cut(name))
	}
}

// listHint is for several names that stand where one is expected.
func listHint(names string) string {
	if parts := strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' }); len(parts) > 1 {
		return "write [" + strings.Join(parts, ", ") + "]"
	}
	return ""
}
