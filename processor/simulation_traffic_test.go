package processor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// simulatedTriggers are of all kinds that a backtest can be held against. Waits
// are so many minutes and a half, see traffic.
const simulatedTriggers = `
name: cart
priority: 60
start: {on: cart.updated, when: size(event.items) > 0}
repeat: restart
until: [{on: order.placed}, {on: cart.updated, when: size(event.items) == 0}]
stale: "off"
steps:
  - wait: 1m30s
  - send: {template: first, channels: [email], context: {total: customer.cart.total, orders: customer.orders.count}}
  - wait: 3m
  - send: {template: second, channels: {all: [email, push]}}
---
name: each-cart
priority: 70
start: {on: cart.updated, when: size(event.items) > 0, key: event.cart_id}
until: [{on: order.placed, match: key}]
stale: "off"
steps:
  - wait: 2m30s
  - send: {template: each, channels: [push], context: {key: run.key, last: customer.last_seen_at}}
---
name: thanks
class: transactional
start: {on: order.placed, key: event.order_id}
stale: "off"
steps:
  - send: {template: thanks, channels: [email], context: {count: customer.orders.count, revenue: customer.orders.revenue}}
  - wait: 4m30s
  - send: {template: review, channels: [email]}
---
name: where
class: transactional
start: {on: order.placed, key: event.order_id}
until: [{on: shipment.delivered, match: key}]
stale: "off"
steps:
  - wait: 3m30s
  - send: {template: where, channels: [email]}
---
name: browse
start: {on: product.viewed, key: event.sku}
reentry: 3m
until: [{on: order.placed}]
stale: "off"
steps:
  - wait: 30s
  - require: size(customer.views) > 1
  - send: {template: looked, channels: [push, email], context: {views: size(customer.views)}}
---
name: letter
start: {schedule: "*/5 * * * *"}
stale: "off"
steps:
  - send: {template: letter, channels: [email], context: {orders: customer.orders.count, views: size(customer.views)}}
  - wait: 30s
  - send: {template: letter-2, channels: [push]}
`

// traffic is what customers of the simulation do.
//
// Commands can be held against a backtest byte for byte only where the contract
// promises it. So what one customer does in two partitions is further apart than
// grace. And where clocks are off, a wait ends earlier or later than it should
// among the customer's events: there, everything happens in the second third of
// a minute, and waits end around its turn.
type traffic struct {
	rng        *rand.Rand
	grace      time.Duration
	skewed     bool // clocks are off
	byOrder    bool // orders are keyed by their id
	parcels    bool // there are such, whose news name no customer
	last       map[string]did
	guests     int
	later      []later              // what goes on to happen
	identified map[string]time.Time // anonymous ids
	orders     int
	broken     []string
	faults     []*kfake.FaultHandle
}

// later is what is going to happen.
type later struct {
	at time.Time
	do func()
}

// did is what a customer did last.
type did struct {
	topic string
	at    time.Time
}

func newTraffic(rng *rand.Rand) traffic {
	return traffic{rng: rng, last: map[string]did{}, identified: map[string]time.Time{}, skewed: rng.IntN(2) == 0,
		grace: []time.Duration{time.Second, 3 * time.Second, 5 * time.Second}[rng.IntN(3)]}
}

// maxOff is how far clocks are off.
const maxOff = 4 * time.Second

func (tr *traffic) policy() string {
	return fmt.Sprintf("grace: %s\nholdout: 10%%\ncaps: [{channels: [email], max: 4, per: 10m}]\n", tr.grace)
}

// happen lets some customers do something.
func (tr *traffic) happen(w *world) {
	if tr.skewed {
		if second := time.Now().Second(); second < 20 || second >= 34 {
			return
		}
	}
	for len(tr.later) > 0 && !tr.later[0].at.After(time.Now()) {
		tr.later[0].do()
		tr.later = tr.later[1:]
	}
	if tr.rng.IntN(6) == 0 {
		tr.visit(w)
	}
	if tr.parcels && tr.rng.IntN(4) == 0 {
		tr.ship(w)
	}
	for range tr.rng.IntN(4) {
		tr.act(w)
		time.Sleep(time.Duration(tr.rng.IntN(300)) * time.Millisecond)
	}
	if tr.rng.IntN(15) == 0 {
		value := fmt.Sprintf(`{"specversion":"1.0","id":"broken %d"`, len(tr.broken))
		tr.broken = append(tr.broken, value)
		w.produce(&kgo.Record{Topic: w.sources[tr.rng.IntN(len(w.sources))].Topic, Key: []byte("ana"), Value: []byte(value)})
	}
}

