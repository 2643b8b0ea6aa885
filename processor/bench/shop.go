// Package bench measures beckon against the least an exactly-once consumer can
// do, on a real broker and with the same events.
package bench

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// An Event is one thing a customer did in the shop, ready to be produced.
type Event struct {
	Topic    string
	Type     string
	Customer string
	At       time.Time
	Items    int    // items in the cart, for cart.updated
	Value    []byte // the CloudEvent; valid until the next call of Next
}

var (
	categories = []string{"shoes", "shirts", "jackets", "bags", "watches", "outdoor", "kitchen", "toys"}
	carriers   = []string{"dhl", "ups", "gls", "dpd"}
)

type item struct {
	sku, quantity, cents int
}

type cart struct {
	id    int
	items []item
}

// A followUp is an event that an earlier one made certain: an order after a cart, a shipment after an order.
type followUp struct {
	at       time.Time
	seq      int // breaks ties, so that the order is the same in every run
	kind     string
	customer int
	order    int
	shipment int
}

type followUps []followUp

func (f followUps) Len() int { return len(f) }
func (f followUps) Less(i, j int) bool {
	return f[i].at.Before(f[j].at) || f[i].at.Equal(f[j].at) && f[i].seq < f[j].seq
}
func (f followUps) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *followUps) Push(x any)   { *f = append(*f, x.(followUp)) }
func (f *followUps) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// A Shop makes up events, in order of their time and always the same ones for the same parameters.
// Of 100 events about 60 are product views, 22 cart updates, 3 checkouts, 9 orders and 6 shipment notes.
// A third of the cart updates lead to an order within the hour; the other carts are left behind.
type Shop struct {
	seed    uint64
	rng     *rand.Rand
	start   time.Time
	step    time.Duration
	stamp   func(sim time.Time) time.Time // the event's time: simulated, or the wall clock
	n       int
	ids     int
	carts   []cart
	pending followUps
	buf     []byte
}

func NewShop(seed uint64, customers, events int, start time.Time, span time.Duration) *Shop {
	return &Shop{
		seed:  seed,
		rng:   rand.New(rand.NewPCG(seed, 0x5ca1ab1e)),
		start: start,
		step:  span / time.Duration(events),
		stamp: func(sim time.Time) time.Time { return sim },
		carts: make([]cart, customers),
		buf:   make([]byte, 0, 1024),
	}
}

// Live stamps events with a clock instead of simulated time.
func (s *Shop) Live(clock func() time.Time) { s.stamp = func(time.Time) time.Time { return clock() } }

// Next makes the next event.
func (s *Shop) Next() Event {
	now := s.start.Add(time.Duration(s.n) * s.step).Truncate(time.Millisecond)
	s.n++
	if len(s.pending) > 0 && !s.pending[0].at.After(now) {
		f := heap.Pop(&s.pending).(followUp)
		switch f.kind {
		case "order.placed":
			return s.order(now, f.customer)
		default:
			return s.shipment(now, f)
		}
	}
	u := s.rng.Float64()
	customer := int(u * u * float64(len(s.carts))) // like Zipf with exponent 1/2
	switch p := s.rng.Float64() * 86.8; {
	case p < 60:
		return s.view(now, customer)
	case p < 82:
		return s.update(now, customer)
	case p < 85:
		return s.checkout(now, customer)
	default:
		return s.order(now, customer)
	}
}

func (s *Shop) view(sim time.Time, customer int) Event {
	name, at := name(customer), s.stamp(sim)
	it := s.item()
	s.open("product.viewed", name, at)
	s.buf = append(s.buf, `"sku":"`...)
	s.buf = appendSKU(s.buf, it.sku)
	s.buf = append(s.buf, `","category":"`...)
	s.buf = append(s.buf, category(it.sku)...)
	s.buf = append(s.buf, `","price":"`...)
	s.buf = appendMoney(s.buf, it.cents)
	s.buf = append(s.buf, `","currency":"EUR"`...)
	return s.close("browse", "product.viewed", name, at, 0)
}

func (s *Shop) update(sim time.Time, customer int) Event {
	c := s.fill(customer)
	if s.rng.Float64() < 0.05 {
		c.items = c.items[:0]
	} else if s.rng.Float64() < 0.33 {
		s.later(followUp{at: sim.Add(s.between(5*time.Minute, 55*time.Minute)), kind: "order.placed", customer: customer})
	}
	return s.cart(sim, customer, "cart.updated")
}

func (s *Shop) checkout(sim time.Time, customer int) Event {
	if len(s.carts[customer].items) == 0 {
		s.fill(customer)
	}
	return s.cart(sim, customer, "checkout.started")
}

