package forecast

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// known is what a guess may look at: the customer's own gaps, oldest first, at
// most as many as a record keeps, and the record itself.
type known struct {
	own      []float64
	customer *state.Customer
	item     *schemas.Item
}

// formula guesses the days until the next purchase; not ok where it can't.
type formula struct {
	name  string
	guess func(t *Trial, k known) (days float64, ok bool)
}

// formulas are what is compared, the engine's own last.
var formulas = []formula{
	{"global median", func(t *Trial, _ known) (float64, bool) { return t.past.global, t.past.global > 0 }},
	{"category median", ofCategory},
	{"sku median, else category", func(t *Trial, k known) (float64, bool) {
		if days, ok := t.past.sku[k.item.SKU]; ok {
			return days, true
		}
		return ofCategory(t, k)
	}},
	{"mean of own gaps", func(_ *Trial, k known) (float64, bool) {
		sum := 0.0
		for _, gap := range k.own {
			sum += gap
		}
		return sum / float64(len(k.own)), true
	}},
	{"median of own gaps", func(_ *Trial, k known) (float64, bool) { return median(k.own), true }},
	{"cycle(sku)", func(t *Trial, k known) (float64, bool) {
		cycle := engine.Learn(k.customer, k.item.SKU, t.set, nil)
		return cycle.Days, cycle.Source != engine.NoCycle
	}},
}

func ofCategory(t *Trial, k known) (float64, bool) {
	days, ok := t.past.category[k.item.Category]
	return days, ok
}
