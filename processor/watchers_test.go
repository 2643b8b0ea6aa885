package processor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/state"
)

// watching starts by changes of products. What a customer ordered in time comes
// before a change, what is sold out again keeps a message back.
const watching = `
name: back-in-stock
start: {on: product.updated, when: event.stock > 0 && has(event.previous_stock) && event.previous_stock <= 0, key: event.sku}
stale: "off"
until: [{on: order.placed}]
steps:
  - send: {template: back, channels: [email], context: {sku: event.sku, stock: event.stock, price: event.price}}
  - wait: 4m
  - send: {template: still-there, channels: [email], in_stock: event.sku, context: {was: event.previous_stock}}
---
name: price-drop
start: {on: product.updated, when: event.price < event.previous_price && customer.orders.count == 0, key: event.sku}
stale: "off"
steps:
  - wait: 2m
  - send: {template: cheaper, channels: [email], context: {was: event.previous_price, now: event.price, name: event.data.name}}
`

// look lets a customer begin to watch a product in one of the three ways.
func (w *world) look(i int, sku string) {
	switch who := customerOf(i); i % 3 {
	case 0:
		w.event("carts", "product.viewed", who, fmt.Sprintf(`{"sku":%q}`, sku))
	case 1:
		w.event("carts", "cart.updated", who, fmt.Sprintf(`{"cart_id":"k%d","items":[{"sku":%q}]}`, i, sku))
	default:
		w.event("carts", "product.watched", who, fmt.Sprintf(`{"sku":%q}`, sku))
	}
}

// A shop whose products change, in several tasks, with keys that fit or do not:
// everybody hears of what they watch, as in a backtest.
func TestChangesOfProductsAsInABacktest(t *testing.T) {
	t.Run("fitting", func(t *testing.T) { changesOfProducts(t, fitting) })
	t.Run("forwarded", func(t *testing.T) { changesOfProducts(t, shape{4, map[string]int32{"carts": 6, "orders": 3}}) })
}

func changesOfProducts(t *testing.T, s shape) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, s)
		defer w.close()
		w.load(watching)
		p := w.start(newDisk("a"), 2)
		skus := []string{"tea", "mug", "pot/1", "7"}
		product := func(sku, data string) {
			w.event("carts", "product.updated", sku, data)
			time.Sleep(5 * time.Second)
		}
		for _, sku := range skus {
			product(sku, `{"stock":0,"price":"9.90"}`)
		}
		rounds := 3
		if testing.Short() {
			rounds = 2
		}
		for round := range rounds {
			for i := range 40 {
				w.look((i*7+round*13)%60, skus[(i+round)%len(skus)])
				time.Sleep(time.Second)
			}
			w.event("carts", "customer.erased", customerOf(round), `{}`)
			w.event("carts", "customer.identified", customerOf(round+20), fmt.Sprintf(`{"anonymous_id":%q}`, customerOf(round+30)))
			time.Sleep(time.Minute)
			for i, sku := range skus {
				product(sku, fmt.Sprintf(`{"stock":%d,"name":"%s of round %d"}`, i+1, sku, round))
			}
			w.event("orders", "order.placed", customerOf(round+40), fmt.Sprintf(`{"order_id":"o%d","items":[{"sku":"tea"}]}`, round))
			time.Sleep(time.Minute)
			product(skus[round], `{"stock":0}`) // before the second message
			time.Sleep(5 * time.Minute)
			product("mug", fmt.Sprintf(`{"price":"%d.50","name":"Mug"}`, 8-round))
			time.Sleep(3 * time.Minute)
			for _, sku := range skus {
				product(sku, `{"stock":0}`)
			}
		}
		w.wantAsBacktest(50*rounds, nil)
		w.stop(p)
	})
}

// The process is killed again and again while a product tells its watchers: each
// hears once, and intake goes on meanwhile.
func TestKilledInTheMiddleOfAFanOut(t *testing.T) {
	for _, disks := range []string{"its disk", "an empty disk"} {
		t.Run("it comes back on "+disks, func(t *testing.T) {
			bubble(t, func(t *testing.T) { killedInAFanOut(t, disks == "an empty disk") })
		})
	}
}

func killedInAFanOut(t *testing.T, lost bool) {
	w := newWorld(t, fitting)
	defer w.close()
	w.load(watching)
	customers, rounds := 1700, 4 // four chunks
	if testing.Short() {
		customers, rounds = 1200, 2
	}
	d := newDisk("a")
	p := w.start(d, 1)
	for i := range customers {
		w.look(i, "tea")
	}
	w.event("carts", "product.updated", "tea", `{"stock":0}`)
	time.Sleep(30 * time.Second)
	w.stop(p)
	want := 0
	for round := range rounds {
		n := newNetwork(w)
		p = w.start(d, 1, func(c *Config) { c.Kafka.Dial = n.Dial })
		time.Sleep(10 * time.Second)
		killed := w.cutAtCommit(n, 2+round)
		w.event("carts", "product.updated", "tea", fmt.Sprintf(`{"stock":%d}`, round+1))
		time.Sleep(30 * time.Second)
		if !killed.Load() {
			t.Fatalf("round %d: it was over before", round)
		}
		p.end()
		<-p.done
		if got := len(w.toldOf(round + 1)); round < 3 && got >= customers {
			t.Fatalf("round %d: %d of %d were told before it was killed", round, got, customers)
		}
		if lost {
			d = newDisk("a")
		}
		p = w.start(d, 1)
		w.event("carts", "cart.updated", "late", `{"cart_id":"k","items":[{"sku":"mug"}]}`)
		time.Sleep(5 * time.Minute)
		want += customers
		if got := len(w.toldOf(0)); got != want {
			t.Fatalf("round %d: %d have been told, want %d", round, got, want)
		}
		w.event("carts", "product.updated", "tea", `{"stock":0}`)
		time.Sleep(30 * time.Second)
		w.stop(p)
	}
	w.wantAsBacktest(2*want, nil)
	w.wantRestored(d)
}

