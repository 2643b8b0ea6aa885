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
		time.Sleep(10 * time.Minute)
		w.wantSent("ana first", "ana second")
		w.stop(p)
	})
}

// The process ends in good order between the two reminders and begins again on
// the same disk, then on an empty one.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		first := newDisk("a")
		p := w.start(first, 1)
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "bob", full)
		time.Sleep(30 * time.Second)
		w.stop(p)
		w.wantSent()
		p = w.start(first, 2)
		time.Sleep(time.Minute)
		w.wantSent("ana first", "bob first")
		w.stop(p)
		p = w.start(newDisk("b"), 1)
		w.event("orders", "order.placed", "bob", order)
		time.Sleep(reminded)
		w.wantSent("ana first", "bob first", "ana second")
		w.stop(p)
	})
}

// A day's backlog: nobody who ordered meanwhile is reminded, and whoever did
// not is, though the log of carts is read long before that of orders.
func TestDowntimeOfADay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		disk := newDisk("a")
		p := w.start(disk, 1)
		time.Sleep(time.Minute)
		w.stop(p)
		var want []string
		for i := range 200 {
			who := string(rune('a'+i%26)) + string(rune('a'+i/26))
			w.event("carts", "cart.updated", who, full)
			time.Sleep(20 * time.Second)
			if i%2 == 0 {
				w.event("orders", "order.placed", who, order)
			} else {
				want = append(want, who+" first", who+" second")
			}
			time.Sleep(5 * time.Minute)
		}
		time.Sleep(8 * time.Hour)
		p = w.start(disk, 1)
		time.Sleep(30 * time.Second)
		w.wantSent(want...)
		w.stop(p)
	})
}

// Processes come and go while carts wait.
func TestRebalance(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{6, map[string]int32{"carts": 6, "orders": 12}})
		defer w.close()
		a, b := newDisk("a"), newDisk("b")
		pa := w.start(a, 2)
		var want []string
		customers := func(prefix string) {
			for i := range 26 {
				who := prefix + string(rune('a'+i))
				w.event("carts", "cart.updated", who, full)
				want = append(want, who+" first", who+" second")
			}
		}
		customers("1")
		time.Sleep(20 * time.Second)
		pb := w.start(b, 2)
		customers("2")
		time.Sleep(50 * time.Second)
		w.stop(pa)
		customers("3")
		time.Sleep(5 * time.Minute)
		pa = w.start(a, 1)
		time.Sleep(reminded)
		w.wantSent(want...)
		w.stop(pa)
		w.stop(pb)
	})
}

// Nothing fits: orders are keyed by their id and no topic has as many
// partitions as there are tasks. Everything is forwarded, and the outcome is
// that of the fitting run: also for a day's backlog, which replays in order.
func TestForwarding(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{4, map[string]int32{"carts": 6, "orders": 3}})
		defer w.close()
		w.sources[1].Other = true
		disk := newDisk("a")
		p := w.start(disk, 2)
		var want []string
		shop := func(prefix string, n int, pause time.Duration) {
			for i := range n {
				who := prefix + string(rune('a'+i%26)) + string(rune('a'+i/26))
				w.event("carts", "cart.updated", who, full)
				time.Sleep(20 * time.Second)
				if i%2 == 0 {
					w.keyed("orders", "order.placed", "o"+who, who, order)
				} else {
					want = append(want, who+" first", who+" second")
				}
				time.Sleep(pause)
			}
		}
		shop("live", 10, 10*time.Second)
		time.Sleep(reminded)
		w.wantSent(want...)
		w.stop(p)
		late := 100
		if testing.Short() {
			late = 30
		}
		shop("late", late, time.Minute)
		time.Sleep(2 * time.Hour)
		p = w.start(disk, 2)
		time.Sleep(2 * time.Minute)
		w.wantSent(want...)
		w.stop(p)
	})
}
