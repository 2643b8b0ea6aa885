package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/builtin"
	"github.com/beckon-io/beckon/triggers/rule"
)

// few are ten triggers of a small shop: built-ins, and one of its own.
func few() []rule.File {
	names := []string{
		"browse-abandonment", "cart-abandonment", "checkout-abandonment", "inactivity", "not-dispatched",
		"order-confirmation", "replenishment", "review-request", "shipping-delay",
	}
	files := []rule.File{{Path: "how-to.yaml", Data: []byte(
		"name: how-to\nstart: {on: order.placed, each: event.items, key: item.sku, when: item.category == \"machines\"}\n" +
			"steps: [{wait: 3d}, {send: {template: how-to, channels: [email], only_once: true}}]\n")}}
	for _, name := range names {
		data, _ := builtin.Source(name)
		files = append(files, rule.File{Path: name + ".yaml", Data: data})
	}
	return files
}

// kinds of triggers that a shop of many has, %d being the number of one: for a
// category, a country, a coupon, a parcel carrier. They start on every type of
// event, by date and by schedule.
var manyKinds = []struct{ start, steps string }{
	{`{on: product.viewed, when: 'event.category == "category-%d"'}`, `[{wait: 2h}, {send: {template: t, channels: [email, push]}}]`},
	{`{on: cart.updated, when: 'event.total > 500.0 && event.items.exists(i, i.category == "category-%d")'}`, `[{wait: 1h}, {send: {template: t, channels: [email]}}]`},
	{`{on: checkout.started, when: 'customer.country == "C%d"'}`, `[{wait: 20m}, {send: {template: t, channels: [email]}}]`},
	{`{on: order.placed, when: '"CODE-%d" in event.codes'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{on: order.cancelled, when: 'event.total > %d'}`, `[{wait: 1d}, {send: {template: t, channels: [email]}}]`},
	{`{on: order.refunded, when: 'event.total > %d'}`, `[{wait: 1d}, {send: {template: t, channels: [email]}}]`},
	{`{on: shipment.dispatched, when: 'event.carrier == "carrier-%d"'}`, `[{send: {template: t, channels: [sms]}}]`},
	{`{on: shipment.scanned, when: 'event.carrier == "carrier-%d"'}`, `[{wait: 4d}, {send: {template: t, channels: [sms]}}]`},
	{`{on: shipment.delayed, when: 'event.carrier == "carrier-%d"'}`, `[{send: {template: t, channels: [sms]}}]`},
	{`{on: shipment.delivered, when: 'event.carrier == "carrier-%d"'}`, `[{wait: 2h}, {send: {template: t, channels: [email]}}]`},
	{`{on: shipment.failed, when: 'event.carrier == "carrier-%d"'}`, `[{send: {template: t, channels: [sms]}}]`},
	{`{on: customer.registered, when: 'event.country == "C%d"'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{on: customer.updated, when: 'event.country == "C%d"'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{on: customer.consented, when: 'event.granted && event.purpose == "p%d"'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{on: customer.identified, when: 'customer.country == "C%d"'}`, `[{wait: 1d}, {send: {template: t, channels: [email]}}]`},
	{`{on: loyalty.changed, when: 'crossed(customer.points, %d)'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{on: feedback.submitted, when: 'event.score < %d.0'}`, `[{emit: {type: score.low}}]`},
	{`{on: message.opened, when: 'customer.country == "C%d"'}`, `[{wait: 1d}, {send: {template: t, channels: [push]}}]`},
	{`{on: message.clicked, when: 'customer.country == "C%d"'}`, `[{wait: 1d}, {send: {template: t, channels: [push]}}]`},
	{`{on: message.bounced, when: 'customer.orders.count > %d'}`, `[{send: {template: t, channels: [sms]}}]`},
	{`{on: message.complained, when: 'customer.orders.count > %d'}`, `[{emit: {type: call.customer}}]`},
	{`{on: quiz.finished, when: 'event.result == "r%d"'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{on: coupon.expiring, when: 'event.days == %d'}`, `[{send: {template: t, channels: [email]}}]`},
	{`{date: customer.birthday, every: year, offset: -%dd, at: "10:00"}`, `[{send: {template: t, channels: [email]}}]`},
	{`{schedule: "0 10 %d * *", zone: customer}`, `[{send: {template: t, channels: [email]}}]`},
}

