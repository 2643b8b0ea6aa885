package rule

import (
	"encoding/json"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
)

// Documents reads other files that people write beside triggers, such as
// scenarios, with the bounds, places and hints that trigger files have. It
// collects every mistake. Not safe for concurrent use.
type Documents struct{ l *loading }

// NewDocuments has found no mistake yet.
func NewDocuments() *Documents { return &Documents{newLoading()} }

// Read parses a file to its documents, empty ones left out.
func (d *Documents) Read(f File) []Node {
	src, nodes := d.l.parse(f)
	var all []Node
	for _, root := range nodes {
		all = append(all, Node{d.l, value{src: src}.child("", root)})
	}
	return all
}

// Found is every mistake so far, sorted.
func (d *Documents) Found() diag.List { return d.l.list.Sort() }

// Mistakes counts what was found so far and is more than a warning.
func (d *Documents) Mistakes() int { return d.l.mistakes() }

// Node is one value of a document. Its methods note mistakes at its place, in
// the Documents that it comes from. The zero Node is no value.
type Node struct {
	l *loading
	v value
}

// Given tells whether there is a value.
func (n Node) Given() bool { return n.l != nil }

// IsMapping tells whether the value is a mapping.
func (n Node) IsMapping() bool { return n.v.node.Kind == yaml.MappingNode }

// IsList tells whether the value is a list.
func (n Node) IsList() bool { return n.v.node.Kind == yaml.SequenceNode }

// IsText tells whether the value is a text, quoted or not, and no number,
// boolean or null.
func (n Node) IsText() bool {
	return n.v.node.Kind == yaml.ScalarNode && (n.v.node.Tag == "!!str" || n.v.node.Tag == "!!timestamp")
}

// IsNumber tells whether the value is a number.
func (n Node) IsNumber() bool {
	return n.v.node.Kind == yaml.ScalarNode && (n.v.node.Tag == "!!int" || n.v.node.Tag == "!!float")
}

// Place is where the value begins, and the line it is in.
func (n Node) Place() (diag.Place, string) { return n.v.src.place(n.v.src.nodeOffset(n.v.node)) }

// Fail notes a mistake at the value; hint, what to write instead, may be empty.
func (n Node) Fail(hint, format string, args ...any) { n.l.fail(n.v, hint, format, args...) }

// Warn notes what is probably a mistake.
func (n Node) Warn(hint, format string, args ...any) { n.l.warn(n.v, hint, format, args...) }

// Mapping reads a mapping whose keys are known; unknown ones are mistakes. Nil
// if the value is no mapping.
func (n Node) Mapping(known ...string) map[string]Node {
	all := n.l.mapping(n.v, known...)
	if all == nil {
		return nil
	}
	nodes := make(map[string]Node, len(all))
	for key, v := range all {
		nodes[key] = Node{n.l, v}
	}
	return nodes
}

// Pairs walks the keys and values of a mapping.
func (n Node) Pairs() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		for key, v := range n.l.pairs(n.v) {
			if !yield(key.node.Value, Node{n.l, v}) {
				return
			}
		}
	}
}

// Items are the elements of a list; one value alone counts as a list of it.
func (n Node) Items() []Node {
	var all []Node
	for _, v := range n.l.items(n.v, true) {
		v.key = n.v.key
		all = append(all, Node{n.l, v})
	}
	return all
}

// Text is a single value as text; not ok, with a mistake noted, for anything
// else. what names in the mistake what is expected.
func (n Node) Text(what string) (string, bool) { return n.l.scalar(n.v, what) }

// EventType is the type of an event. Any is legal; a warning is noted for one
// that is nearly one of the schema's.
func (n Node) EventType() string {
	if all := n.l.types(n.v); len(all) == 1 {
		return all[0]
	}
	return ""
}

// Duration is a time span as triggers write it, with a minus sign before it
// where it is negative.
func (n Node) Duration() time.Duration { return n.l.signedDuration(n.v).std() }

// Clock is a time of day in minutes after midnight.
func (n Node) Clock() int { return n.l.clock(n.v) }

// Whole is a whole number in a range.
func (n Node) Whole(least, most int) int { return n.l.whole(n.v, least, most) }

// Zone is a time zone, nil with a mistake noted where there is none.
func (n Node) Zone() *time.Location { return n.l.zone(n.v) }

// Expr compiles the value as an expression; nil, with its mistakes noted, if it
// cannot be.
func (n Node) Expr(c *expr.Compiler, scope expr.Scope, want expr.Want) *expr.Expr {
	t := n.l.code(n.v)
	n.l.compiler = c
	return n.l.compile(t, scope, want)
}

// Compiler compiles expressions that may look at the set's traits.
func (s *Set) Compiler() *expr.Compiler { return expr.NewCompiler(declared(s.Traits)) }

// numberForm is what both YAML and JSON read as the same number.
var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// Value is the value as decoded JSON would be: map[string]any, []any, string,
// bool, nil, and json.Number with the digits as they are written, so that
// amounts stay exact. Timestamps are texts.
func (n Node) Value() any {
	switch n.v.node.Kind {
	case yaml.MappingNode:
		all := map[string]any{}
		for key, e := range n.Pairs() {
			all[key] = e.Value()
		}
		return all
	case yaml.SequenceNode:
		all := []any{}
		for _, e := range n.Items() {
			all = append(all, e.Value())
		}
		return all
	}
	text := n.v.node.Value
	switch {
	case n.v.null():
		return nil
	case n.v.node.Tag == "!!bool":
		return text == "true"
	case !n.IsNumber():
		return text
	case numberForm.MatchString(text):
		return json.Number(text)
	}
	if a, err := schemas.ParseAmount(text); err == nil {
		return json.Number(a.String())
	}
	n.Fail("write it in decimal digits", "%q is not a number here", cut(text))
	return json.Number("0")
}

// part says what a file holds whose name does not: a value of another file, or
// with a zero value the text itself.
type part struct {
	v    value
	kind fileKind
}

// As tells a file whose name is its own to choose that it holds what a
// policy.yaml, traits.yaml or cycles.yaml does, whichever is named.
func (f File) As(name string) File {
	f.part = &part{kind: kindOf(name)}
	return f
}

// TriggerFile is the value as a file with a trigger, for Load, which notes its
// mistakes at their places in the document.
func (n Node) TriggerFile() File { return n.file(triggerFile) }

// PolicyFile is the value as a policy.yaml.
func (n Node) PolicyFile() File { return n.file(policyFile) }

// TraitsFile is the value as a traits.yaml.
func (n Node) TraitsFile() File { return n.file(traitsFile) }

// CyclesFile is the value as a cycles.yaml.
func (n Node) CyclesFile() File { return n.file(cyclesFile) }

func (n Node) file(kind fileKind) File {
	v := n.v
	v.key = ""
	data, err := json.Marshal(n.Value())
	if err != nil {
		data = fmt.Appendf(nil, "%v", err) // not reached: decoded JSON can be encoded
	}
	return File{Path: v.src.path, Data: data, part: &part{v: v, kind: kind}}
}

// HoldsTriggers tells of a file whether triggers are in it, and not policy,
// traits or cycles.
func (f File) HoldsTriggers() bool { return f.kind() == triggerFile }

// Without leaves out the files of the same kind as any of the others.
func Without(files []File, others ...File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool {
		return slices.ContainsFunc(others, func(o File) bool { return f.kind() == o.kind() })
	})
}

func (f File) kind() fileKind {
	if f.part != nil {
		return f.part.kind
	}
	return kindOf(f.Path)
}
