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
