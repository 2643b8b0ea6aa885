package rehearsal

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/triggers/rule"
)

// examples are the blocks of a page of docs whose fence names what they are,
// such as ```yaml trigger, in the order of the page.
func examples(t *testing.T, page string) (all []example) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../docs", page))
	if err != nil {
		t.Fatal(err)
	}
	var in *example
	for i, line := range strings.Split(string(data), "\n") {
		kind, opens := strings.CutPrefix(line, "```yaml ")
		switch {
		case in == nil && opens:
			in = &example{kind: kind, line: i + 2}
		case in != nil && line == "```":
			all = append(all, *in)
			in = nil
		case in != nil:
			in.text += line + "\n"
		}
	}
	return all
}

type example struct {
	kind, text string
	line       int
}

// file is the example as the file that it would be.
func (e *example) file(page string) rule.File {
	name := map[string]string{"policy": "policy.yaml", "traits": "traits.yaml", "cycles": "cycles.yaml", "scenario": "story_test.yaml"}[e.kind]
	if name == "" {
		name = fmt.Sprintf("line%d.yaml", e.line)
	}
	return rule.File{Path: fmt.Sprintf("%s-%d/%s", page, e.line, name), Data: []byte(e.text)}
}

var nameLine = regexp.MustCompile(`(?m)^name: (.*)$|^use: (.*)$`)

// Every trigger of the reference is played, by the scenarios that bear its name.
func TestExamplesOfTheTriggerReferenceDoWhatTheySay(t *testing.T) {
	const stories = "testdata/reference_test.yaml"
	data, err := os.ReadFile(stories)
	if err != nil {
		t.Fatal(err)
	}
	all := examples(t, "TRIGGERS.md")
	var around []rule.File // traits and cycles
	for _, e := range all {
		if e.kind == "traits" || e.kind == "cycles" {
			around = append(around, e.file("TRIGGERS.md"))
		}
	}
	played := map[string]bool{}
	for _, e := range all {
		if e.kind != "trigger" {
			continue
		}
		m := nameLine.FindStringSubmatch(e.text)
		name := m[1] + m[2]
		if strings.HasPrefix(m[0], "use:") && strings.Contains(e.text, "\nname: ") {
			t.Fatalf("line %d: put the name before use", e.line)
		}
		report, err := Run(t.Context(), Options{
			Triggers:  append(slices.Clone(around), e.file("TRIGGERS.md")),
			Scenarios: []rule.File{{Path: stories, Data: data}},
			Only:      regexp.MustCompile("^" + regexp.QuoteMeta(name) + ":"),
		})
		switch {
		case err != nil:
			t.Fatal(err)
		case len(report.Results) == 0:
			t.Errorf("TRIGGERS.md:%d: no scenario plays %s; write one into %s whose name begins with %q", e.line, name, stories, name+":")
		case !report.OK():
			t.Errorf("TRIGGERS.md:%d: %s does not do what is said:\n%s", e.line, name, printed(t, report, Text{}))
		}
		for _, r := range report.Results {
			played[r.Name] = true
		}
	}
	report, err := Run(t.Context(), Options{Scenarios: []rule.File{{Path: stories, Data: data}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if !played[r.Name] {
			t.Errorf("%s:%d: the reference has no such example: %s", stories, r.Line, r.Name)
		}
	}
}

// The scenarios of the other pages are played under the triggers and the policy
// that the page shows last before them.
func TestScenariosOfTheDocsHold(t *testing.T) {
	for _, page := range []string{"POLICY.md", "TESTING.md", "TRIGGERS.md"} {
		t.Run(page, func(t *testing.T) {
			shown := map[string]rule.File{}
			played := 0
			for _, e := range examples(t, page) {
				if e.kind != "scenario" {
					shown[e.kind] = e.file(page)
					continue
				}
				opts := Options{Scenarios: []rule.File{e.file(page)}}
				for _, f := range shown {
					opts.Triggers = append(opts.Triggers, f)
				}
				report, err := Run(t.Context(), opts)
				if err != nil {
					t.Fatal(err)
				}
				if !report.OK() {
					t.Errorf("%s", printed(t, report, Text{}))
				}
				played += len(report.Results)
			}
			if played == 0 {
				t.Error("no scenarios found")
			}
		})
	}
}
