package scenario

import (
	"slices"
	"strings"
	"time"

	"github.com/beckon-io/beckon/triggers/rule"
)

// setupKeys say what holds from the beginning; the others are a document's own.
var setupKeys = []string{"triggers", "policy", "traits", "cycles", "grace", "secret", "zone", "subject", "now", "given"}

// defaultSecret is the secret of codes where a scenario names none.
const defaultSecret = "scenario"

// Read reads the scenarios of a file. What is wrong is in the File's Docs.
func Read(f rule.File) *File {
	file := &File{Path: f.Path, Docs: rule.NewDocuments()}
	background := Setup{Secret: defaultSecret, Zone: time.UTC}
	broken := false // the background
	names := map[string]int{}
	for _, doc := range file.Docs.Read(f) {
		before := file.Docs.Mistakes()
		if isBackground(doc) {
			background = readBackground(doc)
			broken = file.Docs.Mistakes() > before
			continue
		}
		s := readScenario(doc, background)
		if s == nil {
			continue
		}
		s.Broken = broken || file.Docs.Mistakes() > before
		if line := names[s.Name]; line != 0 && s.Name != "" {
			doc.Fail("give each a name of its own", "there is a scenario %q already, in line %d", s.Name, line)
			continue
		}
		names[s.Name] = s.Line
		file.Scenarios = append(file.Scenarios, s)
	}
	return file
}

func isBackground(doc rule.Node) bool {
	if !doc.IsMapping() {
		return false
	}
	for key := range doc.Pairs() {
		if key == "background" {
			return true
		}
	}
	return false
}

// readBackground reads what the scenarios behind it share. It starts from
// nothing: an earlier background ends with it.
func readBackground(doc rule.Node) Setup {
	setup := Setup{Secret: defaultSecret, Zone: time.UTC}
	f := doc.Mapping(append([]string{"background"}, setupKeys...)...)
	readSetup(&setup, f)
	return setup
}

func readScenario(doc rule.Node, background Setup) *Scenario {
	if !doc.IsMapping() {
		doc.Fail("scenario: what it shows", "expects a scenario or a background")
		return nil
	}
	f := doc.Mapping(append([]string{"scenario", "about", "steps"}, setupKeys...)...)
	s := &Scenario{Spot: spot(doc), Setup: background}
	s.Setup.Given = slices.Clone(background.Given)
	if n, ok := f["scenario"]; ok {
		s.Name, _ = n.Text("what the scenario shows")
	} else {
		doc.Fail("scenario: what it shows", "the document has no `scenario` and no `background`")
	}
	if n, ok := f["about"]; ok {
		s.About, _ = n.Text("a text")
	}
	readSetup(&s.Setup, f)
	n, ok := f["steps"]
	if !ok {
		doc.Fail("", "the scenario has no `steps`")
		return s
	}
	s.Steps = readSteps(n, &s.Setup)
	if !slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Checks() }) {
		n.Fail("expect: [] where nothing may be sent", "no step expects anything, so the scenario could not fail")
	}
	return s
}

func readSetup(s *Setup, f map[string]rule.Node) {
	readLoading(&s.Loading, f)
	if n, ok := f["zone"]; ok {
		if loc := n.Zone(); loc != nil {
			s.Zone = loc
		}
	}
	if n, ok := f["grace"]; ok {
		d := n.Duration()
		s.Grace = &d
	}
	if n, ok := f["secret"]; ok {
		s.Secret, _ = n.Text("a secret")
	}
	if n, ok := f["subject"]; ok {
		s.Subject, _ = n.Text("a customer's id")
	}
	if n, ok := f["now"]; ok {
		s.Now = instant(n, s.Zone)
	}
	if n, ok := f["given"]; ok {
		s.Given = append(s.Given, readEvents(n, s)...)
	}
}

func readLoading(l *Loading, f map[string]rule.Node) {
	if n, ok := f["triggers"]; ok {
		l.Triggers = nil
		for _, e := range n.Items() {
			l.Triggers = append(l.Triggers, readTrigger(e))
		}
	}
	for key, to := range map[string]*Ref{"policy": &l.Policy, "traits": &l.Traits, "cycles": &l.Cycles} {
		n, ok := f[key]
		if !ok {
			continue
		}
		if !n.IsMapping() {
			path, _ := n.Text("a file beside this one, or what would be in it")
			*to = Ref{Node: n, Path: path}
			continue
		}
		file := n.PolicyFile()
		switch key {
		case "traits":
			file = n.TraitsFile()
		case "cycles":
			file = n.CyclesFile()
		}
		*to = Ref{Node: n, Inline: &file}
	}
}

// readTrigger reads one of `triggers`: the name of one, a file, or a trigger.
func readTrigger(n rule.Node) Ref {
	if n.IsMapping() {
		file := n.TriggerFile()
		return Ref{Node: n, Inline: &file}
	}
	text, _ := n.Text("a trigger, its name, or a file beside this one")
	if strings.HasSuffix(text, ".yaml") || strings.HasSuffix(text, ".yml") {
		return Ref{Node: n, Path: text}
	}
	return Ref{Node: n, Name: text}
}

func spot(n rule.Node) Spot {
	place, line := n.Place()
	return Spot{place, line}
}
