package rule

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/builtin"
)

// builtins are all built-in triggers as files.
func builtins(t testing.TB) []File {
	t.Helper()
	var files []File
	for _, name := range builtin.List() {
		data, ok := builtin.Source(name)
		if !ok {
			t.Fatalf("no source of the built-in %s", name)
		}
		files = append(files, File{Path: name + ".yaml", Data: data})
	}
	return files
}

func TestBuiltinsLoadWithoutAWord(t *testing.T) {
	set, list := Load(builtins(t), Options{})
	if len(list) > 0 {
		var b bytes.Buffer
		list.Print(&b)
		t.Fatalf("built-ins:\n%s", b.String())
	}
	if got, want := len(set.Triggers), len(builtin.List()); got != want {
		t.Errorf("loaded %d of %d built-ins", got, want)
	}
	for _, tr := range set.Triggers {
		t.Logf("%s %s", tr.Version, tr.Source)
	}
}

// replacements are fields that fit any built-in; NAME is its name. A start that
// is another brings its own steps and ends, as those of the built-in look at its
// event.
var replacements = map[string]string{
	"name":        "name: my-NAME",
	"description": "description: Another.",
	"enabled":     "enabled: false",
	"class":       "class: transactional",
	"priority":    "priority: 7",
	"tags":        "tags: [seven]",
	"audience":    `audience: customer.country in ["RO", "FR"]`,
	"holdout":     "holdout: 5%",
	"start":       "start: {on: order.placed, when: event.total > 7}\nuntil:\nsteps: [{send: {template: other, channels: [sms]}}]",
	"repeat":      "repeat: ignore",
	"until":       "until: [{on: customer.consented, when: event.granted == false}]",
	"reentry":     "reentry: 77d",
	"stale":       "stale: 7h",
	"goal":        "goal: {on: order.placed, within: 77d}",
	"migrate":     "migrate: restart",
	"rollout":     "rollout: 10%",
	"steps":       "steps: [{wait: 7m}, {send: {template: other, channels: [sms]}}]",
}

// built loads triggers that build on built-ins, those that own has a text for,
// and gives their versions by the name of the built-in.
func built(t *testing.T, own func(name string) string) map[string]string {
	t.Helper()
	var names []string
	var text strings.Builder
	for _, name := range builtin.List() {
		if fields := own(name); fields != "" {
			names = append(names, name)
			text.WriteString("---\nuse: " + name + "\n" + fields + "\n")
		}
	}
	set, list := Load([]File{{Path: "own.yaml", Data: []byte(text.String())}}, Options{})
	if len(list) > 0 {
		var out bytes.Buffer
		list.Print(&out)
		t.Errorf("%s", &out)
		return nil
	}
	versions := map[string]string{}
	for _, name := range names {
		tr := set.Current(name)
		if tr == nil {
			tr = set.Current("my-" + name)
		}
		versions[name] = tr.Version
	}
	return versions
}

// shipped are the versions of the built-ins as they come.
func shipped(t *testing.T) map[string]string {
	t.Helper()
	return built(t, func(string) string { return "enabled: true" })
}

func TestEachFieldOfABuiltinCanBeReplaced(t *testing.T) {
	before := shipped(t)
	for _, key := range triggerKeys {
		if key == "use" {
			continue
		}
		if replacements[key] == "" {
			t.Errorf("no replacement of %s", key)
			continue
		}
		for name, version := range built(t, func(name string) string { return strings.ReplaceAll(replacements[key], "NAME", name) }) {
			same := version == before[name]
			switch key {
			case "description", "enabled", "migrate", "rollout": // decide nothing about a run
				if !same {
					t.Errorf("%s of %s changes its version", key, name)
				}
			case "class", "repeat": // may be what it is already
			default:
				if same {
					t.Errorf("%s of %s replaces nothing", key, name)
				}
			}
		}
	}
}

// A field that says what the built-in says changes nothing, and one that is left
// empty takes the built-in's away.
func TestFieldsOfABuiltinStandAlone(t *testing.T) {
	before := shipped(t)
	for _, key := range triggerKeys {
		fields := map[string]string{}
		for _, f := range builtins(t) {
			if text := fieldOf(t, f.Data, key); text != "" && key != "name" {
				fields[strings.TrimSuffix(f.Path, ".yaml")] = text
			}
		}
		for name, version := range built(t, func(name string) string { return fields[name] }) {
			if version != before[name] {
				t.Errorf("%s of %s, written again, makes another version:\n%s", key, name, fields[name])
			}
		}
		if key == "start" || key == "steps" || key == "name" {
			continue
		}
		built(t, func(name string) string {
			if fields[name] == "" {
				return ""
			}
			return key + ":"
		})
	}
}

// fieldOf is a field of a trigger's text, empty if it has none.
func fieldOf(t *testing.T, data []byte, key string) string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	fields := doc.Content[0].Content
	for i := 0; i < len(fields); i += 2 {
		if fields[i].Value == key {
			text, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: fields[i : i+2]})
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	return ""
}

// The reference lists the built-in triggers, with what they say of themselves.
func TestReferenceListsEachBuiltin(t *testing.T) {
	page, err := os.ReadFile("../../docs/TRIGGERS.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, tr := range mustLoad(t, builtins(t)...).Triggers {
		want = append(want, "| `"+tr.Name+"` | "+tr.Description+" |")
	}
	slices.Sort(want)
	var got []string
	_, section, _ := strings.Cut(string(page), "\n## Built-in triggers\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "| `") {
			got = append(got, strings.TrimSuffix(line, "\n"))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table of docs/TRIGGERS.md should be\n%s", strings.Join(want, "\n"))
	}
}
