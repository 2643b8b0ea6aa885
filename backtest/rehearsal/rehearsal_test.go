package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

var rewrite = flag.Bool("rewrite", false, "write what is printed over the expected output")

// The scenarios of docs/scenarios say, sentence by sentence, what the language
// and the policy are to do.
func TestScenariosOfTheReferenceHold(t *testing.T) {
	const dir = "../../docs/scenarios"
	files, err := rule.ReadScenarios(dir)
	if err != nil {
		t.Fatal(err)
	}
	report, err := Run(t.Context(), Options{Scenarios: files})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Error(printed(t, report, Text{}))
	}
	if least := 300; len(report.Results) < least {
		t.Errorf("%d scenarios, there were %d", len(report.Results), least)
	}
	// out_of_stock is a matter of products, which have scenarios of their own.
	if never := report.Coverage.NeverGiven(); len(never) > 0 && !slices.Equal(never, []string{schemas.OutOfStock.String()}) {
		t.Errorf("no scenario meets the reasons %v", never)
	}
}

// The files of testdata are directories of triggers and scenarios; beside each
// lies what is printed of it.
func TestReportsReadWell(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no directories in testdata", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			golden(t, path+".out", printed(t, play(t, path, nil), Text{All: true, Coverage: true}))
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (-want +got):\n%s", path, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
	}
}

func printed(t *testing.T, r *Report, how Text) string {
	t.Helper()
	var b bytes.Buffer
	if err := how.Print(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// play plays the scenarios of a txtar.
func play(t *testing.T, path string, only *regexp.Regexp) *Report {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Only: only}
	for _, f := range archive.Files {
		file := rule.File{Path: f.Name, Data: f.Data}
		if strings.HasSuffix(f.Name, "_test.yaml") {
			opts.Scenarios = append(opts.Scenarios, file)
		} else {
			opts.Triggers = append(opts.Triggers, file)
		}
	}
	report, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// Build servers get from JUnit's XML what people read: each scenario, and of
// one that fails the place and the difference.
func TestJUnitTellsFailuresFromErrors(t *testing.T) {
	type message struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string   `xml:"name,attr"`
				File    string   `xml:"file,attr"`
				Line    int      `xml:"line,attr"`
				Failure *message `xml:"failure"`
				Error   *message `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	report := play(t, "testdata/differences.txtar", nil)
	var b bytes.Buffer
	if err := report.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if got.Tests != len(report.Results) || got.Failures == 0 || got.Failures+got.Errors != report.Failed() {
		t.Errorf("%d tests, %d failures, %d errors of %d scenarios of which %d failed", got.Tests, got.Failures, got.Errors, len(report.Results), report.Failed())
	}
	i := 0
	for _, suite := range got.Suites {
		for _, c := range suite.Cases {
			r := report.Results[i]
			i++
			if suite.Name != r.Path || c.Name != r.Name || c.File != r.Path || c.Line != r.Line {
				t.Errorf("%s: %q at %s:%d, want %q at %s:%d", suite.Name, c.Name, c.File, c.Line, r.Name, r.Path, r.Line)
			}
			if (c.Failure != nil) != (len(r.Failures) > 0) || (c.Error != nil) != r.Broken {
				t.Errorf("%s: failure %v, error %v, but %d failures and broken %v", c.Name, c.Failure, c.Error, len(r.Failures), r.Broken)
			}
			if c.Failure != nil && (c.Failure.Message != r.Failures[0].Message || !strings.Contains(c.Failure.Text, r.Failures[0].Detail[0])) {
				t.Errorf("%s: %+v does not tell %+v", c.Name, c.Failure, r.Failures[0])
			}
		}
	}
}

// A mistake that keeps no scenario from being played still fails a build.
func TestJUnitHasMistakesThatNoScenarioMeets(t *testing.T) {
	report := play(t, "testdata/mistakes.txtar", regexp.MustCompile("has triggers of its own"))
	if report.Failed() > 0 || report.OK() {
		t.Fatalf("%d failed, OK %v", report.Failed(), report.OK())
	}
	var b bytes.Buffer
	if err := report.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `errors="1"`) || !strings.Contains(b.String(), "did you mean") {
		t.Errorf("the XML does not tell of it:\n%s", b.String())
	}
}

func TestJSONHasPlacesDifferencesAndCoverage(t *testing.T) {
	report := play(t, "testdata/differences.txtar", nil)
	var b bytes.Buffer
	if err := report.JSON(&b, true); err != nil {
		t.Fatal(err)
	}
	var got reportJSON
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.OK || got.Figures["failed"] != report.Failed() || len(got.Scenarios) != len(report.Results) {
		t.Errorf("%+v of %d scenarios", got.Figures, len(report.Results))
	}
	for i, s := range got.Scenarios {
		if r := report.Results[i]; s.OK != r.OK() || len(s.Failures) != len(r.Failures) || s.Line != r.Line {
			t.Errorf("%+v, want %+v", s, r)
		}
	}
	if len(got.Coverage) == 0 || !slices.Contains(got.Never, schemas.Erased.String()) {
		t.Errorf("coverage %+v, never %v", got.Coverage, got.Never)
	}
}

func TestOnlyLeavesTheOthersOut(t *testing.T) {
	report := play(t, "testdata/differences.txtar", regexp.MustCompile("^all is well$"))
	if len(report.Results) != 1 || !report.OK() || !strings.Contains(report.Summary(), "others left out") {
		t.Errorf("%d played, %s", len(report.Results), report.Summary())
	}
}

// Also in the middle of a scenario that is years long.
func TestPlayingStopsWithItsContext(t *testing.T) {
	files := []rule.File{{Path: "a_test.yaml", Data: []byte(`
scenario: every minute for ten years
now: 2026-03-02T10:00:00Z
triggers: {name: minutely, start: {schedule: "* * * * *"}, steps: [{stop: true}]}
given: [{type: visit, subject: ana}]
steps: [{after: 3650d, expect: []}]
`)}}
	ctx := &endsSoon{Context: t.Context(), asks: 100}
	if _, err := Run(ctx, Options{Scenarios: files}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if ctx.asks < -1 {
		t.Errorf("went on after it was stopped, asking %d times more", -ctx.asks)
	}
}

// endsSoon is a context that ends after it was asked so often.
type endsSoon struct {
	context.Context
	asks int
}

func (c *endsSoon) Err() error {
	if c.asks--; c.asks > 0 {
		return nil
	}
	return context.Canceled
}
