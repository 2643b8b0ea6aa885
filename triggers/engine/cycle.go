package engine

import (
	"slices"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// ownGaps is how many gaps between a customer's purchases of a sku it takes for
// their median to speak; with fewer the category's is the better guess (see
// docs/ARCHITECTURE.md, measured on a year of baskets).
const ownGaps = 5

// CycleSource says who knows a cycle; zero: nobody.
type CycleSource uint8

// The sources, the first that knows being the one that speaks.
const (
	NoCycle CycleSource = iota
	OwnGaps
	OfProduct  // replenish_days of product.updated
	OfCategory // cycles.yaml
)

func (s CycleSource) String() string {
	return [...]string{"nobody", "own gaps", "the product", "its category"}[s]
}

// Cycle is the learned time between a customer's purchases of a sku.
type Cycle struct {
	Days   float64
	Source CycleSource
	Gaps   int // the customer's own, whoever speaks
}

// Learn gives the median of the customer's own gaps where there are enough,
// else the product's own cycle, else its category's. product may be nil.
func Learn(c *state.Customer, sku string, rules *rule.Set, product func(sku string) *state.Product) Cycle {
	own := c.Cycles().Of(sku)
	cycle := Cycle{Gaps: max(0, len(own.Days)-1)}
	if cycle.Gaps >= ownGaps {
		cycle.Days, cycle.Source = medianGap(own.Days), OwnGaps
		return cycle
	}
	category := own.Category
	if product != nil {
		if p := product(sku); p != nil {
			if n := p.ReplenishDays.Float(); n > 0 {
				cycle.Days, cycle.Source = n, OfProduct
				return cycle
			}
			if p.Category != "" {
				category = p.Category
			}
		}
	}
	if n := rules.Cycles[category]; n > 0 {
		cycle.Days, cycle.Source = n, OfCategory
	}
	return cycle
}

// medianGap is the median distance between successive days, of an even number
// of gaps the mean of the middle two. There are two days or more, ascending.
func medianGap(days []int32) float64 {
	var room [state.MaxPurchaseDays]int32
	gaps := room[:0]
	for i := 1; i < len(days); i++ {
		gaps = append(gaps, days[i]-days[i-1])
	}
	slices.Sort(gaps)
	mid := len(gaps) / 2
	if len(gaps)%2 == 1 {
		return float64(gaps[mid])
	}
	return float64(gaps[mid-1]+gaps[mid]) / 2
}
