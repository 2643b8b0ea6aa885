//go:build kafka

package kafkatest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// A cart, and the order that ends its wait.
func (ap *app) cart(customer string, at time.Time) {
	ap.happen("cart.updated", customer, at, fmt.Sprintf(`"cart_id":"k-%s","total":"10","items":[{"sku":"s","quantity":1,"price":"10"}]`, customer))
}

func (ap *app) order(customer string, at time.Time) {
	ap.happen("order.placed", customer, at, fmt.Sprintf(`"order_id":"o-%s","cart_id":"k-%s","total":"10"`, customer, customer))
}

func (ap *app) happen(kind, customer string, at time.Time, data string) {
	ap.t.Helper()
	ap.feed.event(ap.ctx, fmt.Appendf(nil, `{"specversion":"1.0","id":"%s-%s-%d","source":"shop","type":%q,"subject":%q,"time":%q,"data":{%s}}`,
		kind, customer, at.UnixNano(), kind, customer, at.UTC().Format(time.RFC3339Nano), data))
}

// reminded is the number of the customer whose cart a command is about.
func reminded(t *testing.T, value []byte) (n int) {
	t.Helper()
	var c struct{ Context struct{ Started string } }
	err := json.Unmarshal(value, &c)
	if err == nil {
		_, err = fmt.Sscanf(c.Context.Started, "k-c%d", &n)
	}
	if err != nil {
		t.Fatalf("command %s: %v", value, err)
	}
	return n
}

// TestIdleTopicsHoldNoWaitBack lets carts be left behind while nothing is ever
// written to the other topics, and nothing more to that of the carts.
func TestIdleTopicsHoldNoWaitBack(t *testing.T) {
	began := time.Now()
	ap := newApp(t, settings{layout: fitting, triggers: "soon"})
	ap.a.start()
	ap.b.start()
	ap.a.ready(ap.ctx)
	ap.b.ready(ap.ctx)
	const carts = 40
	for i := range carts {
		ap.cart(fmt.Sprint("c", i), time.Now())
	}
	ap.feed.flush(ap.ctx)
	ap.until(carts)
	ap.a.stop()
	ap.b.stop()
	tell(t, began, "%d waits ended while the topics of orders and shipments stayed empty", carts)
}

// TestNobodyWhoOrderedMeanwhileIsReminded kills the only process while carts
// wait, lets half of their owners order and their time pass behind a backlog of
// other traffic, and starts it again.
func TestNobodyWhoOrderedMeanwhileIsReminded(t *testing.T) {
	for _, l := range []layout{fitting, unfitting} {
		t.Run(l.name, func(t *testing.T) {
			began := time.Now()
			ap := newApp(t, settings{layout: l, triggers: "soon"})
			ap.a.start()
			ap.a.ready(ap.ctx)
			const carts = 200
			var last time.Time
			for i := range carts {
				last = time.Now()
				ap.cart(fmt.Sprint("c", i), last)
			}
			ap.feed.flush(ap.ctx)
			ap.a.kill()

			for i := range carts / 2 {
				ap.order(fmt.Sprint("c", 2*i), time.Now())
			}
			ap.feed.flush(ap.ctx)
			if late := time.Since(last); late > 3*time.Second || len(ap.in.values) > 0 {
				t.Fatalf("the orders took %v, longer than the carts wait: nothing can be shown", late)
			}
			views := 0
			for time.Since(last) < 8*time.Second { // until all waits are long over
				for range 500 {
					ap.happen("product.viewed", fmt.Sprint("v", views%5000), time.Now(), `"sku":"s","price":"1"`)
					views++
				}
				ap.feed.flush(ap.ctx)
			}
			ap.a.start()
			ap.in.until(ap.ctx, carts/2, ap.a)
			ap.a.ready(ap.ctx)
			ap.a.stop()
			ap.in.toEnd(ap.ctx)
			for id, value := range ap.in.values {
				if n := reminded(t, value); n%2 == 0 {
					t.Errorf("command %s reminds c%d, who has ordered", id, n)
				}
			}
			if len(ap.in.values) != carts/2 {
				t.Errorf("%d commands, want %d", len(ap.in.values), carts/2)
			}
			tell(t, began, "down behind %d events: %d reminded, none of the %d who ordered meanwhile", views, len(ap.in.values), carts/2)
		})
	}
}

type customerOrder struct {
	customer int
	at       time.Time
}

// TestDayOfBacklogRemindsNobodyWhoOrdered starts an app for the first time on a
// day of events: the carts of the day lie in their topic before the first order
// is read.
func TestDayOfBacklogRemindsNobodyWhoOrdered(t *testing.T) {
	began := time.Now()
	ap := newApp(t, settings{layout: fitting, triggers: "day"})
	day := time.Now().Add(-25 * time.Hour)
	const carts = 3000
	left := func(n int) time.Time { return day.Add(time.Duration(n)*24*time.Hour/carts - time.Hour) }
	for i := range carts {
		ap.cart(fmt.Sprint("c", i), left(i))
	}
	var orders []customerOrder // of three customers the first orders in time, the second too late
	for n := 0; n < carts; n += 3 {
		orders = append(orders, customerOrder{n, left(n).Add(50 * time.Minute)}, customerOrder{n + 1, left(n + 1).Add(65 * time.Minute)})
	}
	slices.SortFunc(orders, func(a, b customerOrder) int { return a.at.Compare(b.at) })
	for _, o := range orders {
		ap.order(fmt.Sprint("c", o.customer), o.at)
	}
	ap.feed.flush(ap.ctx)
	ap.a.start()
	ap.b.start()
	ap.until(carts / 3 * 2)
	ap.a.ready(ap.ctx)
	ap.b.ready(ap.ctx)
	ap.a.stop()
	ap.b.stop()
	ap.in.toEnd(ap.ctx)
	for id, value := range ap.in.values {
		if n := reminded(t, value); n%3 == 0 {
			t.Errorf("command %s reminds c%d, who has ordered", id, n)
		}
	}
	if len(ap.in.values) != carts/3*2 {
		t.Errorf("%d reminders, want %d", len(ap.in.values), carts/3*2)
	}
	tell(t, began, "a day of carts read before its orders: %d reminded, none of the %d who ordered in time", len(ap.in.values), carts/3)
}
