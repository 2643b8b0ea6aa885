package config

import (
	"errors"
	"io"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/diag"
)

// Load reads a configuration from a file's text, which may be empty, and the
// environment, in the form of os.Environ. The config is nil if the list holds a
// mistake.
func Load(path string, data []byte, environ []string) (*Config, diag.List) {
	dir := filepath.Dir(path)
	c := defaults(dir)
	l := &loader{path: path, dir: dir, lines: strings.Split(string(data), "\n"), said: map[string]diag.Place{}, read: map[string]bool{}}
	if root := l.parse(data); root != nil {
		l.value(root, reflectOf(c), "")
	}
	l.environment(environ, c)
	c.complete()
	if _, said := l.said["kafka.tls.enabled"]; !said {
		c.Kafka.TLS.Enabled = c.Kafka.TLS.turnedOn()
	}
	if !l.unread {
		l.check(c)
	}
	l.found = l.found.Sort()
	if l.found.Failed() {
		return nil, l.found
	}
	return c, l.found
}

// loader collects mistakes and remembers where each key was set.
type loader struct {
	path  string
	dir   string
	lines []string
	found diag.List
	said  map[string]diag.Place
	read  map[string]bool // variables that were looked for

	// unread says that the file is no mapping in YAML: nobody knows what is
	// missing then, or what goes together.
	unread bool
}

// parse gives the root of the file's one document, nil if it is empty or not
// YAML.
func (l *loader) parse(data []byte) *yaml.Node {
	if len(data) > 1<<20 {
		l.unreadable(diag.Place{Path: l.path}, "larger than 1 MiB")
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil
	}
	var bad *yaml.LoadError
	if errors.As(err, &bad) {
		l.unreadable(diag.Place{Path: l.path, Line: max(1, bad.Mark.Line), Col: max(1, bad.Mark.Column)}, bad.Message)
		return nil
	}
	if err != nil {
		l.unreadable(diag.Place{Path: l.path}, err.Error())
		return nil
	}
	var more yaml.Node
	if dec.Decode(&more) == nil {
		l.mistake(l.place(&more), "a second document; a configuration has one", "")
	}
	if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
		return doc.Content[0]
	}
	return nil
}

func (l *loader) unreadable(at diag.Place, message string) {
	l.unread = true
	l.mistake(at, message, "")
}

func (l *loader) place(n *yaml.Node) diag.Place {
	return diag.Place{Path: l.path, Line: n.Line, Col: n.Column}
}

func (l *loader) mistake(at diag.Place, message, hint string) {
	d := diag.Diagnostic{Place: at, Message: message, Hint: hint}
	if at.Path == l.path && at.Line > 0 && at.Line <= len(l.lines) {
		d.Source = withoutSecrets(l.lines[at.Line-1])
	}
	l.found = append(l.found, d)
}

// at is where a key was set; for one that was not, the file.
func (l *loader) at(key string) diag.Place {
	if p, ok := l.said[key]; ok {
		return p
	}
	return diag.Place{Path: l.path}
}
