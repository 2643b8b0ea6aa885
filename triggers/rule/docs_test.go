package rule

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// examples are the blocks of a page whose fence names a kind of file, such as
// ```yaml trigger, as files.
func examples(t *testing.T, page string) map[string][]File {
	t.Helper()
	data, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]File{}
	kind, from := "", 0
	var block strings.Builder
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case kind == "" && strings.HasPrefix(line, "```yaml "):
			kind, from = strings.TrimPrefix(line, "```yaml "), i+2
		case kind != "" && line == "```":
			name := map[string]string{"policy": "policy.yaml", "traits": "traits.yaml", "cycles": "cycles.yaml"}[kind]
			if name == "" {
				name = fmt.Sprintf("line%d.yaml", from)
			}
			all[kind] = append(all[kind], File{Path: fmt.Sprintf("%s-%d/%s", page, from, name), Data: []byte(block.String())})
			kind = ""
			block.Reset()
		case kind != "":
			block.WriteString(line + "\n")
		}
	}
	return all
}

func TestExamplesOfTheTriggerReferenceLoad(t *testing.T) {
	all := examples(t, "TRIGGERS.md")
	if len(all["trigger"]) < 20 || len(all["traits"]) != 1 || len(all["cycles"]) != 1 {
		t.Fatalf("%d triggers, %d traits, %d cycles found", len(all["trigger"]), len(all["traits"]), len(all["cycles"]))
	}
	used := map[OpKind]bool{}
	for _, f := range all["trigger"] {
		files := append([]File{f, all["traits"][0]}, all["cycles"]...)
		if out := printed(files); out != "" {
			t.Errorf("%s", out)
			continue
		}
		for _, op := range mustLoad(t, files...).Triggers[0].Steps {
			used[op.Kind] = true
		}
	}
	for kind := range opNames {
		if !used[kind] {
			t.Errorf("no example has a step of kind %s", opNames[kind])
		}
	}
}

func TestExamplesOfThePolicyReferenceLoad(t *testing.T) {
	all := examples(t, "POLICY.md")["policy"]
	if len(all) < 6 {
		t.Fatalf("%d examples found", len(all))
	}
	for _, f := range all {
		if out := printed([]File{f}); out != "" {
			t.Errorf("%s", out)
		}
	}
}

// An example of what `check` warns of is followed by what it says. Its fence may
// list templates; a comment that is a file's name begins that file.
func TestWarningsOfTheTriggerReferenceAreGiven(t *testing.T) {
	data, err := os.ReadFile("../../docs/TRIGGERS.md")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(data), "```yaml checked")[1:]
	if len(all) < 7 {
		t.Fatalf("%d examples found", len(all))
	}
	for _, text := range all {
		templates, text, _ := strings.Cut(text, "\n")
		example, rest, _ := strings.Cut(text, "```\n")
		want, _, _ := strings.Cut(strings.TrimPrefix(rest, "\n```text\n"), "```\n")
		review := &Review{}
		if templates != "" {
			review.Templates = strings.Fields(templates)
		}
		if got := reviewedText(t, filesOf(example), review); got != want {
			t.Errorf("%s\nsays\n%s\nand the reference\n%s", example, got, want)
		}
	}
}

// filesOf takes an example apart.
func filesOf(example string) (files []File) {
	for line := range strings.Lines(example) {
		name, begins := strings.CutPrefix(strings.TrimSpace(line), "# ")
		begins = begins && strings.HasSuffix(name, ".yaml")
		switch {
		case begins:
			files = append(files, File{Path: name})
			continue
		case files == nil:
			files = append(files, File{Path: "triggers.yaml"})
		}
		last := &files[len(files)-1]
		last.Data = append(last.Data, line...)
	}
	return files
}

// Every key that is read is explained.
func TestReferenceNamesEveryKey(t *testing.T) {
	for page, keys := range map[string][]string{
		"TRIGGERS.md": append(append([]string{"when", "key", "each", "date", "every", "offset", "schedule", "zone", "match"}, triggerKeys...), stepKeys...),
		"POLICY.md":   {"grace", "timezone", "require_address", "consent", "suppress", "quiet_hours", "caps", "holdout", "rate"},
	} {
		data, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if !strings.Contains(string(data), "`"+key) && !strings.Contains(string(data), "### "+key) {
				t.Errorf("%s does not explain `%s`", page, key)
			}
		}
	}
}
