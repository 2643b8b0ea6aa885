package backtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

const byDateAndSchedule = `
name: birthday
priority: 70
start: {date: customer.birthday, every: year, at: "10:00"}
steps: [{send: {template: birthday, channels: [email]}}]
---
name: letter
audience: customer.country != "DE"
start: {schedule: "0 10 * * MON", zone: customer}
steps: [{send: {template: letter, channels: [email]}}]
---
name: sale
start: {at: "2026-03-02T08:00:00Z"}
steps: [{wait: 2h}, {send: {template: sale, channels: [email]}}]
---
name: hello
start: {on: customer.registered}
steps: [{wait: 60m}, {send: {template: hello, channels: [email]}}]
`

// happened runs events, given as "TIME CUSTOMER TYPE DATA", and lists decisions
// of starts and sends.
func happened(t *testing.T, triggers string, until string, events ...string) []string {
	t.Helper()
	set, list := rule.Load([]rule.File{{Path: "t.yaml", Data: []byte(triggers)}}, rule.Options{})
	if list.Failed() {
		t.Fatal(list)
	}
	var lines strings.Builder
	for i, e := range events {
		f := strings.SplitN(e, " ", 4)
		fmt.Fprintf(&lines, `{"specversion":"1.0","id":"e%d","source":"shop","type":"%s","subject":"%s","time":"%s","data":%s}`+"\n", i, f[2], f[1], f[0], f[3])
	}
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	end, err := schemas.ParseTime(until)
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{}
	_, err = Run(context.Background(), Options{
		Input:  Input{Events: eventfile.Config{Paths: []string{path}, Dir: t.TempDir()}, Bad: func(_ string, line int, err error) { t.Errorf("line %d: %v", line, err) }},
		Engine: engine.New(engine.Config{App: "test", Set: set}), Grace: set.Policy.Grace, Until: Until{At: end}, Sink: k,
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range k.decisions {
		if d.Outcome == schemas.Started && d.Trigger != "hello" || d.Outcome == schemas.Sent {
			all = append(all, fmt.Sprint(d.Time, " ", d.Customer, " ", d.Outcome, " ", d.Trigger, " ", d.EventID))
		}
	}
	return all
}

func TestDatesAndSchedulesInVirtualTime(t *testing.T) {
	got := happened(t, byDateAndSchedule, "2026-03-09T08:00:00Z",
		`2026-03-02T07:00:00Z ana customer.registered {"timezone":"Europe/Bucharest","country":"RO","birthday":"1990-03-02"}`,
		`2026-03-02T07:30:00Z bob customer.registered {"timezone":"America/New_York","birthday":"1990-03-05"}`,
		`2026-03-02T07:40:00Z cid customer.registered {"timezone":"Europe/Berlin","country":"DE"}`,
		`2026-03-02T08:00:05Z dan customer.registered {"timezone":"Europe/Bucharest"}`,
		`2026-03-02T08:00:05Z ana customer.updated {"country":"DE"}`,
		`2026-03-02T08:30:00Z ana customer.updated {"country":"RO"}`,
		`2026-03-08T00:00:00Z eve customer.registered {"timezone":"Asia/Tokyo"}`,
	)
	// At 08:00:05 Ana is not in the audience any more: within grace that counts.
	want := []string{
		"2026-03-02T08:00:00Z ana started birthday 2026-03-02T10:00",
		"2026-03-02T08:00:00Z ana sent birthday 2026-03-02T10:00",
		"2026-03-02T08:00:00Z ana sent hello e0",
		"2026-03-02T08:00:00Z ana started sale 2026-03-02T08:00:00Z",
		"2026-03-02T08:00:00Z bob started sale 2026-03-02T08:00:00Z",
		"2026-03-02T08:00:00Z cid started sale 2026-03-02T08:00:00Z",
		"2026-03-02T08:30:00Z bob sent hello e1",
		"2026-03-02T08:40:00Z cid sent hello e2",
		"2026-03-02T09:00:05Z dan sent hello e3",
		"2026-03-02T10:00:00Z ana sent sale 2026-03-02T08:00:00Z",
		"2026-03-02T10:00:00Z bob sent sale 2026-03-02T08:00:00Z",
		"2026-03-02T10:00:00Z cid sent sale 2026-03-02T08:00:00Z",
		"2026-03-02T15:00:00Z bob started letter 2026-03-02T10:00",
		"2026-03-02T15:00:00Z bob sent letter 2026-03-02T10:00",
		"2026-03-05T15:00:00Z bob started birthday 2026-03-05T10:00",
		"2026-03-05T15:00:00Z bob sent birthday 2026-03-05T10:00",
		"2026-03-08T01:00:00Z eve sent hello e6",
		"2026-03-09T01:00:00Z eve started letter 2026-03-09T10:00",
		"2026-03-09T01:00:00Z eve sent letter 2026-03-09T10:00",
		"2026-03-09T08:00:00Z ana started letter 2026-03-09T10:00",
		"2026-03-09T08:00:00Z ana sent letter 2026-03-09T10:00",
		"2026-03-09T08:00:00Z dan started letter 2026-03-09T10:00",
		"2026-03-09T08:00:00Z dan sent letter 2026-03-09T10:00",
	}
	wantLog(t, got, want...)
}

// A year of a shop with customers everywhere costs what its occurrences cost,
// not a look at every customer for each zone.
func BenchmarkSchedules(b *testing.B) {
	set, _ := rule.Load([]rule.File{{Path: "t.yaml", Data: []byte("name: t\naudience: customer.points > 0\nstart: {schedule: \"0 10 * * *\", zone: customer}\nsteps: [{stop: true}]\n")}}, rule.Options{})
	zones := []string{"Europe/Bucharest", "Europe/Berlin", "America/New_York", "Asia/Tokyo"}
	const customers, days = 10_000, 30
	for b.Loop() {
		task := newTask(engine.New(engine.Config{App: "test", Set: set}), 0, &kept{})
		for i := range customers {
			ev, err := schemas.FromData(fmt.Sprint(i), "shop", "customer.registered", fmt.Sprint("c", i), at(i/10), []byte(`{"timezone":"`+zones[i%4]+`"}`))
			if err != nil {
				b.Fatal(err)
			}
			if err := task.apply(ev); err != nil {
				b.Fatal(err)
			}
		}
		if err := task.finish(at(days * 24 * 3600)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*customers*days), "ns/customer-day")
}