func (s *Shop) order(sim time.Time, customer int) Event {
	if len(s.carts[customer].items) == 0 {
		s.fill(customer)
	}
	s.ids++
	id := s.ids
	if s.rng.Float64() < 0.37 {
		sent := sim.Add(s.between(time.Hour, 5*time.Hour))
		there := sent.Add(s.between(2*time.Hour, 8*time.Hour))
		s.later(followUp{at: sent, kind: "shipment.dispatched", customer: customer, order: id, shipment: id})
		s.later(followUp{at: there, kind: "shipment.delivered", customer: customer, order: id, shipment: id})
	}
	name, at := name(customer), s.stamp(sim)
	s.open("order.placed", name, at)
	s.buf = append(s.buf, `"order_id":"o-`...)
	s.buf = strconv.AppendInt(s.buf, int64(id), 10)
	s.buf = append(s.buf, `",`...)
	s.appendCart(customer)
	s.buf = append(s.buf, `,"promised_at":"`...)
	s.buf = appendTime(s.buf, at.Add(48*time.Hour))
	s.buf = append(s.buf, '"')
	s.carts[customer] = cart{items: s.carts[customer].items[:0]}
	return s.close("orders", "order.placed", name, at, 0)
}

func (s *Shop) shipment(sim time.Time, f followUp) Event {
	name, at := name(f.customer), s.stamp(sim)
	s.open(f.kind, name, at)
	s.buf = fmt.Appendf(s.buf, `"shipment_id":"s-%d","order_id":"o-%d","carrier":"%s"`, f.shipment, f.order, carriers[f.order%len(carriers)])
	return s.close("shipments", f.kind, name, at, 0)
}

func (s *Shop) cart(sim time.Time, customer int, kind string) Event {
	name, at := name(customer), s.stamp(sim)
	s.open(kind, name, at)
	s.appendCart(customer)
	return s.close("browse", kind, name, at, len(s.carts[customer].items))
}

// fill puts one more item into the customer's cart, starting a cart where there is none.
func (s *Shop) fill(customer int) *cart {
	c := &s.carts[customer]
	if c.id == 0 {
		s.ids++
		c.id = s.ids
	}
	if len(c.items) == 4 {
		c.items = c.items[:0]
	}
	c.items = append(c.items, s.item())
	return c
}

func (s *Shop) item() item {
	sku := s.rng.IntN(20000)
	return item{sku: sku, quantity: 1 + s.rng.IntN(3), cents: 490 + sku%157*100}
}

func (s *Shop) later(f followUp) {
	f.seq = s.n
	heap.Push(&s.pending, f)
}

func (s *Shop) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(s.rng.Int64N(int64(hi-lo)))
}

func (s *Shop) open(kind, customer string, at time.Time) {
	s.buf = append(s.buf[:0], `{"specversion":"1.0","id":"`...)
	s.buf = fmt.Appendf(s.buf, "%08x-%012d", s.seed, s.n)
	s.buf = append(s.buf, `","source":"/shop/main","type":"`...)
	s.buf = append(s.buf, kind...)
	s.buf = append(s.buf, `","subject":"`...)
	s.buf = append(s.buf, customer...)
	s.buf = append(s.buf, `","time":"`...)
	s.buf = appendTime(s.buf, at)
	s.buf = append(s.buf, `","datacontenttype":"application/json","data":{`...)
}

func (s *Shop) close(topic, kind, customer string, at time.Time, items int) Event {
	s.buf = append(s.buf, "}}"...)
	return Event{Topic: topic, Type: kind, Customer: customer, At: at, Items: items, Value: s.buf}
}

func (s *Shop) appendCart(customer int) {
	c := s.carts[customer]
	total := 0
	for _, it := range c.items {
		total += it.cents * it.quantity
	}
	s.buf = append(s.buf, `"cart_id":"k-`...)
	s.buf = strconv.AppendInt(s.buf, int64(c.id), 10)
	s.buf = append(s.buf, `","currency":"EUR","total":"`...)
	s.buf = appendMoney(s.buf, total)
	s.buf = append(s.buf, `","items":[`...)
	for i, it := range c.items {
		if i > 0 {
			s.buf = append(s.buf, ',')
		}
		s.buf = append(s.buf, `{"sku":"`...)
		s.buf = appendSKU(s.buf, it.sku)
		s.buf = append(s.buf, `","quantity":`...)
		s.buf = strconv.AppendInt(s.buf, int64(it.quantity), 10)
		s.buf = append(s.buf, `,"price":"`...)
		s.buf = appendMoney(s.buf, it.cents)
		s.buf = append(s.buf, `","category":"`...)
		s.buf = append(s.buf, category(it.sku)...)
		s.buf = append(s.buf, `"}`...)
	}
	s.buf = append(s.buf, ']')
}

func name(customer int) string { return fmt.Sprintf("c-%06d", customer) }

func category(sku int) string { return categories[sku%len(categories)] }

func appendSKU(b []byte, sku int) []byte { return fmt.Appendf(b, "SKU-%05d", sku) }

func appendMoney(b []byte, cents int) []byte { return fmt.Appendf(b, "%d.%02d", cents/100, cents%100) }

func appendTime(b []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}
