package processor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// onBatch is told of transactions.
type onBatch func(*Batch)

func (f onBatch) Batch(_ context.Context, b *Batch) { f(b) }
func (onBatch) Restored(context.Context, Restored)  {}

// When thousands of waits end at one instant, what happens meanwhile does not
// queue up behind them, unless it is the same customer's.
func TestCrowdHoldsNobodyUp(t *testing.T) {
	const crowd = 5000
	const waiting = "c999" // of whom all is done last
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
		defer w.close()
		w.load(`
name: cart
start: {on: cart.updated}
until: [{on: order.placed}]
steps:
  - wait: 1m
  - send: {template: reminder, channels: [email]}
---
name: thanks
class: transactional
start: {on: order.placed}
steps: [{send: {template: thanks, channels: [email]}}]
`)
		var once sync.Once
		meanwhile := onBatch(func(b *Batch) {
			if len(b.Late) < 100 {
				return
			}
			once.Do(func() { // the crowd has begun
				w.event("orders", "order.placed", "eva", order)
				w.event("orders", "order.placed", waiting, order)
			})
		})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Watch, c.Commit.Records = meanwhile, 200 })
		at := time.Now()
		for i := range crowd {
			w.eventAt("carts", "cart.updated", fmt.Sprint("c", i), full, at)
		}
		time.Sleep(3 * time.Minute)
		w.wantRunning(p)
		sent := map[string][]string{} // of a customer
		before, all := 0, 0           // in eva's partition
		for _, r := range w.records("commands") {
			c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			sent[c.Customer] = append(sent[c.Customer], c.Template)
			if r.Partition == schemas.Partition([]byte("eva"), 3) {
				all++
				if sent["eva"] == nil {
					before++
				}
			}
		}
		if len(sent) != crowd+1 {
			t.Errorf("%d customers have a message, want %d", len(sent), crowd+1)
		}
		if before > all/2 {
			t.Errorf("%d of %d messages come before that to eva, who has nothing to do with them", before, all-1)
		}
		if got, want := sent[waiting], []string{"reminder", "thanks"}; !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q: her own wait ends before the event", waiting, got, want)
		}
		w.stop(p)
	})
}

// Nor does what is read by the task that has the crowd and lives in another one.
func TestCrowdLetsRecordsTravel(t *testing.T) {
	const crowd = 3000
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{2, map[string]int32{"carts": 2, "orders": 2}})
		defer w.close()
		w.sources[1].Other = true
		w.load(`
name: cart
start: {on: cart.updated}
steps: [{wait: 1m}, {send: {template: reminder, channels: [email]}}]
---
name: thanks
class: transactional
start: {on: order.placed}
steps: [{send: {template: thanks, channels: [email]}}]
`)
		eva := w.inTask(1, "eva")
		var once sync.Once
		meanwhile := onBatch(func(b *Batch) {
			if len(b.Late) >= 100 {
				once.Do(func() { w.keyed("orders", "order.placed", w.inTask(0, "o"), eva, order) })
			}
		})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Watch, c.Commit.Records = meanwhile, 200 })
		time.Sleep(10 * time.Second)
		at := time.Now()
		for i := range crowd {
			w.eventAt("carts", "cart.updated", w.inTask(0, fmt.Sprint("c", i, "-")), full, at)
		}
		time.Sleep(3 * time.Minute)
		w.wantRunning(p)
		var thanked time.Time
		var reminded []time.Time
		for _, r := range w.records("commands") {
			c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			if c.Customer == eva {
				thanked = r.Timestamp
			} else {
				reminded = append(reminded, r.Timestamp)
			}
		}
		before := 0
		for _, at := range reminded {
			if at.Before(thanked) {
				before++
			}
		}
		if thanked.IsZero() || len(reminded) != crowd || before > crowd/2 {
			t.Errorf("thanked at %v, after %d of %d reminders", thanked, before, len(reminded))
		}
		w.stop(p)
	})
}

// What comes by schedule comes before an event that is later than it by more than
// grace, as in a backtest.
func TestCrowdKeepsOccurrencesBeforeEvents(t *testing.T) {
	const crowd = 600 // more than a transaction of 200 takes
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
		defer w.close()
		w.load(`
name: letter
start: {schedule: "0 10 * * *"}
stale: "off"
steps: [{send: {template: letter, channels: [email], context: {orders: customer.orders.count}}}]
---
name: cart
start: {on: cart.updated}
stale: "off"
steps: [{wait: 4m}, {send: {template: cart, channels: [email]}}]
`)
		d := newDisk("a")
		small := func(c *Config) { c.Commit.Records = 200 }
		ten := epoch.Add(10 * time.Hour)
		time.Sleep(time.Until(ten.Add(-8 * time.Minute)))
		p := w.start(d, 1, small)
		for _, who := range []string{"xenia", "zoe"} {
			w.event("carts", "customer.registered", who, `{"timezone":"UTC"}`)
		}
		time.Sleep(time.Until(ten.Add(-6 * time.Minute)))
		for i := range crowd {
			w.event("carts", "cart.updated", fmt.Sprint("c", i), full)
		}
		time.Sleep(time.Until(ten.Add(-3 * time.Minute)))
		w.stop(p)
		time.Sleep(time.Until(ten.Add(9 * time.Second)))
		w.event("orders", "order.placed", "zoe", `{"order_id":"z","total":"5"}`)
		time.Sleep(2 * time.Second)
		w.event("orders", "order.placed", "xenia", `{"order_id":"x","total":"5"}`)
		time.Sleep(9 * time.Second)
		p = w.start(d, 1, small)
		time.Sleep(5 * time.Minute)
		w.wantAsBacktest(crowd, nil)
		w.stop(p)
	})
}
