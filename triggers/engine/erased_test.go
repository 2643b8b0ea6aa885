package engine

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Who was erased, and comes back west of where they were, does not have again what had come
// there: it would be the same command once more.
func TestErasedCustomersHaveNoOccurrenceTwice(t *testing.T) {
	set := load(t, "t.yaml", `
name: daily
start: {schedule: "0 10 * * *", zone: customer}
steps: [{send: {template: daily, channels: [email]}}]
---
name: birthday
start: {date: customer.birthday, every: year, at: "10:00"}
steps: [{send: {template: birthday, channels: [email]}}]
`)
	w := newWorld(t, set)
	w.passed = monday
	known := func(id string, at schemas.Time, zone string) {
		w.event(event(t, id, "customer.updated", "ana", at, `{"birthday":"1990-03-03","timezone":"`+zone+`","email":"ana@example.org"}`))
	}
	known("before", monday.Add(time.Hour), "Asia/Tokyo")
	tuesday := monday.Add(24 * time.Hour) // 3 March
	w.event(event(t, "erase", "customer.erased", "ana", tuesday.Add(2*time.Hour), `{}`))
	known("after", tuesday.Add(3*time.Hour), "America/New_York")
	w.advance(tuesday.Add(40*time.Hour), true)
	ids := map[schemas.CommandID]int{}
	var got []string
	for _, c := range w.commands() {
		ids[c.CommandID]++
		got = append(got, c.Template+" "+c.Cause.EventID)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("command %x is sent %d times: %v", id, n, got)
		}
	}
	if len(got) != 4 { // Monday and Tuesday with the birthday, in Tokyo, then Wednesday in New York
		t.Errorf("sent are %v", got)
	}
	skipped := 0
	for _, d := range w.decisions() {
		if d.Outcome == schemas.Skipped && d.Reason == schemas.Erased && d.Trigger == "daily" {
			skipped++
		}
	}
	if skipped != 1 {
		t.Errorf("%d occurrences are said to be passed over, want that of Tuesday", skipped)
	}
}
