package scenario

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

var rewrite = flag.Bool("rewrite", false, "write what is printed over the expected output")

func readFile(t *testing.T, path string) (*File, string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := Read(rule.File{Path: filepath.Base(path), Data: data})
	var b bytes.Buffer
	if err := f.Docs.Found().Print(&b); err != nil {
		t.Fatal(err)
	}
	return f, b.String()
}

func TestMistakesAreShownWithTheirPlaces(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		f, got := readFile(t, path)
		for _, s := range f.Scenarios {
			if !s.Broken && !strings.HasPrefix(s.Name, "a type that is nearly") {
				t.Errorf("%s:%d: %s: would be played", path, s.Line, s.Name)
			}
		}
		if *rewrite {
			if err := os.WriteFile(path+".out", []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path + ".out")
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s (-want +got):\n%s", path, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
		}
	}
}

func TestGoodFilesAreReadWithoutAWord(t *testing.T) {
	f, out := readFile(t, "testdata/all.good.yaml")
	if out != "" || len(f.Scenarios) != 2 {
		t.Fatalf("%d scenarios\n%s", len(f.Scenarios), out)
	}
	first, second := f.Scenarios[0], f.Scenarios[1]
	if first.Name != "all kinds of steps" || first.About != "For the reader." || first.Line != 17 || first.Broken {
		t.Errorf("first: %q, %q in line %d, broken %v", first.Name, first.About, first.Line, first.Broken)
	}
	setup := first.Setup
	if len(setup.Triggers) != 3 || setup.Triggers[0].Name != "cart-abandonment" || setup.Triggers[1].Path != "other.yaml" || setup.Triggers[2].Inline == nil {
		t.Errorf("triggers: %+v", setup.Triggers)
	}
	if setup.Policy.Inline == nil || setup.Traits.Inline == nil || setup.Cycles.Path != "cycles.yaml" {
		t.Errorf("policy %+v, traits %+v, cycles %+v", setup.Policy, setup.Traits, setup.Cycles)
	}
	if setup.Now != instantOf(t, "2026-03-02T08:00:00Z") || *setup.Grace != time.Minute || setup.Secret != "s3cret" || setup.Subject != "ana" {
		t.Errorf("now %v, grace %v, secret %s, subject %s", setup.Now, *setup.Grace, setup.Secret, setup.Subject)
	}

	// What a scenario says itself takes the background's place; what is given
	// comes on top. 03:30 of that night is skipped by the clock.
	if len(second.Setup.Triggers) != 1 || second.Setup.Now != instantOf(t, "2026-03-29T01:00:00Z") || len(second.Setup.Given) != 2 || len(setup.Given) != 1 {
		t.Errorf("second: %d triggers, now %v, %d given; the first has %d given", len(second.Setup.Triggers), second.Setup.Now, len(second.Setup.Given), len(setup.Given))
	}
}

func TestStepsAreReadInFull(t *testing.T) {
	f, _ := readFile(t, "testdata/all.good.yaml")
	steps := f.Scenarios[0].Steps
	if len(steps) != 8 {
		t.Fatalf("%d steps", len(steps))
	}
	if m := steps[1].Move; m.Clock != "18:30" || m.Minutes != 18*60+30 || !steps[1].Checks() || steps[0].Checks() {
		t.Errorf("a time of day: %+v", steps[1])
	}
	if steps[2].Move.By != 36*time.Hour || steps[2].Outage || !steps[3].Outage || steps[3].Move.By != 8*time.Hour {
		t.Errorf("durations: %+v and %+v", steps[2].Move, steps[3].Move)
	}
	if steps[3].Waiting.Count != 2 || steps[5].Waiting.Count != -1 || len(steps[5].Waiting.Items) != 1 {
		t.Errorf("waiting: %+v and %+v", steps[3].Waiting, steps[5].Waiting)
	}
	if steps[4].Load.Number != 0 || steps[4].Load.Policy.Inline == nil || steps[5].Load.Number != 1 {
		t.Errorf("load: %+v and %+v", steps[4].Load, steps[5].Load)
	}
	if diff := cmp.Diff([][]string{{"hello"}, {""}}, [][]string{steps[4].Pause, steps[5].Resume}); diff != "" {
		t.Errorf("pause and resume (-want +got):\n%s", diff)
	}
	if s := steps[6].State; len(s) != 1 || s[0].Subject != "ana" || len(s[0].That) != 1 {
		t.Errorf("an expression alone: %+v", s)
	}
	if s := steps[7].State; s[0].Subject != "bob" || len(s[0].That) != 2 || len(s[0].Fields) != 1 || s[0].Fields[0].Name != "points" {
		t.Errorf("fields: %+v", s)
	}
}

func instantOf(t *testing.T, s string) schemas.Time {
	t.Helper()
	at, err := schemas.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// docs/TESTING.md explains every key that is read.
func TestTheReferenceNamesEveryKey(t *testing.T) {
	data, err := os.ReadFile("../../docs/TESTING.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := slices.Concat([]string{"scenario", "about", "steps", "background"}, setupKeys, stepKeys, eventKeys,
		slices.Sorted(maps.Keys(waitShape)), slices.Sorted(maps.Keys(decisionShape)))
	for _, key := range keys {
		if !regexp.MustCompile("`([^`]*\\s)?" + key + "\\b[^`]*`").Match(data) {
			t.Errorf("it does not explain `%s`", key)
		}
	}
}
