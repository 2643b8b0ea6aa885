package engine

import (
	"strconv"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const benchTrigger = `
name: cart-abandonment
start: {on: cart.updated, when: size(event.items) > 0}
repeat: restart
until: [{on: order.placed}, {on: cart.updated, when: size(event.items) == 0}]
reentry: 7d
steps:
  - wait: 1h
  - send:
      template: cart-reminder
      channels: [email]
      in_stock: customer.cart.items.map(i, i.sku)
      context: {cart: customer.cart}
`

// BenchmarkApply is one event on a customer in memory, cart-abandonment on.
func BenchmarkApply(b *testing.B) {
	const cart = `{"cart_id":"k1","currency":"EUR","total":"59.90","items":[{"sku":"s1","quantity":1,"price":"19.90"},{"sku":"s2","quantity":2,"price":"20"}]}`
	for _, c := range []struct{ name, eventType, data string }{
		{"view", "product.viewed", `{"sku":"s1","category":"tea","price":"5.90","currency":"EUR","session_id":"x"}`},
		{"cart", "cart.updated", cart},
		{"order", "order.placed", `{"order_id":"o1",` + cart[1:]},
		{"scan", "shipment.scanned", `{"order_id":"o1","shipment_id":"p1","tracking_code":"T"}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := New(Config{App: "beckon", Set: load(b, "t.yaml", benchTrigger)})
			customers := make([]*state.Customer, 64)
			for i := range customers {
				customers[i] = state.New("c" + strconv.Itoa(i))
			}
			ids := make([]string, 1<<16)
			for i := range ids {
				ids[i] = "event-" + strconv.Itoa(i)
			}
			ev := event(b, "", c.eventType, "c", monday, c.data)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				ev.ID, ev.Time = ids[i&(1<<16-1)], monday+schemas.Time(i)
				ev.OrderID = ids[i>>6&(1<<16-1)]
				e.Apply(customers[i&63], ev, Env{Wall: ev.Time})
			}
		})
	}
}

// BenchmarkFire is a reminder that is sent: the wait, the checks, the command.
func BenchmarkFire(b *testing.B) {
	e := New(Config{App: "beckon", Set: load(b, "t.yaml", benchTrigger)})
	cart := event(b, "e", "cart.updated", "c", monday, `{"cart_id":"k1","total":"59.90","items":[{"sku":"s1","quantity":1}]}`)
	unknown := func(string) *state.Product { return nil }
	b.ReportAllocs()
	for range b.N {
		b.StopTimer()
		c := state.New("c")
		wake := e.Apply(c, cart, Env{Wall: monday}).Wake
		b.StartTimer()
		if eff := e.Fire(c, wake, Env{Wall: wake, Product: unknown}); len(eff.Commands) != 1 {
			b.Fatal(eff)
		}
	}
}
