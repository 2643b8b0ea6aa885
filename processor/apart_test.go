package processor

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

// looked-for parcels: their news name no customer.
const parcels = `
name: late
class: transactional
start: {on: order.placed, key: event.order_id}
until: [{on: shipment.delivered, match: key}]
stale: "off"
steps:
  - wait: 1m
  - send: {template: sorry, channels: [email]}
`

func TestDowntimeWithParcelsThatAreLookedUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shapeOfThree)
		defer w.close()
		w.load(parcels)
		w.sources[0].Lookup, w.sources[0].Other = true, true
		var want []string
		for i := range 600 {
			who, id := fmt.Sprint("c", i), fmt.Sprint("o", i)
			w.event("orders", "order.placed", who, fmt.Sprintf(`{"order_id":%q,"currency":"EUR","total":"5"}`, id))
			time.Sleep(30 * time.Second)
			if i%2 == 0 {
				w.keyed("carts", "shipment.delivered", id, "", fmt.Sprintf(`{"order_id":%q}`, id))
			} else {
				want = append(want, who+" sorry")
			}
			time.Sleep(30 * time.Second)
		}
		time.Sleep(time.Hour)
		p := w.start(newDisk("a"), 2, leisurely)
		time.Sleep(2 * time.Minute)
		w.wantSent(want...)
		w.stop(p)
	})
}

// The code of a parcel comes with news that name no customer either: these find the order,
// the customer tells the code's record, and only then the news of the code are the customer's.
func TestDowntimeWithParcelsWhoseCodeIsLookedUp(t *testing.T) {
	for _, apart := range []time.Duration{time.Second, 10 * time.Minute} {
		t.Run(apart.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shapeOfThree)
				defer w.close()
				w.load(strings.Replace(parcels, "wait: 1m", "wait: 45m", 1))
				w.sources[0].Lookup, w.sources[0].Other = true, true
				disk := newDisk("a")
				p := w.start(disk, 1, leisurely)
				time.Sleep(10 * time.Second)
				w.stop(p)
				var want []string
				for i := range 10 {
					who, id, code := fmt.Sprint("c", i), fmt.Sprint("o", i), fmt.Sprint("T", i)
					w.event("orders", "order.placed", who, fmt.Sprintf(`{"order_id":%q,"currency":"EUR","total":"5"}`, id))
					time.Sleep(15 * time.Minute)
					w.keyed("carts", "shipment.dispatched", id, "", fmt.Sprintf(`{"order_id":%q,"tracking_code":%q}`, id, code))
					time.Sleep(apart)
					if i%2 == 0 {
						w.keyed("carts", "shipment.delivered", code, "", fmt.Sprintf(`{"tracking_code":%q}`, code))
					} else {
						want = append(want, who+" sorry")
					}
				}
				time.Sleep(5 * time.Hour)
				p = w.start(disk, 1, leisurely)
				time.Sleep(2 * time.Minute)
				w.wantSent(want...)
				w.stop(p)
			})
		})
	}
}

// While transactions are short, what one mail leads to is younger mail's neighbour.
func TestDowntimeWithParcelsInShortTransactions(t *testing.T) {
	for _, tasks := range []int32{1, 3} {
		t.Run(fmt.Sprint(tasks), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shape{tasks, map[string]int32{"carts": tasks, "orders": tasks}})
				defer w.close()
				w.load(strings.Replace(parcels, "wait: 1m", "wait: 2h", 1))
				w.sources[0].Lookup, w.sources[0].Other = true, true
				order := rand.New(rand.NewPCG(1, 1))
				type news struct {
					at     time.Duration
					id     int
					parcel bool
				}
				var all []news
				for id := range 300 {
					at := time.Duration(order.Int64N(int64(24 * time.Hour)))
					all = append(all, news{at, id, false}, news{at + time.Duration(order.Int64N(int64(time.Hour))), id, true})
				}
				slices.SortFunc(all, func(a, b news) int { return cmp.Compare(a.at, b.at) })
				began := time.Now()
				for _, n := range all {
					time.Sleep(time.Until(began.Add(n.at)))
					if id := fmt.Sprint("o", n.id); n.parcel {
						w.keyed("carts", "shipment.delivered", id, "", fmt.Sprintf(`{"order_id":%q}`, id))
					} else {
						w.event("orders", "order.placed", fmt.Sprint("c", n.id), fmt.Sprintf(`{"order_id":%q,"currency":"EUR","total":"5"}`, id))
					}
				}
				time.Sleep(5 * time.Hour)
				p := w.start(newDisk("a"), 1, func(c *Config) { c.Commit.Records = 20 })
				time.Sleep(5 * time.Minute)
				w.wantSent()
				w.stop(p)
			})
		})
	}
}
