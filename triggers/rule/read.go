package rule

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
)

// value is a node, where it stands, and the key it stands under, which opens
// the messages about it.
type value struct {
	src  *source
	key  string
	node *yaml.Node
}

// fields are the entries of a mapping by key.
type fields map[string]value

// text is an expression as written, and its place.
type text struct {
	value
	code string
}

func (t *text) MarshalJSON() ([]byte, error) { return plainJSON(t.code) }

// loading is the state of one load: the mistakes so far.
type loading struct {
	list     diag.List
	perFile  map[string]int
	compiler *expr.Compiler
	channels map[string]bool // of the policy's own
	noItem   bool            // the trigger's `each` is wrong: what looks at `item` can't be judged
	lax      bool            // a stored version: it was checked when it was loaded
}

// add notes a mistake at an offset of a file; 0 with an empty Source line still
// points at its first line.
func (l *loading) add(src *source, at int, d diag.Diagnostic) {
	if src.via != nil {
		place, _ := src.place(at)
		d.Message = fmt.Sprintf("in the built-in %s, line %d: %s", src.path, place.Line, d.Message)
		d.Hint = cmp.Or(d.Hint, "replace this field of the built-in too")
		src, at = src.via.src, src.via.src.nodeOffset(src.via.node)
	}
	l.perFile[src.path]++
	switch n := l.perFile[src.path]; {
	case n == maxMistakes+1:
		d = diag.Diagnostic{Message: fmt.Sprintf("more than %d mistakes; the rest of the file's is not shown", maxMistakes)}
	case n > maxMistakes+1:
		return
	}
	d.Place, d.Source = src.place(at)
	l.list = append(l.list, d)
}

func (l *loading) fail(v value, hint, format string, args ...any) {
	l.add(v.src, v.src.nodeOffset(v.node), diag.Diagnostic{Message: v.label() + fmt.Sprintf(format, args...), Hint: hint})
}

func (l *loading) warn(v value, hint, format string, args ...any) {
	l.add(v.src, v.src.nodeOffset(v.node), diag.Diagnostic{Message: v.label() + fmt.Sprintf(format, args...), Hint: hint, Warning: true})
}

func (v value) label() string {
	if v.key == "" {
		return ""
	}
	return v.key + ": "
}

// ok tells whether the value was given.
func (v value) ok() bool { return v.node != nil }

// null tells whether nothing stands after the key.
func (v value) null() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

// shape names a node's kind for messages.
func (v value) shape() string {
	switch {
	case v.node.Kind == yaml.MappingNode:
		return "a mapping"
	case v.node.Kind == yaml.SequenceNode:
		return "a list"
	case v.null():
		return "nothing"
	}
	return strconv.Quote(cut(v.node.Value))
}

// cut shortens what is quoted in a message.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// child is a value inside v; an alias is followed.
func (v value) child(key string, n *yaml.Node) value {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return value{v.src, key, n}
}

// mapping reads a mapping whose keys are known. Unknown and repeated keys are
// mistakes; a misspelt one then stands for the one that was meant, so that what
// is below it is checked in the same pass. The result is nil if v is no mapping.
func (l *loading) mapping(v value, known ...string) fields {
	if v.node.Kind != yaml.MappingNode {
		l.fail(v, "", "expects a mapping with %s, not %s", orList(known), v.shape())
		return nil
	}
	all := fields{}
	meant := fields{}
	for key, val := range l.pairs(v) {
		name := key.node.Value
		if slices.Contains(known, name) {
			all[name] = val
			continue
		}
		hint := "known here: " + strings.Join(known, ", ")
		if near := diag.Near(name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
			meant[near] = value{val.src, near, val.node}
		}
		if name == "<<" {
			hint = "merge keys are not read; use `use:` or write the fields out"
		}
		l.fail(key, hint, "unknown key %q", cut(name))
	}
	for name, val := range meant {
		if _, ok := all[name]; !ok {
			all[name] = val
		}
	}
	return all
}

// pairs walks a mapping's keys and values; repeated keys and keys that are no
// plain text are mistakes and left out.
func (l *loading) pairs(v value) func(yield func(key, val value) bool) {
	return func(yield func(key, val value) bool) {
		lines := make(map[string]int, len(v.node.Content)/2)
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			key := v.child("", v.node.Content[i])
			if key.node.Kind != yaml.ScalarNode {
				l.fail(key, "", "a key is a plain text, not %s", key.shape())
				continue
			}
			name := key.node.Value
			if line, seen := lines[name]; seen {
				l.fail(key, "", "the key %q stands twice; first in line %d", cut(name), line)
				continue
			}
			place, _ := v.src.place(v.src.nodeOffset(key.node))
			lines[name] = place.Line
			if !yield(key, v.child(name, v.node.Content[i+1])) {
				return
			}
		}
	}
}

// list reads a list's elements; one value alone counts as a list of it where
// single is true.
func (l *loading) items(v value, single bool) []value {
	switch {
	case v.node.Kind == yaml.SequenceNode:
		all := make([]value, 0, len(v.node.Content))
		for _, n := range v.node.Content {
			all = append(all, v.child(v.key, n))
		}
		return all
	case single && !v.null():
		return []value{v}
	}
	l.fail(v, "", "expects a list, not %s", v.shape())
	return nil
}

