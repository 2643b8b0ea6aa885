package rehearsal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/beckon-io/beckon/triggers/rule"
)

// What a scenario names is beside its file, whatever the directory is that is
// played; the rest is the directory's.
func TestWhatAScenarioNamesTakesTheDirectorysPlace(t *testing.T) {
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(`
-- hello.yaml --
name: hello
start: {on: visit}
steps: [{send: {template: hello, channels: [email]}}]
-- thanks.yaml --
name: thanks
start: {on: visit}
steps: [{send: {template: thanks, channels: [sms], context: {n: customer.traits.visits}}}]
-- policy.yaml --
consent: {email: opt_in}
-- traits.yaml --
visits: {on: visit, count: true}
-- sub/.strict.yaml --
consent: {sms: opt_in}
-- sub/.figures.yaml --
visits: {on: visit, sum: "10"}
-- sub/other.yaml --
name: other
start: {on: visit}
steps: [{send: {template: other, channels: [push]}}]
-- sub/story_test.yaml --
background: x
subject: ana
now: 2026-03-02T10:00:00Z
---
scenario: all of the directory, sub folders too, under its policy
steps: [{event: {type: visit}, expect: [{template: other}, {template: thanks, context: {n: 1}}], decisions: [{trigger: hello, reason: no_consent}]}]
---
scenario: another policy
policy: .strict.yaml
steps: [{event: {type: visit}, expect: [{template: hello}, {template: other}], decisions: [{trigger: thanks, reason: no_consent}]}]
---
scenario: one by its name, under another policy
triggers: hello
policy: {}
steps: [{event: {type: visit}, expect: [{template: hello}]}]
---
scenario: other figures
triggers: thanks
traits: .figures.yaml
steps: [{event: {type: visit}, expect: [{template: thanks, context: {n: 10}}]}]
---
scenario: a file, a built-in and one of its own together
triggers: [other.yaml, order-confirmation, {name: own, start: {on: visit}, steps: [{send: {template: own, channels: [push]}}]}]
steps:
  - event: [{type: visit}, {type: order.placed, data: {order_id: o1, total: 3}}]
    expect: [{template: other}, {template: own}, {trigger: order-confirmation}]
---
scenario: newer files leave in place what they do not name
triggers: hello
policy: {}
steps:
  - load: {policy: {consent: {email: opt_out}}}
    event: {type: visit}
    expect: [{template: hello}]
  - event: [{type: customer.consented, data: {channel: email, granted: false}}, {type: visit}]
    expect: []
`)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	triggers, err := rule.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	scenarios, err := rule.ReadScenarios(dir)
	if err != nil {
		t.Fatal(err)
	}
	report, err := Run(t.Context(), Options{Triggers: triggers, Scenarios: scenarios})
	if err != nil {
		t.Fatal(err)
	}
	if got := printed(t, report, Text{}); got != "6 scenarios: all hold\n" {
		t.Errorf("(-want +got):\n%s", cmp.Diff("6 scenarios: all hold\n", got))
	}
}
