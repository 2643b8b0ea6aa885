package processor

import (
	"fmt"
	"testing"
	"time"
)

// shapeOfThree has customers of a story on several tasks.
var shapeOfThree = shape{3, map[string]int32{"carts": 3, "orders": 3}}

// leisurely lets mail wait for the end of a long transaction.
func leisurely(c *Config) { c.Commit.Every = 2 * time.Second }

// A day's backlog in which anonymous ids have turned out to be customers: their orders are
// known in one task, their carts were left in another.
func TestDowntimeWithAnonymousCarts(t *testing.T) {
	for _, s := range []struct {
		name  string
		shape shape
		other bool
	}{
		{"fitting", shapeOfThree, false},
		{"one task", shape{1, map[string]int32{"carts": 1, "orders": 1}}, false},
		{"forwarded", shapeOfThree, true},
	} {
		t.Run(s.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, s.shape)
				defer w.close()
				w.sources[1].Other = s.other
				var want []string
				for i := range 600 {
					who := fmt.Sprint("c", i)
					w.event("carts", "cart.updated", "anon-"+who, full)
					time.Sleep(20 * time.Second)
					w.keyed("orders", "customer.identified", who, who, fmt.Sprintf(`{"anonymous_id":"anon-%s"}`, who))
					time.Sleep(20 * time.Second)
					if i%2 == 0 {
						w.event("orders", "order.placed", who, order)
					} else {
						want = append(want, who+" first", who+" second")
					}
					time.Sleep(20 * time.Second)
				}
				time.Sleep(time.Hour)
				a, b := w.start(newDisk("a"), 1, leisurely), w.start(newDisk("b"), 1, leisurely)
				time.Sleep(2 * time.Minute)
				w.wantSent(want...)
				w.stop(a)
				w.stop(b)
			})
		})
	}
}
