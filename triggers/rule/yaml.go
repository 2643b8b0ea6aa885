package rule

import (
	"errors"
	"fmt"
	"io"
	"sort"
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
	maxParts     = 20_000 // lines, list elements and the like, counted before parsing: what time it takes
	maxDepth     = 40     // nested lists and mappings
	maxNodes     = 50_000 // of one document, with every alias written out
	maxMistakes  = 100    // shown of one file
	maxRestarts  = 10     // documents of one file with mistakes of YAML's own grammar
	maxWrong     = 16_384 // bytes of one file's expressions with mistakes; each takes a while to tell
	maxCode      = 4096   // of them that are looked at of one expression
)

// parse reads the documents of a file.
func (l *loading) parse(f File) (*source, []*yaml.Node) {
	src := newSource(f.Path, string(f.Data))
	if f.err != nil {
		d := diag.Diagnostic{Place: diag.Place{Path: f.Path}}
		d.Message, d.Hint = unreadable(f.Path, f.err)
		l.list = append(l.list, d)
		return src, nil
	}
	return src, l.documents(src, len(f.Data))
}

// documents parses a file to its documents, empty ones left out.
func (l *loading) documents(src *source, size int) []*yaml.Node {
	if size > maxFileBytes {
		l.add(src, 0, diag.Diagnostic{Message: fmt.Sprintf("the file is larger than %d KiB", maxFileBytes>>10)})
		return nil
	}
	if at := invalidUTF8(src.text); at >= 0 {
		l.add(src, at, diag.Diagnostic{Message: fmt.Sprintf("the byte 0x%02x is not UTF-8", src.text[at]), Hint: "save the file as UTF-8"})
		return nil
	}
	if at := tooManyParts(src.text, src.breaks); at >= 0 {
		l.add(src, at, diag.Diagnostic{Message: fmt.Sprintf("the file has more than %d lines and list elements up to here", maxParts), Hint: "split the file"})
		return nil
	}
	var docs []*yaml.Node
	for from, tries := 0, 0; from >= 0 && tries < maxRestarts; tries++ {
		from = l.stretch(src, from, &docs)
	}
	return docs
}

// stretch parses documents from an offset on, which begins a line. After a
// mistake of YAML's own grammar it returns where the next document begins, so
// that this one's mistakes are found too; else, or if there is none, -1.
func (l *loading) stretch(src *source, from int, docs *[]*yaml.Node) int {
	line := sort.SearchInts(src.breaks, from)
	text := strings.Repeat("\n", line) + src.text[from:] // so that lines are counted from the file's start
	decoder, err := yaml.NewLoader(strings.NewReader(text), yaml.WithPlugin(loaderlimits.New(
		loaderlimits.DepthValue(maxDepth), loaderlimits.AliasNone()))) // aliases are counted below, with a position
	if err != nil {
		l.add(src, 0, diag.Diagnostic{Message: "cannot be read: " + err.Error()})
		return -1
	}
	for {
		var doc yaml.Node
		err := decoder.Load(&doc)
		if errors.Is(err, io.EOF) {
			return -1
		}
		if err != nil {
			at := max(l.syntax(src, err), from+1)
			next := strings.Index(src.text[at-1:], "\n---")
			if next < 0 {
				return -1
			}
			return at + next
		}
		if root := content(&doc); root != nil && l.bounded(src, root) {
			*docs = append(*docs, root)
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

// tooManyParts is the offset at which a text holds more than the parser takes
// in good time, -1 if it nowhere does. Blank lines and comments are free. Lines
// are those of YAML: breaks are the offsets at which they begin.
func tooManyParts(s string, breaks []int) int {
	parts, blank, comment := 0, true, false
	for i, line := 0, 1; i < len(s); i++ {
		if line < len(breaks) && i == breaks[line]-1 {
			line++
			if !blank && !comment {
				parts++
			}
			blank, comment = true, false
			continue
		}
		switch s[i] {
		case ' ', '\t', '\r':
			continue
		case '#':
			comment = comment || blank
		case ',', '[', '{':
			if !comment {
				parts++
			}
		}
		blank = false
		if parts > maxParts {
			return i
		}
	}
	return -1
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

// syntax reports a mistake of YAML's own grammar and tells its offset.
func (l *loading) syntax(src *source, err error) int {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		l.add(src, 0, diag.Diagnostic{Message: "not YAML: " + err.Error()})
		return len(src.text)
	}
	at := src.offset(e.Mark.Line, e.Mark.Column)
	place, line := src.place(at)
	rest := []rune(line)
	rest = rest[min(place.Col-1, len(rest)):]
	l.add(src, at, diag.Diagnostic{Message: "not YAML: " + e.Message, Hint: syntaxHint(e.Message, line, string(rest))})
	return at
}

// syntaxHint knows what an expression without quotes most often runs into. rest is
// the line from where YAML gave up.
func syntaxHint(message, line, rest string) string {
	switch {
	case strings.Contains(message, "did not find expected ','") && strings.HasPrefix(rest, "["):
		return "put an expression with brackets into quotes, or the list of fields on lines of their own: within { } brackets are YAML's"
	case strings.Contains(line, "\t") && strings.Contains(message, "cannot start any token"):
		return "indent with spaces, not tabs"
	case strings.Contains(message, "mapping values are not allowed"):
		return `put an expression with ": " in it into quotes, or below a "|"`
	case strings.Contains(message, "incompatible YAML document"):
		return "leave out the %YAML line: YAML 1.2 is read without it"
	case strings.Contains(line, `: "`), strings.Contains(line, `: '`):
		return `an expression that begins with a quoted text goes below a "|", or whole into quotes`
	case strings.Contains(message, "cannot start any token"):
		return "put the value into quotes"
	}
	return ""
}

// bounded refuses documents that aliases blow up or turn into a ring.
func (l *loading) bounded(src *source, root *yaml.Node) bool {
	b := bound{sizes: map[*yaml.Node]int{}}
	b.size(root)
	if b.culprit != nil {
		l.add(src, src.nodeOffset(b.culprit), diag.Diagnostic{Message: b.message, Hint: "write out what the alias stands for, or split the file"})
	}
	return b.culprit == nil
}

// bound counts the values of a document with every alias written out.
type bound struct {
	sizes   map[*yaml.Node]int // 0 while a node is being counted
	culprit *yaml.Node
	message string
}

func (b *bound) size(n *yaml.Node) int {
	if known, ok := b.sizes[n]; ok {
		return known
	}
	b.sizes[n] = 0
	total := 1
	for _, c := range n.Content {
		if total += b.size(c); b.culprit != nil {
			return total
		}
	}
	if n.Kind == yaml.AliasNode {
		total += b.size(n.Alias)
		if b.sizes[n.Alias] == 0 && b.culprit == nil {
			b.culprit, b.message = n, fmt.Sprintf("the alias *%s stands inside of what it stands for", cut(n.Value))
		}
	}
	if total > maxNodes && b.culprit == nil {
		b.culprit, b.message = n, fmt.Sprintf("the document holds more than %d values, aliases written out", maxNodes)
	}
	b.sizes[n] = total
	return total
}
