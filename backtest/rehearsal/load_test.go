package rehearsal_test

import (
	"strings"
	"testing"

	"github.com/beckon-io/beckon/backtest/rehearsal"
	"github.com/beckon-io/beckon/triggers/rule"
)

// What starts by the clock begins with the files that say so: not before, and
// at once, dates that customers told long ago included.
const loaded = `
scenario: files that are loaded later start by their own clocks
now: 2026-03-01T12:00:00Z
triggers: [letter]
given:
  - {type: customer.registered, subject: ana, data: {birthday: "1990-03-05"}}
steps:
  - at: 2026-03-02T10:00:00Z
    expect: [{template: letter}]
  - at: 2026-03-04T11:00:00Z
    load:
      triggers:
        - {name: letter, start: {schedule: "0 10 * * WED,FRI"}, steps: [{send: {template: letter, channels: [email]}}]}
        - {name: birthday, start: {date: customer.birthday, every: year}, steps: [{send: {template: birthday, channels: [email]}}]}
    expect: []
  - at: 2026-03-09T12:00:00Z
    expect: [{template: birthday, due_at: 2026-03-05T00:00:00Z}, {template: letter, due_at: 2026-03-06T10:00:00Z}]
  - after: 1h
    load: 1
  - at: 2026-03-17T00:00:00Z
    expect: [{template: letter, due_at: 2026-03-16T10:00:00Z}]
`

func TestClocksFollowTheFilesInUse(t *testing.T) {
	report, err := rehearsal.Run(t.Context(), rehearsal.Options{
		Triggers: []rule.File{{Path: "letter.yaml", Data: []byte(
			"name: letter\nstart: {schedule: \"0 10 * * MON\"}\nsteps: [{send: {template: letter, channels: [email]}}]\n")}},
		Scenarios: []rule.File{{Path: "letter_test.yaml", Data: []byte(loaded)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		var out strings.Builder
		if err := (rehearsal.Text{}).Print(&out, report); err != nil {
			t.Fatal(err)
		}
		t.Errorf("\n%s", &out)
	}
}
