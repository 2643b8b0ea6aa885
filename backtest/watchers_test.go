package backtest

import (
	"fmt"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

const backInStock = `
name: back
start: {on: product.updated, when: event.stock > 0 && has(event.previous_stock) && event.previous_stock <= 0, key: event.sku}
steps: [{send: {template: back, channels: [email]}}]
`

func TestWatchersHearOfChangesInVirtualTime(t *testing.T) {
	got := happened(t, backInStock, "2026-06-10T00:00:00Z",
		`2026-03-02T07:00:00Z tea product.updated {"stock":3}`,
		`2026-03-02T08:00:00Z bob product.viewed {"sku":"tea"}`,
		`2026-03-02T08:00:00Z ana cart.updated {"cart_id":"k","items":[{"sku":"tea"}]}`,
		`2026-03-02T08:00:00Z cid product.viewed {"sku":"mug"}`,
		`2026-03-02T09:00:00Z tea product.updated {"stock":0}`,
		`2026-03-02T10:00:00Z tea product.updated {"stock":2}`,
		`2026-03-02T10:00:01Z dan product.watched {"sku":"tea"}`,
		`2026-05-01T00:00:00Z ana product.viewed {"sku":"tea"}`,
		`2026-06-01T00:00:00Z tea product.updated {"stock":0}`,
		`2026-06-09T00:00:00Z tea product.updated {"stock":9}`,
	)
	wantLog(t, got,
		"2026-03-02T10:00:00Z ana started back e5",
		"2026-03-02T10:00:00Z ana sent back e5",
		"2026-03-02T10:00:00Z bob started back e5",
		"2026-03-02T10:00:00Z bob sent back e5",
		"2026-06-09T00:00:00Z ana started back e9",
		"2026-06-09T00:00:00Z ana sent back e9",
	)
}

// The records of watchers count for nothing in the summary.
func TestEachOfManyWatchersHearsOnce(t *testing.T) {
	set, list := rule.Load([]rule.File{{Path: "t.yaml", Data: []byte(backInStock)}}, rule.Options{})
	if list.Failed() {
		t.Fatal(list)
	}
	k := &kept{}
	task := newTask(engine.New(engine.Config{App: "test", Set: set}), set.Policy.Grace, k)
	happen := func(id, kind, subject string, sec int, data string) {
		ev, err := schemas.FromData(id, "shop", kind, subject, at(sec), []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := task.apply(ev); err != nil {
			t.Fatal(err)
		}
	}
	const customers = 1203
	for i := range customers {
		happen(fmt.Sprint(i), "product.viewed", fmt.Sprint("c", i*7919%customers), i, `{"sku":"tea"}`)
	}
	happen("p1", "product.updated", "tea", customers, `{"stock":0}`)
	happen("p2", "product.updated", "tea", customers+1, `{"stock":1}`)
	sent := map[string]int{}
	for _, d := range k.decisions {
		if d.Outcome == schemas.Sent {
			sent[d.Customer]++
		}
	}
	for customer, n := range sent {
		if n != 1 {
			t.Errorf("%s got %d messages", customer, n)
		}
	}
	if len(sent) != customers {
		t.Errorf("%d of %d were told", len(sent), customers)
	}
	sum := newSummary()
	if sum.count(task); sum.Waiting != 0 || sum.Customers != customers {
		t.Errorf("%d of %d customers wait, want 0 of %d", sum.Waiting, sum.Customers, customers)
	}
}
