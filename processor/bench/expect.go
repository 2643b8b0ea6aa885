package bench

import (
	"container/heap"
	"hash/fnv"
	"time"
)

const (
	quiet = time.Hour          // a cart untouched for so long counts as abandoned
	cap7d = 7 * 24 * time.Hour // at most one command per customer in this time
)

// Expect is a model of the cart abandonment rule in memory: it says how many commands a correct run
// sends, and a sum over (customer, time of firing) that does not depend on their order.
type Expect struct {
	Commands int
	Sum      uint64
	due      map[string]time.Time
	fired    map[string]time.Time
	timers   dues
}

type due struct {
	at       time.Time
	customer string
}

type dues []due

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d dues) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *dues) Push(x any)        { *d = append(*d, x.(due)) }
func (d *dues) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

func NewExpect() *Expect {
	return &Expect{due: map[string]time.Time{}, fired: map[string]time.Time{}}
}

// Event fires what is due before the event's time, then applies the event: an
// event of the very instant at which a wait is due comes first.
func (x *Expect) Event(e Event) {
	for len(x.timers) > 0 && x.timers[0].at.Before(e.At) {
		d := heap.Pop(&x.timers).(due)
		if !x.due[d.customer].Equal(d.at) {
			continue // moved or disarmed
		}
		delete(x.due, d.customer)
		if last, ok := x.fired[d.customer]; ok && d.at.Sub(last) < cap7d {
			continue
		}
		x.fired[d.customer] = d.at
		x.Commands++
		x.Sum += Digest(d.customer, d.at.UnixMilli())
	}
	switch {
	case e.Type == "cart.updated" && e.Items > 0:
		d := due{e.At.Add(quiet), e.Customer}
		x.due[e.Customer] = d.at
		heap.Push(&x.timers, d)
	case e.Type == "cart.updated", e.Type == "order.placed":
		delete(x.due, e.Customer)
	}
}

// Digest is one command's part of the sum.
func Digest(customer string, firedAt int64) uint64 {
	h := fnv.New64a()
	h.Write([]byte(customer))
	for i := range 8 {
		h.Write([]byte{byte(firedAt >> (8 * i))})
	}
	return h.Sum64()
}
