package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// Wherever a customer travels and whenever: each occurrence once, in order, none
// left out. The zones are less than a day apart.
func TestTravellersHaveEachOccurrenceOnce(t *testing.T) {
	const triggers = `
name: daily
start: {schedule: "0 10 * * *", zone: customer}
repeat: restart
steps: [{wait: 90m}, {stop: true}]
---
name: weekly
start: {date: customer.birthday, every: week, at: "21:30"}
steps: [{stop: true}]
`
	set := load(t, "t.yaml", triggers)
	zones := []string{"UTC", "Europe/Bucharest", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo"}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, set)
		w.passed = monday
		now := monday.Add(20 * time.Hour) // ten is past in all zones
		w.event(event(t, "e", "customer.registered", "ana", now, `{"birthday":"1990-03-05","timezone":"UTC"}`))
		for i := range rapid.IntRange(0, 25).Draw(rt, "moves") {
			// Often around the occurrences: within grace of them, and beyond.
			pause := rapid.OneOf(
				rapid.Map(rapid.IntRange(1, 60*48), func(n int) time.Duration { return time.Duration(n) * time.Minute }),
				rapid.Map(rapid.IntRange(1, 25), func(n int) time.Duration { return time.Duration(n) * time.Second })).Draw(rt, "pause")
			now = now.Add(pause)
			zone := rapid.SampledFrom(zones).Draw(rt, "zone")
			w.event(event(t, fmt.Sprint("m", i), "customer.updated", "ana", now, `{"timezone":"`+zone+`"}`))
		}
		w.advance(now.Add(21*24*time.Hour), true)
		begun := map[string][]string{}
		last := schemas.Time(0)
		for _, d := range w.decisions() {
			if d.Outcome == schemas.Started {
				begun[d.Trigger] = append(begun[d.Trigger], d.EventID)
			}
			if d.Time < last {
				rt.Fatalf("%v after %s", d, last)
			}
			last = d.Time
		}
		day := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
		for i, id := range begun["daily"] {
			if want := day.AddDate(0, 0, i).Format("2006-01-02T15:04"); id != want {
				rt.Fatalf("day %d is %s, want %s: %v", i, id, want, begun)
			}
		}
		day = time.Date(2026, 3, 2, 21, 30, 0, 0, time.UTC)
		for i, id := range begun["weekly"] {
			if want := day.AddDate(0, 0, 7*i).Format("2006-01-02T15:04"); id != want {
				rt.Fatalf("week %d is %s, want %s: %v", i, id, want, begun)
			}
		}
		if len(begun["daily"]) < 20 || len(begun["weekly"]) < 2 {
			rt.Fatalf("too few: %v", begun)
		}
		if slices.ContainsFunc(w.decisions(), func(d schemas.Decision) bool { return d.Outcome == schemas.Skipped }) {
			rt.Fatalf("%v", w.decisions())
		}
	})
}
