package demo

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Message is an event on its way to its topic.
type Message struct {
	Topic string
	Event schemas.Event
}

// Shop makes up what happens in a shop, in order of time. Not safe for
// concurrent use.
type Shop struct {
	rng    *rand.Rand
	tag    string // in every id, so that a later run's events are new ones
	now    schemas.Time
	n      int
	todo   agenda
	people []*person
}

// NewShop opens a shop with n customers at an instant. With history the past
// weeks come first: who registered when and who ordered what. tag tells the
// events of one opening from those of others.
func NewShop(seed uint64, tag string, n int, opens schemas.Time, history bool) *Shop {
	s := &Shop{rng: rand.New(rand.NewPCG(seed, 0xbec0)), tag: tag}
	s.people = newPeople(s.rng, n)
	for _, p := range s.people {
		if history {
			s.past(p, opens)
		}
		s.at(opens.Add(time.Duration(s.rng.Int64N(int64(p.between)/4+1))), func() *Message { return s.visit(p) })
	}
	return s
}

// past plans what a person did before the shop opened for the demo.
func (s *Shop) past(p *person, opens schemas.Time) {
	began := opens.Add(-p.since)
	s.at(began, func() *Message { return s.register(p) })
	for t := began.Add(s.around(24 * time.Hour)); t < opens.Add(-12*time.Hour); t = t.Add(s.around(6 * p.between)) {
		s.at(t, func() *Message { s.fill(p); return s.order(p) })
	}
}

// step is something that will happen; it may make a message and plan more.
type step struct {
	at  schemas.Time
	seq int // breaks ties
	do  func() *Message
}

type agenda []step

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(step)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

func (s *Shop) at(t schemas.Time, do func() *Message) {
	s.n++
	heap.Push(&s.todo, step{t, s.n, do})
}

func (s *Shop) in(d time.Duration, do func() *Message) { s.at(s.now.Add(d), do) }

// Peek is when the next thing happens. There is always a next one.
func (s *Shop) Peek() schemas.Time { return s.todo[0].at }

// Next lets the next thing happen; nil if it makes no event.
func (s *Shop) Next() *Message {
	next := heap.Pop(&s.todo).(step)
	s.now = next.at
	return next.do()
}

// around is a random time with that mean, never far below it.
func (s *Shop) around(mean time.Duration) time.Duration {
	return mean/4 + time.Duration(s.rng.ExpFloat64()*0.75*float64(mean))
}

func (s *Shop) chance(p float64) bool { return s.rng.Float64() < p }

func (s *Shop) register(p *person) *Message {
	return s.message("orders", "customer.registered", p, map[string]any{
		"email": p.email, "timezone": p.zone, "country": p.country, "birthday": p.birthday,
	})
}

// visit begins a visit: some looks, perhaps a cart.
func (s *Shop) visit(p *person) *Message {
	at := time.Duration(0)
	for range s.rng.IntN(4) {
		at += s.around(2 * time.Minute)
		s.in(at, func() *Message { return s.look(p) })
	}
	if s.chance(0.6) {
		s.in(at+s.around(3*time.Minute), func() *Message { return s.putInCart(p) })
	}
	s.in(s.around(p.between), func() *Message { return s.visit(p) })
	return s.look(p)
}

func (s *Shop) pick(p *person) *product {
	if p.weekly != nil && s.chance(0.6) {
		return p.weekly
	}
	return &catalogue[s.rng.IntN(len(catalogue))]
}

func (s *Shop) look(p *person) *Message {
	it := s.pick(p)
	return s.message("browse", "product.viewed", p, map[string]any{
		"sku": it.sku, "category": it.category, "price": money(it.cents), "currency": "EUR",
	})
}

func (s *Shop) fill(p *person) {
	if len(p.basket) == 0 {
		p.cart++
	}
	p.basket = append(p.basket, line{s.pick(p), 1 + s.rng.IntN(2)})
}

// putInCart puts something in the cart; then more, the checkout, or nothing.
func (s *Shop) putInCart(p *person) *Message {
	s.fill(p)
	switch {
	case len(p.basket) < 4 && s.chance(0.4):
		s.in(s.around(4*time.Minute), func() *Message { return s.putInCart(p) })
	case s.chance(0.5):
		s.in(s.around(5*time.Minute), func() *Message { return s.checkout(p) })
	case s.chance(0.1):
		s.in(s.around(20*time.Minute), func() *Message { return s.empty(p) })
	}
	return s.message("browse", "cart.updated", p, s.cart(p))
}

func (s *Shop) empty(p *person) *Message {
	p.basket = nil
	return s.message("browse", "cart.updated", p, s.cart(p))
}

func (s *Shop) checkout(p *person) *Message {
	if s.chance(p.buys) {
		s.in(s.around(6*time.Minute), func() *Message {
			if len(p.basket) == 0 {
				return nil
			}
			return s.order(p)
		})
	}
	return s.message("browse", "checkout.started", p, s.cart(p))
}

func (s *Shop) order(p *person) *Message {
	p.orders++
	id := fmt.Sprintf("%s-o%d%s", p.id, p.orders, s.tag)
	promised := s.now.Add(time.Duration(12+s.rng.IntN(24)) * time.Hour)
	data := s.cart(p)
	data["order_id"], data["promised_at"] = id, promised
	p.basket = nil
	s.ship(p, id, promised)
	return s.message("orders", "order.placed", p, data)
}

// ship plans an order's parcel: most arrive in time, some late, a few never.
func (s *Shop) ship(p *person, order string, promised schemas.Time) {
	parcel := func(kind string) func() *Message {
		return func() *Message {
			return s.message("shipments", kind, p, map[string]any{
				"shipment_id": order + "-s", "order_id": order, "carrier": "dhl",
				"tracking_code": "TRK-" + order, "promised_at": promised,
			})
		}
	}
	if s.chance(0.06) {
		return // forgotten in the warehouse
	}
	sent := s.around(3 * time.Hour)
	s.in(sent, parcel("shipment.dispatched"))
	arrives := promised.Sub(s.now) - time.Duration(s.rng.IntN(6))*time.Hour
	if s.chance(0.25) {
		arrives = promised.Sub(s.now) + time.Duration(13+s.rng.IntN(48))*time.Hour
		s.in(promised.Sub(s.now), parcel("shipment.delayed"))
	}
	s.in(max(arrives, sent+time.Hour), parcel("shipment.delivered"))
}

func (s *Shop) cart(p *person) map[string]any {
	total, items := 0, []map[string]any{}
	for _, l := range p.basket {
		total += l.product.cents * l.quantity
		items = append(items, map[string]any{
			"sku": l.product.sku, "quantity": l.quantity, "price": money(l.product.cents), "category": l.product.category,
		})
	}
	return map[string]any{"cart_id": fmt.Sprintf("%s-c%d%s", p.id, p.cart, s.tag), "currency": "EUR", "total": money(total), "items": items}
}

func (s *Shop) message(topic, kind string, p *person, data map[string]any) *Message {
	s.n++
	raw, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("the demo's own %s does not encode: %v", kind, err)) // strings, numbers and times only
	}
	return &Message{topic, schemas.Event{
		ID: fmt.Sprintf("%s-%06d%s", topic, s.n, s.tag), Source: "/demo/shop", Type: kind, Subject: p.id, Time: s.now, Raw: raw,
	}}
}

func money(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
