package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
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

// loading is the state of one load: the mistakes so far.
type loading struct {
	list     diag.List
	perFile  map[string]int // mistakes
	warned   map[string]int // warnings, by file too
	wrong    map[string]int // bytes of expressions with mistakes, by file too
	compiler *expr.Compiler
	channels map[string]bool // of the policy's own
	noItem   bool            // the trigger's `each` is wrong: what looks at `item` can't be judged
	lax      bool            // a stored version: it was checked when it was loaded

	review      *Review
	policyGiven fields  // what the policy says
	capTags     []value // by which its caps count
}

func newLoading() *loading {
	return &loading{perFile: map[string]int{}, warned: map[string]int{}, wrong: map[string]int{}}
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
	counts, what := l.perFile, "mistakes"
	if d.Warning {
		counts, what = l.warned, "warnings" // of their own, so that they hide no mistake
	}
	if counts[src.path] > maxMistakes {
		return
	}
	if counts[src.path]++; counts[src.path] > maxMistakes {
		d = diag.Diagnostic{Message: fmt.Sprintf("more than %d %s; the rest of the file's is not shown", maxMistakes, what), Warning: d.Warning}
	}
	d.Place, d.Source = src.place(at)
	l.list = append(l.list, d)
}

// full tells whether a file has so many mistakes that no more are noted.
func (l *loading) full(src *source) bool { return l.perFile[src.path] > maxMistakes }

func (l *loading) fail(v value, hint, format string, args ...any) {
	if l.full(v.src) {
		return
	}
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

// orList is "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