// visit lets somebody fill a cart who turns out to be a customer, and may order then.
func (tr *traffic) visit(w *world) {
	tr.guests++
	who := fmt.Sprint("g", tr.guests)
	w.event("carts", "cart.updated", "anon-"+who, fmt.Sprintf(`{"cart_id":"k%s","currency":"EUR","total":"5","items":[{"sku":"s1","quantity":1,"price":"5"}]}`, who))
	then := tr.onwards()
	then(func() {
		tr.identified["anon-"+who] = time.Now()
		w.event("carts", "customer.identified", who, fmt.Sprintf(`{"anonymous_id":"anon-%s"}`, who))
	})
	if tr.rng.IntN(2) == 0 {
		then(func() {
			w.event("carts", "order.placed", who, fmt.Sprintf(`{"order_id":"o%s","cart_id":"k%s","currency":"EUR","total":"5"}`, who, who))
		})
	}
}

// onwards is for what one customer goes on to do, one thing after the other.
func (tr *traffic) onwards() (then func(do func())) {
	next := time.Now()
	return func(do func()) {
		next = next.Add(time.Duration(40+tr.rng.IntN(60)) * time.Second)
		i, _ := slices.BinarySearchFunc(tr.later, next, func(l later, at time.Time) int { return l.at.Compare(at) })
		tr.later = slices.Insert(tr.later, i, later{next, do})
	}
}

// keyOf is the key of an order's event.
func (tr *traffic) keyOf(who, id string) string {
	if tr.byOrder {
		return id
	}
	return who
}

// ship lets somebody order whose parcel is told of by the order, and then by its code alone.
func (tr *traffic) ship(w *world) {
	tr.orders++
	who, id, code := fmt.Sprint("p", tr.orders), fmt.Sprint("o", tr.orders), fmt.Sprint("T", tr.orders)
	w.placed(tr.keyOf(who, id), who, id)
	then := tr.onwards()
	then(func() {
		w.keyed("parcels", "shipment.dispatched", id, "", fmt.Sprintf(`{"order_id":%q,"tracking_code":%q}`, id, code))
	})
	if tr.rng.IntN(3) > 0 {
		then(func() { w.keyed("parcels", "shipment.delivered", code, "", fmt.Sprintf(`{"tracking_code":%q}`, code)) })
	}
}

func (tr *traffic) act(w *world) {
	who := fmt.Sprint("c", tr.rng.IntN(12))
	topic := w.sources[tr.rng.IntN(3)].Topic // not parcels, the last
	sameLog := tr.last[who].topic == topic && !(tr.byOrder && topic == "orders")
	if last := tr.last[who]; !sameLog && time.Since(last.at) <= tr.grace+maxOff+time.Second {
		return
	}
	tr.last[who] = did{topic, time.Now()}
	cart, sku := fmt.Sprint("k", who, tr.rng.IntN(2)), fmt.Sprint("s", tr.rng.IntN(5))
	switch total := fmt.Sprintf("%d.90", tr.rng.IntN(100)); topic {
	case "browse":
		w.event(topic, "product.viewed", who, fmt.Sprintf(`{"sku":%q,"price":%q,"currency":"EUR"}`, sku, total))
	case "carts":
		items := fmt.Sprintf(`[{"sku":%q,"quantity":1,"price":%q}]`, sku, total)
		if tr.rng.IntN(6) == 0 {
			items, total = "[]", "0"
		}
		w.event(topic, "cart.updated", who, fmt.Sprintf(`{"cart_id":%q,"currency":"EUR","total":%q,"items":%s}`, cart, total, items))
	case "orders":
		tr.orders++
		id := fmt.Sprint("o", tr.orders)
		w.keyed(topic, "order.placed", tr.keyOf(who, id), who, fmt.Sprintf(`{"order_id":%q,"cart_id":%q,"currency":"EUR","total":%q,"items":[{"sku":%q,"quantity":1,"price":%q}]}`, id, cart, total, sku, total))
	}
	if tr.rng.IntN(10) == 0 { // the shop's producer says it twice
		w.told = append(w.told, w.told[len(w.told)-1])
		w.produce(&kgo.Record{Topic: topic, Key: w.lastKey, Value: []byte(w.told[len(w.told)-1])})
	}
}

// regretWatch counts commands that should not have been sent.
type regretWatch struct {
	Unwatched
	n *atomic.Int64
}

func (r regretWatch) Batch(_ context.Context, b *Batch) { r.n.Add(int64(b.Regretted)) }
