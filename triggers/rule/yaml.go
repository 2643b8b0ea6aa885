package rule

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/beckon-io/beckon/triggers/diag"
)

// Bounds of one file. What is beyond them was not written by a person, or is
// meant to hurt.
const (
	maxFileBytes = 1 << 20
	maxDepth     = 40     // nested lists and mappings
	maxNodes     = 50_000 // of one document, with every alias written out
	maxMistakes  = 100    // shown of one file
)

// documents parses a file to its documents, empty ones left out. A mistake of
// YAML's own grammar ends the file: what follows cannot be told apart.
func (l *loading) documents(src *source, size int) []*yaml.Node {
	if size > maxFileBytes {
		l.add(src, 0, diag.Diagnostic{Message: fmt.Sprintf("the file is larger than %d KiB", maxFileBytes>>10)})
		return nil
	}
	if at := invalidUTF8(src.text); at >= 0 {
		l.add(src, at, diag.Diagnostic{Message: fmt.Sprintf("the byte 0x%02x is not UTF-8", src.text[at]), Hint: "save the file as UTF-8"})
		return nil
	}
	decoder, err := yaml.NewLoader(strings.NewReader(src.text), yaml.WithPlugin(loaderlimits.New(
		loaderlimits.DepthValue(maxDepth), loaderlimits.AliasNone()))) // aliases are counted below, with a position
	if err != nil {
		l.add(src, 0, diag.Diagnostic{Message: "cannot be read: " + err.Error()})
		return nil
	}
	var docs []*yaml.Node
	for {
		var doc yaml.Node
		err := decoder.Load(&doc)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			l.syntax(src, err)
			return docs
		}
		if root := content(&doc); root != nil && l.bounded(src, root) {
			docs = append(docs, root)
		}
	}
}

// content is what a document holds, nil if it is empty.
func content(doc *yaml.Node) *yaml.Node {
	if doc.Kind == yaml.DocumentNode {
		if len(doc.Content) == 0 {
			return nil
		}
		doc = doc.Content[0]
	}
	if doc.Kind == 0 || doc.Kind == yaml.ScalarNode && doc.Tag == "!!null" && doc.Value == "" {
		return nil
	}
	return doc
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return -1
}

// syntax reports a mistake of YAML's own grammar.
func (l *loading) syntax(src *source, err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		l.add(src, 0, diag.Diagnostic{Message: "not YAML: " + err.Error()})
		return
	}
	at := src.offset(e.Mark.Line, e.Mark.Column)
	_, line := src.place(at)
	l.add(src, at, diag.Diagnostic{Message: "not YAML: " + e.Message, Hint: syntaxHint(e.Message, line)})
}

// syntaxHint knows what an expression without quotes most often runs into.
func syntaxHint(message, line string) string {
	switch {
	case strings.Contains(line, "\t") && strings.Contains(message, "cannot start any token"):
		return "indent with spaces, not tabs"
	case strings.Contains(message, "mapping values are not allowed"):
		return `put an expression with ": " in it into quotes, or below a "|"`
	case strings.Contains(line, `: "`), strings.Contains(line, `: '`):
		return `an expression that begins with a quoted text goes below a "|", or whole into quotes`
	case strings.Contains(message, "cannot start any token"):
		return "put the value into quotes"
	}
	return ""
}

// bounded refuses documents that aliases blow up or turn into a ring.
func (l *loading) bounded(src *source, root *yaml.Node) bool {
	sizes := map[*yaml.Node]int{}
	var size func(n *yaml.Node) int
	bad := false
	size = func(n *yaml.Node) int {
		if known, ok := sizes[n]; ok {
			return known
		}
		sizes[n] = maxNodes + 1 // while it is being counted: an alias to its own inside
		total := 1
		if n.Kind == yaml.AliasNode {
			total = size(n.Alias)
		}
		for _, c := range n.Content {
			total = min(total+size(c), maxNodes+1)
		}
		sizes[n] = total
		if total > maxNodes && !bad {
			bad = true
			message := fmt.Sprintf("holds more than %d values", maxNodes)
			if n.Kind == yaml.AliasNode {
				message = fmt.Sprintf("the alias *%s makes the document larger than %d values", n.Value, maxNodes)
			}
			l.add(src, src.nodeOffset(n), diag.Diagnostic{Message: message, Hint: "split the file, or write out what the alias stands for"})
		}
		return total
	}
	size(root)
	return !bad
}
