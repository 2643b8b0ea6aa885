package oracle

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/backtest/rehearsal"
	"github.com/beckon-io/beckon/triggers/rule"
)

// What is printed of a case is a scenario, and says the same as the case.
func TestCasesPrintAsScenarios(t *testing.T) {
	cases := rapid.Custom(drawExample)
	for seed := range 20 {
		ex := cases.Example(seed)
		text := scenario(ex, play(ex))
		report, err := rehearsal.Run(t.Context(), rehearsal.Options{
			Scenarios: []rule.File{{Path: "case_test.yaml", Data: []byte(text)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !report.OK() {
			var b strings.Builder
			if err := (rehearsal.Text{}).Print(&b, report); err != nil {
				t.Fatal(err)
			}
			t.Errorf("seed %d:\n%s\n%s", seed, &b, text)
		}
	}
}
