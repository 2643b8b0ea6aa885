package rehearsal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/backtest/rehearsal"
	"github.com/beckon-io/beckon/triggers/builtin"
	"github.com/beckon-io/beckon/triggers/rule"
)

// beside is a file of the folder of built-in triggers.
func beside(t *testing.T, name string) rule.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "triggers", "builtin", name))
	if err != nil {
		t.Fatal(err)
	}
	return rule.File{Path: name, Data: data}
}

// rehearse plays the scenarios of a built-in trigger on a text of it.
func rehearse(t *testing.T, name string, trigger []byte) *rehearsal.Report {
	t.Helper()
	report, err := rehearsal.Run(t.Context(), rehearsal.Options{
		Triggers:  []rule.File{{Path: name + ".yaml", Data: trigger}},
		Scenarios: []rule.File{beside(t, name+"_test.yaml")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// versionOf is the version that a text of a trigger makes, empty if it does not
// load.
func versionOf(name string, trigger []byte) string {
	set, list := rule.Load([]rule.File{{Path: name + ".yaml", Data: trigger}}, rule.Options{})
	if list.Failed() {
		return ""
	}
	return set.Triggers[0].Version
}

// Each built-in trigger has scenarios beside it, they hold, and they take each
// of its steps and branches.
func TestBuiltinsAreRehearsed(t *testing.T) {
	for _, name := range builtin.List() {
		t.Run(name, func(t *testing.T) {
			source := beside(t, name+".yaml").Data
			report := rehearse(t, name, source)
			if !report.OK() {
				var out strings.Builder
				if err := (rehearsal.Text{}).Print(&out, report); err != nil {
					t.Fatal(err)
				}
				t.Errorf("\n%s", &out)
			}
			for _, c := range report.Coverage.Triggers() {
				if c.Trigger != name || c.Version != versionOf(name, source) {
					continue // one that a scenario builds on it
				}
				for _, m := range c.Never {
					t.Errorf("%s.yaml:%d: no scenario takes %s", name, m.Line, m.What)
				}
			}
		})
	}
}

// The scenarios show what each field is for: with any one taken away, and with
// any event type taken out of until, some scenario does not hold.
func TestEachFieldOfABuiltinIsRehearsed(t *testing.T) {
	for _, name := range builtin.List() {
		t.Run(name, func(t *testing.T) {
			source := beside(t, name+".yaml").Data
			version, tried := versionOf(name, source), 0
			for what, text := range lessened(t, source) {
				if v := versionOf(name, text); v == "" || v == version {
					continue // what cannot be left out, or is the default
				}
				tried++
				if rehearse(t, name, text).Failed() == 0 {
					t.Errorf("%s.yaml: all scenarios hold without %s", name, what)
				}
			}
			if tried == 0 {
				t.Error("nothing could be taken away")
			}
		})
	}
}

// lessened are texts of a trigger that lack one thing each, by what they lack.
func lessened(t *testing.T, source []byte) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	without := func(what string, take func(trigger *yaml.Node)) {
		var doc yaml.Node
		if err := yaml.Unmarshal(source, &doc); err != nil {
			t.Fatal(err)
		}
		take(doc.Content[0])
		text, err := yaml.Marshal(&doc)
		if err != nil {
			t.Fatal(err)
		}
		all[what] = text
	}
	for _, key := range []string{"audience", "repeat", "reentry", "stale", "goal", "until"} {
		without(key, func(trigger *yaml.Node) { drop(trigger, key) })
	}
	for _, key := range []string{"when", "key"} {
		without("start."+key, func(trigger *yaml.Node) { drop(child(trigger, "start"), key) })
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(source, &doc); err != nil {
		t.Fatal(err)
	}
	for i, end := range child(doc.Content[0], "until").Content {
		place := fmt.Sprintf("until[%d]", i)
		nth := func(trigger *yaml.Node) *yaml.Node { return child(trigger, "until").Content[i] }
		for _, key := range []string{"when", "match"} {
			without(place+"."+key, func(trigger *yaml.Node) { drop(nth(trigger), key) })
		}
		for j, on := range child(end, "on").Content {
			without(place+" on "+on.Value, func(trigger *yaml.Node) {
				list := child(nth(trigger), "on")
				list.Content = slices.Delete(list.Content, j, j+1)
			})
		}
		without(place, func(trigger *yaml.Node) {
			list := child(trigger, "until")
			list.Content = slices.Delete(list.Content, i, i+1)
		})
	}
	return all
}

// child is the value of a key of a mapping, an empty one if there is none.
func child(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return &yaml.Node{}
}

func drop(mapping *yaml.Node, key string) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
			return
		}
	}
}
