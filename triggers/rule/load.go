package rule

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
)

// File is one text to load. Its base name decides what it is: policy.yaml,
// cycles.yaml and traits.yaml are those, everything else holds triggers.
type File struct {
	Path string // as mistakes name it
	Data []byte

	part *part // what stands for it in another file; nil: Data is the text
	err  error // why there is no Data
}

// Options change how files are loaded. The zero value is the usual way.
type Options struct {
	// Policy stands for every policy.yaml among the files, which are then not
	// read; nil: the one among the files, or the defaults.
	Policy *File
	// Review asks for warnings of what is legal and hardly meant; nil: only
	// those that come with reading.
	Review *Review
}

// Load compiles files to a set. It finds all mistakes of all files in one pass;
// the set is nil if one of them is more than a warning. The list is sorted.
func Load(files []File, opts Options) (*Set, diag.List) {
	l := newLoading()
	l.review = opts.Review
	docs := l.sort(files, opts)
	traits, cycles := l.declarations(docs)
	pol := l.policies(docs[policyFile])
	l.compiler = expr.NewCompiler(declared(traits))
	l.knowChannels(pol)
	triggers := l.triggers(docs[triggerFile], declared(traits), pol)
	l.list = l.list.Sort()
	if l.list.Failed() {
		return nil, l.list
	}
	set := NewSet(triggers, pol)
	set.Cycles, set.Traits = cycles, traits
	set.Hash = hashOf(set.Triggers, declaring(files, opts))
	return set, l.list
}

// declaring are the contents of the files that hold no triggers: policy, traits
// and cycles.
func declaring(files []File, opts Options) (all [][]byte) {
	for _, f := range files {
		if kind := f.kind(); kind != triggerFile && (kind != policyFile || opts.Policy == nil) {
			all = append(all, f.Data)
		}
	}
	if opts.Policy != nil {
		all = append(all, opts.Policy.Data)
	}
	return all
}

// fileKind is what a file holds.
type fileKind uint8

const (
	triggerFile fileKind = iota
	policyFile
	cyclesFile
	traitsFile
)

// kindOf tells by its name what a file holds.
func kindOf(name string) fileKind {
	base := path.Base(filepath.ToSlash(name))
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
	switch base {
	case "policy":
		return policyFile
	case "cycles":
		return cyclesFile
	case "traits":
		return traitsFile
	}
	return triggerFile
}

// sort parses the files to documents by what they hold.
func (l *loading) sort(files []File, opts Options) map[fileKind][]value {
	docs := map[fileKind][]value{}
	read := func(f File, kind fileKind) {
		if f.part != nil && f.part.v.ok() {
			docs[kind] = append(docs[kind], f.part.v)
			return
		}
		src, nodes := l.parse(f)
		for _, node := range nodes {
			docs[kind] = append(docs[kind], value{src: src}.child("", node))
		}
	}
	for _, f := range files {
		if kind := f.kind(); kind != policyFile || opts.Policy == nil {
			read(f, kind)
		}
	}
	if opts.Policy != nil {
		read(*opts.Policy, policyFile)
	}
	return docs
}

// declarations reads traits and cycles; several files of each add up.
func (l *loading) declarations(docs map[fileKind][]value) ([]*Trait, map[string]float64) {
	l.compiler = expr.NewCompiler(nil)
	var traits []*Trait
	seen := map[string]bool{}
	for _, doc := range docs[traitsFile] {
		for _, t := range l.traits(doc) {
			if seen[t.Name] {
				l.fail(doc, "", "the trait %q is declared in another file too", t.Name)
				continue
			}
			seen[t.Name] = true
			traits = append(traits, t)
		}
	}
	cycles := map[string]float64{}
	for _, doc := range docs[cyclesFile] {
		l.cycles(doc, cycles)
	}
	return traits, cycles
}

func (l *loading) policies(docs []value) *policy.Policy {
	if len(docs) == 0 {
		return policy.Default()
	}
	for _, doc := range docs[1:] {
		l.fail(doc, "", "there is a policy already, in %s", docs[0].src.path)
	}
	return l.policy(docs[0])
}

// triggers reads and compiles all triggers.
func (l *loading) triggers(docs []value, traits []expr.Trait, pol *policy.Policy) []*Trigger {
	var all []*Trigger
	var written []*reviewed
	named := map[string]value{}
	for _, doc := range docs {
		if l.full(doc.src) {
			continue // nobody would see what else is wrong with it
		}
		mistakes := l.mistakes()
		s := l.trigger(doc)
		if s == nil {
			continue
		}
		if first, ok := named[s.Name]; ok && s.Name != "" {
			place, _ := first.src.place(first.src.nodeOffset(first.node))
			l.fail(doc, "", "there is a trigger %q already, in %s:%d", s.Name, place.Path, place.Line)
		} else {
			named[s.Name] = doc
		}
		t := l.program(s)
		if l.mistakes() > mistakes {
			continue
		}
		if err := l.seal(t, s, traits); err != nil {
			l.fail(doc, "", "%s", err)
			continue
		}
		all = append(all, t)
		written = append(written, &reviewed{spec: s, t: t})
	}
	l.reviews(written, pol)
	return all
}

// mistakes counts what is more than a warning.
func (l *loading) mistakes() int {
	n := 0
	for i := range l.list {
		if !l.list[i].Warning {
			n++
		}
	}
	return n
}

// Compile makes a trigger from the Source of one that was loaded before: the
// way to bring back a version that a run began with. The version is that of the
// source's hash, whatever defaults have become since.
func Compile(source []byte) (*Trigger, error) {
	l := newLoading()
	l.lax = true
	src := newSource("stored trigger", string(source))
	docs := l.documents(src, len(source))
	if len(docs) != 1 {
		return nil, fmt.Errorf("compile stored trigger: expected 1 document, read %d: %w", len(docs), l.list)
	}
	s := l.trigger(value{src: src, node: docs[0]})
	if s == nil {
		return nil, fmt.Errorf("compile stored trigger: %w", l.list)
	}
	var traits []expr.Trait
	for _, t := range s.Traits {
		traits = append(traits, expr.Trait{Name: t.Name, By: t.By, Text: t.Text})
	}
	l.compiler = expr.NewCompiler(traits)
	t := l.program(s)
	if l.list.Failed() {
		return nil, fmt.Errorf("compile stored trigger %s: %w", s.Name, l.list)
	}
	t.Source, t.Version, t.File = source, version(source), ""
	return t, nil
}
