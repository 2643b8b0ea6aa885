package engine

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// A late event, of any kind, takes no date back that later ones have planned.
func TestLateEventsKeepPlannedDates(t *testing.T) {
	set := load(t, "traits.yaml", `orders_a_day: {on: order.placed, count: true, window: 1d}`, "t.yaml", `
name: busy
start: {date: "customer.traits.orders_a_day >= 2 ? customer.orders.last_at : customer.created_at", offset: 3d}
steps: [{send: {template: busy, channels: [email]}}]
`)
	w := newWorld(t, set)
	order := func(id string, at schemas.Time) {
		w.event(event(t, id, "order.placed", "ana", at, `{"order_id":"`+id+`","currency":"EUR","total":"5"}`))
	}
	second := monday.Add(80 * time.Hour)
	w.event(event(t, "r", "customer.registered", "ana", monday, `{"email":"ana@example.org"}`))
	order("o1", second.Add(-time.Hour))
	order("o2", second)
	w.apply(event(t, "v", "product.viewed", "ana", second.Add(-2*time.Hour), `{"sku":"s1"}`))
	w.advance(second.Add(10*24*time.Hour), true)
	var at []schemas.Time
	for _, c := range w.commands() {
		at = append(at, c.DueAt)
	}
	if want := second.Add(3 * 24 * time.Hour); len(at) != 2 || at[0] != monday.Add(3*24*time.Hour) || at[1] != want {
		t.Fatalf("sent for %v, want %v last", at, want)
	}
}
