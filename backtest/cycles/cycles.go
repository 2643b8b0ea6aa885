// Package cycles learns from a file of orders how many days pass, in each
// category of goods, until the same customer buys the same thing again.
//
// A gap lies between two successive UTC days on which a customer bought a sku;
// two orders of a day are one purchase. An event that comes again, with the same
// source and id, is no other order. A category's cycle is the median of its
// gaps over all customers and skus. Cancelled and refunded orders count: the
// thing was wanted.
package cycles

import (
	"cmp"
	"maps"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// MinGaps is how many gaps a category needs; fewer say too little.
const MinGaps = 200

const day = schemas.Time(24 * 60 * 60 * 1e6)

// Learner counts gaps. Give it events in the order of time.
type Learner struct {
	seen     map[uint64]struct{} // orders, as state.EventHash tells them; among ten million one is taken for another once in 400,000 files
	last     map[purchase]int32  // day of the latest purchase
	category map[string]string   // of skus, where product.updated said it
	gaps     map[string]map[int32]int
	Orders   int
	Gaps     int
}

type purchase struct{ customer, sku string }

// NewLearner has seen nothing.
func NewLearner() *Learner {
	return &Learner{seen: map[uint64]struct{}{}, last: map[purchase]int32{}, category: map[string]string{}, gaps: map[string]map[int32]int{}}
}

// Add takes one event in. Only orders and products matter.
func (l *Learner) Add(ev *schemas.Event) {
	switch ev.Kind {
	case schemas.ProductUpdated:
		if ev.Category != "" {
			l.category[ev.Subject] = ev.Category
		}
	case schemas.OrderPlaced:
		event := state.EventHash(ev.Source, ev.ID)
		if _, again := l.seen[event]; again {
			return
		}
		l.seen[event] = struct{}{}
		l.Orders++
		on := int32(ev.Time / day)
		for i := range ev.Items {
			l.bought(ev.Subject, &ev.Items[i], on)
		}
	}
}

func (l *Learner) bought(customer string, item *schemas.Item, on int32) {
	if item.SKU == "" {
		return
	}
	p := purchase{customer, item.SKU}
	before, again := l.last[p]
	if again && before >= on {
		return
	}
	l.last[p] = on
	category := item.Category
	if category == "" {
		category = l.category[item.SKU]
	}
	if !again || category == "" {
		return
	}
	by := l.gaps[category]
	if by == nil {
		by = map[int32]int{}
		l.gaps[category] = by
	}
	by[on-before]++
	l.Gaps++
}

// Cycle is what was learned of a category, in days.
type Cycle struct {
	Category             string
	Gaps                 int
	Lower, Median, Upper float64 // quartiles
}

// Cycles lists the categories with MinGaps gaps or more, sorted by name.
func (l *Learner) Cycles() []Cycle {
	var all []Cycle
	for category, by := range l.gaps {
		s := sample(by)
		if s.n < MinGaps {
			continue
		}
		all = append(all, Cycle{category, s.n, s.quantile(1, 4), s.quantile(1, 2), s.quantile(3, 4)})
	}
	slices.SortFunc(all, func(a, b Cycle) int { return cmp.Compare(a.Category, b.Category) })
	return all
}

// counted is a sample as sorted values with their counts.
type counted struct {
	values []int32
	counts map[int32]int
	n      int
}

func sample(by map[int32]int) counted {
	s := counted{values: slices.Sorted(maps.Keys(by)), counts: by}
	for _, c := range by {
		s.n += c
	}
	return s
}

// quantile is the num/den quantile, between two values in proportion to the
// distance (type 7 of Hyndman and Fan 1996); for a half that is the median.
func (s counted) quantile(num, den int) float64 {
	at, rest := (s.n-1)*num/den, (s.n-1)*num%den
	low := float64(s.at(at))
	if rest == 0 {
		return low
	}
	return low + (float64(s.at(at+1))-low)*float64(rest)/float64(den)
}

// at is the i-th value, from 0.
func (s counted) at(i int) int32 {
	for _, v := range s.values {
		if i -= s.counts[v]; i < 0 {
			return v
		}
	}
	return s.values[len(s.values)-1]
}