// scalar is a single value as text; false, with a mistake noted, for anything
// else.
func (l *loading) scalar(v value, what string) (string, bool) {
	n := v.node
	switch {
	case n.Kind != yaml.ScalarNode || v.null():
		l.fail(v, "", "expects %s, not %s", what, v.shape())
	case n.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(n.Tag, "!!"):
		l.fail(v, "put a value that begins with ! into quotes", "%s is read as a YAML tag", cut(n.Tag))
	case strings.TrimSpace(n.Value) == "":
		l.fail(v, "", "expects %s, not an empty text", what)
	default:
		return n.Value, true
	}
	return "", false
}

func (l *loading) word(v value) string { s, _ := l.scalar(v, "a text"); return s }

// words is a list of texts, or one alone; repeated ones are mistakes.
func (l *loading) words(v value) []string {
	var all []string
	for _, e := range l.items(v, true) {
		s, ok := l.scalar(e, "a text")
		if !ok {
			continue
		}
		if slices.Contains(all, s) {
			l.fail(e, "", "%q stands twice", cut(s))
			continue
		}
		all = append(all, s)
	}
	if v.node.Kind == yaml.SequenceNode && len(v.node.Content) == 0 {
		l.fail(v, "", "the list is empty")
	}
	return all
}

// oneOf is a word out of a closed list; the empty text if it is not.
func (l *loading) oneOf(v value, known ...string) string {
	s, ok := l.scalar(v, "one of "+strings.Join(known, ", "))
	if !ok {
		return ""
	}
	if !slices.Contains(known, s) {
		l.fail(v, diag.DidYouMean(s, known), "%q is not known; write %s", cut(s), orList(known))
		return ""
	}
	return s
}

// whole is a whole number in a range.
func (l *loading) whole(v value, least, most int) int {
	s, ok := l.scalar(v, "a whole number")
	if !ok {
		return least
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || v.node.Tag == "!!str":
		l.fail(v, "", "%q is not a whole number", cut(s))
	case n < least || n > most:
		l.fail(v, "", "%d is out of range; write %d to %d", n, least, most)
	default:
		return n
	}
	return least
}

// truth is true or false.
func (l *loading) truth(v value) bool {
	s, ok := l.scalar(v, "true or false")
	if ok && s != "true" && s != "false" || ok && v.node.Tag == "!!str" {
		l.fail(v, "write true or false", "%q is neither true nor false", cut(s))
	}
	return s == "true"
}

// amount is a decimal number, as a number or as text.
func (l *loading) amount(v value) (schemas.Amount, bool) {
	s, ok := l.scalar(v, "a number")
	if !ok {
		return schemas.Amount{}, false
	}
	a, err := schemas.ParseAmount(s)
	if err != nil {
		l.fail(v, "", "%s", err)
		return a, false
	}
	return a, true
}

// duration is a time span that is not negative.
func (l *loading) duration(v value) span {
	d := l.signedDuration(v)
	if d < 0 {
		l.fail(v, "", "%s is negative", d)
		return 0
	}
	return d
}

func (l *loading) signedDuration(v value) span {
	s, ok := l.scalar(v, "a duration such as 45m or 1d12h")
	if !ok {
		return 0
	}
	d, err := parseSpan(s)
	if err != nil {
		l.fail(v, "", "%s", err)
	}
	return d
}

// positive is a duration longer than zero.
func (l *loading) positive(v value) span {
	before := len(l.list)
	d := l.duration(v)
	if d == 0 && len(l.list) == before {
		l.fail(v, "", "must be longer than 0s")
	}
	return d
}

// clock is a wall time, in minutes after midnight.
func (l *loading) clock(v value) int {
	s, ok := l.scalar(v, `a time such as "10:00"`)
	if !ok {
		return 0
	}
	m, err := parseClock(s)
	if err != nil {
		l.fail(v, "", "%s", err)
	}
	return m
}

// share is a percentage.
func (l *loading) share(v value) policy.Share {
	s, ok := l.scalar(v, "a share such as 5%")
	if !ok {
		return 0
	}
	p, err := parseShare(s)
	if err != nil {
		l.fail(v, "", "%s", err)
	}
	return p
}

// zone is a time zone by its IANA name.
func (l *loading) zone(v value) *time.Location {
	s, ok := l.scalar(v, "a time zone such as Europe/Bucharest")
	if !ok {
		return nil
	}
	loc, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		l.fail(v, "", "%q is not a time zone; write an IANA name such as Europe/Bucharest", cut(s))
		return nil
	}
	return loc
}

// code is an expression, not compiled yet; nil, with a mistake noted, if v is
// no single value.
func (l *loading) code(v value) *text {
	s, ok := l.scalar(v, "an expression")
	if !ok {
		return nil
	}
	return &text{v, strings.TrimSpace(s)}
}

var itemName = regexp.MustCompile(`\bitem\b`)

// compile compiles an expression and moves its mistakes to their place in the
// file. Nil stays nil.
func (l *loading) compile(t *text, scope expr.Scope, want expr.Want) *expr.Expr {
	if t == nil || l.noItem && itemName.MatchString(t.code) {
		return nil
	}
	e, issues := l.compiler.Compile(t.code, scope, want)
	for _, i := range issues {
		l.add(t.src, t.src.inScalar(t.node, t.code, i.Line, i.Col), diag.Diagnostic{Message: t.label() + i.Message, Hint: i.Hint})
	}
	return e
}

// orList is "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
