package processor

import (
	"testing"
	"time"
)

// A cart is left: two reminders. The customer who orders in time gets none.
func TestCartAbandonment(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "bob", full)
		time.Sleep(30 * time.Second)
		w.event("orders", "order.placed", "bob", order)
		time.Sleep(45 * time.Second)
		w.wantSent("ana first")
		time.Sleep(time.Hour)
		w.wantSent("ana first", "ana second")
		w.stop(p)
	})
}
