package processor

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// A machine's clock that was a day ahead, and is set right, has nobody reminded early: not
// in that day, and not after a restart.
func TestAClockThatIsSetBack(t *testing.T) {
	for name, restart := range map[string]bool{"live": false, "before a restart": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				var ahead atomic.Int64
				clock := func(c *Config) {
					c.Now = func() schemas.Time { return schemas.FromTime(time.Now().Add(time.Duration(ahead.Load()))) }
				}
				d := newDisk("a")
				p := w.start(d, 1, clock)
				time.Sleep(10 * time.Second)
				ahead.Store(int64(24 * time.Hour))
				w.event("carts", "cart.updated", "ana", full) // reminded at once: nobody can tell
				time.Sleep(time.Minute)
				if restart {
					w.stop(p)
				}
				ahead.Store(0)
				if restart {
					p = w.start(d, 1, clock)
				}
				time.Sleep(10 * time.Second)
				w.event("carts", "cart.updated", "eva", full)
				w.event("carts", "cart.updated", "bob", full)
				time.Sleep(30 * time.Second)
				w.wantSent("ana first", "ana second")
				w.event("orders", "order.placed", "bob", order)
				time.Sleep(reminded)
				w.wantSent("ana first", "ana second", "eva first", "eva second")
				w.wantRunning(p)
				w.stop(p)
			})
		})
	}
}

// So it is with one that was ahead by less than a minute.
func TestAClockThatIsSetBackALittle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.load(`name: cart
start: {on: cart.updated}
until: [{on: order.placed}]
stale: "off"
steps: [{wait: 20s}, {send: {template: first, channels: [email]}}]
`)
		var ahead atomic.Int64
		p := w.start(newDisk("a"), 1, func(c *Config) {
			c.Now = func() schemas.Time { return schemas.FromTime(time.Now().Add(time.Duration(ahead.Load()))) }
		})
		ahead.Store(int64(50 * time.Second))
		time.Sleep(30 * time.Second)
		ahead.Store(0)
		time.Sleep(time.Second)
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(10 * time.Second)
		w.event("orders", "order.placed", "ana", order)
		time.Sleep(reminded)
		w.wantSent("eva first")
		w.stop(p)
	})
}