// toldOf lists who was told that the product is back, of one round by its stock.
func (w *world) toldOf(stock int) (all []string) {
	w.t.Helper()
	of := `"stock":`
	if stock != 0 {
		of = fmt.Sprintf(`"stock":%d}`, stock)
	}
	for _, r := range w.records("commands") {
		if v := string(r.Value); strings.Contains(v, `"template":"back"`) && strings.Contains(v, of) {
			all = append(all, string(r.Key))
		}
	}
	return all
}

// A day's backlog of looks and changes: tasks replay it side by side, so a look
// may be heard of after the change. Who cared in time is told once, and nobody
// who has ordered since or who came later.
func TestABacklogOfLooksAndChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{4, map[string]int32{"carts": 4, "orders": 4}})
		defer w.close()
		w.load(watching)
		disk := newDisk("a")
		p := w.start(disk, 2)
		time.Sleep(time.Minute)
		w.stop(p)
		w.event("carts", "product.updated", "tea", `{"stock":0}`)
		time.Sleep(time.Hour)
		const customers = 90
		want := map[string]bool{}
		for i := range customers {
			w.look(i, "tea")
			time.Sleep(time.Minute)
			want[customerOf(i)] = i%3 != 1
		}
		w.event("carts", "product.updated", "tea", `{"stock":7}`)
		time.Sleep(time.Hour)
		for i := range customers {
			if who := customerOf(i); !want[who] {
				w.event("orders", "order.placed", who, order)
			}
		}
		w.event("carts", "product.viewed", "later", `{"sku":"tea"}`)
		time.Sleep(8 * time.Hour)
		p = w.start(disk, 2)
		time.Sleep(time.Minute)
		told := map[string]int{}
		for _, who := range w.toldOf(7) {
			told[who]++
		}
		for who, due := range want {
			if n := told[who]; n > 1 || n == 0 && due {
				t.Errorf("%s was told %d times, want once: %t", who, n, due)
			}
		}
		if told["later"] > 0 {
			t.Error("told of what was there to be seen")
		}
		w.stop(p)
	})
}

// The records of watchers go when their time is over, and count as nobody's
// waits.
func TestWatchersLapse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.load(watching)
		watch := new(lateness)
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Watch = watch })
		const kept = 90 * 24 * time.Hour
		for i := range 20 {
			w.eventAt("carts", "product.viewed", customerOf(i), `{"sku":"tea"}`, time.Now().Add(time.Minute-kept))
		}
		w.look(20, "tea")
		time.Sleep(30 * time.Second)
		if n := w.watchers(); n != 21 {
			t.Errorf("%d watch, want 21", n)
		}
		time.Sleep(2 * time.Minute)
		if n := w.watchers(); n != 1 {
			t.Errorf("%d watch when the others' time is over, want 1", n)
		}
		w.stop(p)
		if watch.waits != 0 {
			t.Errorf("%d waits have ended, want none", watch.waits)
		}
	})
}

// lateness counts the waits that have ended.
type lateness struct {
	Unwatched
	waits int
}

func (l *lateness) Batch(_ context.Context, b *Batch) { l.waits += len(b.Late) }

// watchers counts the records of watchers in the changelog.
func (w *world) watchers() int {
	w.t.Helper()
	live := map[string]bool{}
	for _, r := range w.records("shop.changelog") {
		if _, subject, err := state.ParseKey(r.Key); err == nil && strings.HasPrefix(subject, state.MemberPrefix) {
			live[subject] = r.Value != nil
		}
	}
	n := 0
	for _, there := range live {
		if there {
			n++
		}
	}
	return n
}

// What a product tells the other tasks of an earlier change does not undo a later one of
// the same instant at its own.
func TestAProductKeepsTheLaterOfTwoChangesOfAnInstant(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.load(watching)
		p := w.start(newDisk("a"), 1)
		for i := range 3 {
			w.look(i, "tea")
		}
		time.Sleep(time.Minute)
		w.event("carts", "product.updated", "tea", `{"price":"10","category":"drinks"}`)
		w.event("carts", "product.updated", "tea", `{"price":"8","name":"Tea"}`)
		time.Sleep(5 * time.Minute)
		w.event("carts", "product.updated", "tea", `{"price":"8","name":"Tea"}`)
		time.Sleep(5 * time.Minute)
		w.wantAsBacktest(3, nil)
		w.stop(p)
	})
}
