package processor

import (
	"testing"
	"time"
)

// A task that has never heard of a product looks none up. Once it has, it does, also
// after a restart and a restore, and wherever the news came from.
func TestWhatIsSoldOutIsKnown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.load(`
name: cart
start: {on: cart.updated, when: size(event.items) > 0}
stale: "off"
steps:
  - wait: 1m
  - send: {template: left, channels: [email], in_stock: 'event.items[0].sku'}
`)
		d := newDisk("a")
		p := w.start(d, 2)
		leave := func(customers ...string) {
			for _, c := range customers {
				w.event("carts", "cart.updated", c, full)
			}
			time.Sleep(3 * time.Minute)
		}
		leave("c1", "c2", "c3")
		w.wantSent("c1 left", "c2 left", "c3 left")
		w.event("carts", "product.updated", "s1", `{"stock":0}`)
		time.Sleep(time.Minute)
		leave("d1", "d2", "d3") // of both tasks
		w.wantSent("c1 left", "c2 left", "c3 left")

		w.stop(p)
		p = w.start(d, 2)
		leave("e1", "e2", "e3")
		w.stop(p)
		p = w.start(newDisk("b"), 2)
		leave("f1", "f2", "f3")
		w.wantSent("c1 left", "c2 left", "c3 left")

		w.event("carts", "product.updated", "s1", `{"stock":1}`)
		time.Sleep(time.Minute)
		leave("g1")
		w.wantSent("c1 left", "c2 left", "c3 left", "g1 left")
		w.stop(p)
	})
}