// many are n triggers: the few and others.
func many(n int) []rule.File {
	files := few()
	for i := 0; len(files) < n; i++ {
		k := manyKinds[i%len(manyKinds)]
		text := fmt.Sprintf("name: t%d\naudience: customer.country != \"\"\nstart: %s\nuntil: [{on: order.placed}]\nreentry: 7d\nsteps: %s\n",
			i, fmt.Sprintf(k.start, 1+i/len(manyKinds)), k.steps)
		files = append(files, rule.File{Path: fmt.Sprintf("t%d.yaml", i), Data: []byte(text)})
	}
	return files
}

// traffic makes a shop's events: 60% views, 25% carts and checkouts, 9% orders,
// 6% shipments, of customers in turn.
type traffic struct {
	rng *rand.Rand
	now schemas.Time
	n   int
}

func newTraffic() *traffic { return &traffic{rng: rand.New(rand.NewPCG(7, 7)), now: monday} }

func (t *traffic) next(tb testing.TB, customers int) *schemas.Event {
	t.n++
	t.now = t.now.Add(time.Duration(t.rng.IntN(20)) * time.Second)
	customer := t.rng.IntN(customers)
	item := func() string {
		sku := t.rng.IntN(500)
		return fmt.Sprintf(`{"sku":"s%d","quantity":1,"price":"%d.90","category":"category-%d"}`, sku, 5+sku%90, sku%60)
	}
	items := item()
	for range t.rng.IntN(3) {
		items += "," + item()
	}
	eventType, data := "product.viewed", strings.TrimSuffix(item(), "}")+`,"currency":"EUR","session_id":"x"}`
	switch p := t.rng.IntN(100); {
	case p < 60:
	case p < 82:
		eventType, data = "cart.updated", fmt.Sprintf(`{"cart_id":"k%d","currency":"EUR","total":"59.90","items":[%s]}`, customer, items)
	case p < 85:
		eventType, data = "checkout.started", fmt.Sprintf(`{"cart_id":"k%d","currency":"EUR","total":"59.90","items":[%s]}`, customer, items)
	case p < 94:
		eventType, data = "order.placed", fmt.Sprintf(`{"order_id":"o%d","currency":"EUR","total":"59.90","items":[%s],"codes":["X"]}`, t.n, items)
	default:
		eventType = []string{"shipment.dispatched", "shipment.scanned", "shipment.delivered"}[p%3]
		data = fmt.Sprintf(`{"shipment_id":"p%d","order_id":"o%d","carrier":"carrier-77","tracking_code":"T"}`, t.n, t.n-50)
	}
	return event(tb, fmt.Sprint("e", t.n), eventType, fmt.Sprint("c", customer), t.now, data)
}

// shift lets events happen to customers, waits included, and tells the CPU time
// of it.
func shift(e *Engine, customers map[string]*state.Customer, events []*schemas.Event) time.Duration {
	before := cpuTime()
	for _, ev := range events {
		c := customers[ev.Subject]
		for wake := c.Wake(); wake != 0 && wake < ev.Time; wake = c.Wake() {
			e.Fire(c, wake, Env{Wall: wake})
		}
		e.Apply(c, ev, Env{Wall: ev.Time})
	}
	return cpuTime() - before
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // not reached: the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkManyTriggers is the CPU time of an event with ten triggers loaded and
// with two hundred, taken in turns; at most twice as much is asked for. The
// ratio is that of the best rounds of each, which other work on the machine
// disturbs least.
func BenchmarkManyTriggers(b *testing.B) {
	const customers, events = 500, 20_000
	counts := []int{10, 200}
	best := make([]time.Duration, len(counts))
	for b.Loop() {
		shop := newTraffic()
		all := make([]*schemas.Event, events)
		for i := range all {
			all[i] = shop.next(b, customers)
		}
		for i, n := range counts {
			e := New(Config{App: "beckon", Set: loadFiles(b, many(n))})
			records := map[string]*state.Customer{}
			for c := range customers {
				name := fmt.Sprint("c", c)
				records[name] = state.New(name)
				e.Apply(records[name], event(b, "r", "customer.registered", name, monday, `{"country":"RO","birthday":"1990-02-28","timezone":"Europe/Bucharest"}`), Env{Wall: monday})
			}
			shift(e, records, all[:events/10])
			took := shift(e, records, all[events/10:])
			if best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	for i, n := range counts {
		b.ReportMetric(float64(best[i].Nanoseconds())/(events*9/10), fmt.Sprintf("ns/event-%d", n))
	}
	b.ReportMetric(float64(best[1])/float64(best[0]), "ratio")
	b.ReportMetric(0, "ns/op") // of making events and loading, too
}

func loadFiles(tb testing.TB, files []rule.File) *rule.Set {
	tb.Helper()
	set, found := rule.Load(slices.Clone(files), rule.Options{})
	if set == nil {
		tb.Fatal(found)
	}
	return set
}
