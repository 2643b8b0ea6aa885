package processor

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

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

// lookedUp is a world whose carts topic has such news, and whose customers are told that a
// parcel is late after a wait.
func lookedUp(t *testing.T, s shape, wait string) *world {
	t.Helper()
	w := newWorld(t, s)
	w.load(strings.Replace(parcels, "wait: 1m", "wait: "+wait, 1))
	w.sources[0].Lookup, w.sources[0].Other = true, true
	return w
}

// placed produces an order, under a key.
func (w *world) placed(key, who, id string) {
	w.t.Helper()
	w.keyed("orders", "order.placed", key, who, fmt.Sprintf(`{"order_id":%q,"currency":"EUR","total":"5"}`, id))
}

// delivered produces the news that an order's parcel has come, which name no customer.
func (w *world) delivered(id string, at time.Time) {
	w.t.Helper()
	w.produceEvent("carts", "shipment.delivered", id, "", fmt.Sprintf(`{"order_id":%q}`, id), at)
}

// shipped lets so many customers order, one after the other. Every other parcel comes when it
// was on its way for transit, as a carrier says whose clock is ahead; after a rest the next one
// orders. It lists what those are sent whose parcel does not come.
func (w *world) shipped(n int, transit, rest, ahead time.Duration) (late []string) {
	w.t.Helper()
	for i := range n {
		who, id := fmt.Sprint("c", i), fmt.Sprint("o", i)
		w.placed(who, who, id)
		time.Sleep(transit)
		if i%2 == 0 {
			w.delivered(id, time.Now().Add(ahead))
		} else {
			late = append(late, who+" sorry")
		}
		time.Sleep(rest)
	}
	return late
}

func TestDowntimeWithParcelsThatAreLookedUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := lookedUp(t, shapeOfThree, "1m")
		defer w.close()
		want := w.shipped(600, 30*time.Second, 30*time.Second, 0)
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
				w := lookedUp(t, shapeOfThree, "45m")
				defer w.close()
				disk := newDisk("a")
				p := w.start(disk, 1, leisurely)
				time.Sleep(10 * time.Second)
				w.stop(p)
				var want []string
				for i := range 10 {
					who, id, code := fmt.Sprint("c", i), fmt.Sprint("o", i), fmt.Sprint("T", i)
					w.placed(who, who, id)
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
				w := lookedUp(t, shape{tasks, map[string]int32{"carts": tasks, "orders": tasks}}, "2h")
				defer w.close()
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
					if who, id := fmt.Sprint("c", n.id), fmt.Sprint("o", n.id); n.parcel {
						w.delivered(id, time.Now())
					} else {
						w.placed(who, who, id)
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

// A carrier's clock is ahead: its news counts as of its append, also where it travels on.
func TestNewsOfAClockThatIsAhead(t *testing.T) {
	for _, ahead := range []time.Duration{4 * time.Minute, time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := lookedUp(t, shapeOfThree, "17m")
				defer w.close()
				want := w.shipped(10, 15*time.Minute, 0, ahead)
				time.Sleep(5 * time.Hour)
				p := w.start(newDisk("a"), 1)
				time.Sleep(2 * time.Minute)
				w.wantSent(want...)
				w.stop(p)
			})
		})
	}
}

// All customers are in one task, all orders in another one that is far ahead: more lies in
// the mailbox than is held, while the first waits to hear how far mail has come.
func TestMuchMailIsReadBeforeAnybodySaysHowFarItHasCome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := lookedUp(t, fitting, "17m")
		defer w.close()
		w.sources[0].Other, w.sources[1].Other = false, true
		disk := newDisk("a")
		p := w.start(disk, 1)
		time.Sleep(10 * time.Second)
		w.stop(p)
		var want []string
		for i := range 8000 {
			who := w.inTask(0, fmt.Sprint("c", i%20, "x"))
			id := strings.TrimPrefix(w.inTask(1, fmt.Sprint("\x00order/o", i, "x")), "\x00order/")
			w.placed(id, who, id)
			time.Sleep(5 * time.Second)
			if i%2 == 0 {
				w.delivered(id, time.Now())
			} else {
				want = append(want, who+" sorry")
			}
		}
		time.Sleep(time.Hour)
		p = w.start(disk, 1, func(c *Config) { c.Commit.Records = 500 })
		time.Sleep(2 * time.Minute)
		w.wantSent(want...)
		w.stop(p)
	})
}

// Two processes: a wait ends when the tasks of both have been through two rounds, which the
// one with the wait tells the other to hurry with.
func TestWaitsEndInTimeWhereParcelsAreLookedUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shapeOfThree)
		defer w.close()
		w.loadWith("grace: 1s\n", parcels)
		w.sources[0].Lookup = true
		a, b := w.start(newDisk("a"), 1), w.start(newDisk("b"), 1)
		time.Sleep(30 * time.Second)
		for i := range 300 {
			w.event("orders", "order.placed", fmt.Sprint("c", i), fmt.Sprintf(`{"order_id":"o%d","currency":"EUR","total":"5"}`, i))
			w.keyed("carts", "shipment.delivered", "p", "", fmt.Sprintf(`{"order_id":"p%d"}`, i))
			time.Sleep(700 * time.Millisecond)
		}
		time.Sleep(2 * time.Minute)
		var sum time.Duration
		all := w.records("commands")
		for _, r := range all {
			c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			sum += r.Timestamp.Sub(c.DueAt.Std()) - time.Second
		}
		if mean := sum / time.Duration(max(1, len(all))); len(all) != 300 || mean > 1250*time.Millisecond {
			t.Errorf("%d commands, %s late on average", len(all), mean)
		}
		w.stop(a)
		w.stop(b)
	})
}
