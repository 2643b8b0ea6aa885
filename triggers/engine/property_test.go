package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// randomTriggers have waits that end well between the events of randomEvents.
const randomTriggers = `
name: cart
priority: 70
start: {on: cart.updated, when: size(event.items) > 0}
repeat: restart
until: [{on: order.placed}, {on: cart.updated, when: size(event.items) == 0}]
reentry: 3h
steps:
  - wait: 25m
  - send: {template: one, channels: [email, push], context: {cart: customer.cart}}
  - wait: 30m
  - if: customer.cart.total > 50
    then: [{send: {template: two, channels: [push]}}]
    else: [{send: {template: small, channels: [push]}}]
---
name: keyed
priority: 40
start: {on: cart.updated, when: size(event.items) > 0, key: event.cart_id}
repeat: restart
until: [{on: order.placed, match: key}]
steps:
  - wait: 45m
  - require: customer.orders.count < 3
  - send: {template: keyed, channels: [email]}
---
name: each
start: {on: order.placed, each: event.items, key: item.sku}
repeat: restart
until: [{on: order.cancelled}]
steps:
  - wait: 1h5m
  - send: {template: again, channels: [sms], context: {sku: item.sku}}
`

const randomPolicy = `
grace: 10s
caps: [{channels: [email], max: 1, per: 2h}, {max: 4, per: 8h}]
quiet_hours: {from: "21:05", to: "09:05"}
`

// randomEvents are events of a few customers in clusters of less than grace,
// ten minutes apart, at distinct times.
func randomEvents(t *rapid.T) []*schemas.Event {
	type move struct{ slot, jitter, customer, kind, cart, total int }
	draw := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		return move{
			rapid.IntRange(0, 80).Draw(t, "slot"), rapid.IntRange(0, 4000).Draw(t, "jitter"),
			rapid.IntRange(0, 2).Draw(t, "customer"), rapid.IntRange(0, 5).Draw(t, "kind"),
			rapid.IntRange(0, 1).Draw(t, "cart"), rapid.IntRange(1, 99).Draw(t, "total"),
		}
	}), 1, 40).Draw(t, "moves")

	taken := map[schemas.Time]bool{}
	var events []*schemas.Event
	for i, m := range draw {
		at := monday.Add(8*time.Hour + time.Duration(m.slot)*10*time.Minute + time.Duration(m.jitter)*time.Millisecond)
		if taken[at] {
			continue
		}
		taken[at] = true
		eventType, data := "cart.updated", fmt.Sprintf(`{"cart_id":"k%d","total":"%d","items":[{"sku":"s%d","quantity":1}]}`, m.cart, m.total, m.total%3)
		switch m.kind {
		case 0:
			data = fmt.Sprintf(`{"cart_id":"k%d"}`, m.cart)
		case 1:
			eventType = "order.placed"
			data = fmt.Sprintf(`{"order_id":"o%d","cart_id":"k%d","total":"%d","items":[{"sku":"s%d","quantity":1},{"sku":"s9","quantity":1}]}`, i, m.cart, m.total, m.total%3)
		case 2:
			eventType, data = "order.cancelled", `{}`
		case 3:
			eventType, data = "product.viewed", `{"sku":"s1"}`
		}
		ev, err := schemas.FromData(fmt.Sprint("e", i), "shop", eventType, fmt.Sprint("c", m.customer), at, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	slices.SortFunc(events, func(a, b *schemas.Event) int { return int(a.Time - b.Time) })
	return events
}

var forever = monday.Add(100 * 24 * time.Hour)

// Where the input is cut and when waits are ended on the way there, once their
// time has come, makes no difference; nor does a record's way through its codec.
func TestCommandsDoNotDependOnHowTimePasses(t *testing.T) {
	set := load(t, "t.yaml", randomTriggers, "policy.yaml", randomPolicy)
	rapid.Check(t, func(r *rapid.T) {
		events := randomEvents(r)
		plain := newWorld(t, set)
		for _, ev := range events {
			plain.event(ev)
		}
		plain.advance(forever, true)

		cut := newWorld(t, set)
		cut.codec = true
		for _, ev := range events {
			for range rapid.IntRange(0, 3).Draw(r, "ticks") {
				if room := int64(ev.Time.Add(-cut.grace) - cut.clock); cut.clock > 0 && room > 0 {
					cut.advance(cut.clock+schemas.Time(rapid.Int64Range(0, room-1).Draw(r, "tick")), true)
				}
			}
			cut.event(ev)
		}
		cut.advance(forever, true)

		atOnce := newWorld(t, set)
		for _, ev := range events {
			c := atOnce.record(ev.Subject)
			if limit := ev.Time.Add(-atOnce.grace) - 1; c.Wake() != 0 && c.Wake() <= limit {
				atOnce.took(c, atOnce.e.Fire(c, limit, Env{Wall: ev.Time.Add(-9 * time.Hour)}))
			}
			atOnce.took(c, atOnce.e.Apply(c, ev, Env{Wall: ev.Time}))
		}
		for _, c := range atOnce.records {
			atOnce.took(c, atOnce.e.Fire(c, forever, Env{Wall: monday}))
		}

		want := plain.fingerprint()
		if diff := cmp.Diff(want, cut.fingerprint()); diff != "" {
			r.Errorf("cut otherwise:\n%s", diff)
		}
		if diff := cmp.Diff(want, atOnce.fingerprint()); diff != "" {
			r.Errorf("many waits in one call:\n%s", diff)
		}
	})
}

// Events that come out of order by less than grace bring the same commands.
func TestDisorderWithinGraceChangesNothing(t *testing.T) {
	set := load(t, "t.yaml", randomTriggers, "policy.yaml", randomPolicy)
	rapid.Check(t, func(r *rapid.T) {
		events := randomEvents(r)
		sorted := newWorld(t, set)
		for _, ev := range events {
			sorted.event(ev)
		}
		sorted.advance(forever, true)

		late := make(map[*schemas.Event]schemas.Time, len(events))
		for _, ev := range events {
			late[ev] = ev.Time.Add(time.Duration(rapid.IntRange(0, 5000).Draw(r, "late")) * time.Millisecond)
		}
		slices.SortStableFunc(events, func(a, b *schemas.Event) int { return int(late[a] - late[b]) })
		mixed := newWorld(t, set)
		for _, ev := range events {
			mixed.event(ev)
		}
		mixed.advance(forever, true)

		if diff := cmp.Diff(sorted.fingerprint(), mixed.fingerprint()); diff != "" {
			r.Errorf("disorder:\n%s", diff)
		}
	})
}
