package engine

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// A turn answers what expressions ask beyond the customer's own record.

// ownGaps is how many gaps between a customer's purchases of a sku it takes for
// their median to speak; with fewer the category's is the better guess (see
// docs/ARCHITECTURE.md, measured on a year of baskets).
const ownGaps = 5

// Location is the customer's zone, else the country's, else the policy's.
func (t *turn) Location(c *state.Customer) *time.Location {
	if t.zone != nil && c == t.c {
		return t.zone
	}
	p := &c.Core().Profile
	loc := loadZone(p.Timezone)
	if loc == nil {
		loc = loadZone(countryZones[strings.ToUpper(p.Country)])
	}
	if loc == nil {
		loc = t.set.Policy.Zone
	}
	if loc == nil {
		loc = time.UTC
	}
	if c == t.c {
		t.zone = loc
	}
	return loc
}

// zones remembers loaded zones: loading one reads and parses a file.
var zones sync.Map // name -> *time.Location

// loadZone is the zone of that name, nil if there is none. Names are checked
// before they reach the file system; "Local" is nobody's zone.
func loadZone(name string) *time.Location {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil
	}
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, loc)
	return loc
}

// Cycle is the learned time between purchases of a sku: the median of the
// customer's own gaps where there are enough, else the product's own cycle,
// else its category's.
func (t *turn) Cycle(c *state.Customer, sku string) (time.Duration, bool) {
	own := c.Cycles().SKUs[sku]
	if len(own.Days) > ownGaps {
		return days(medianGap(own.Days)), true
	}
	category := own.Category
	if t.env.Product != nil {
		if p := t.env.Product(sku); p != nil {
			if n := p.ReplenishDays.Float(); n > 0 {
				return days(n), true
			}
			if p.Category != "" {
				category = p.Category
			}
		}
	}
	n := t.set.Cycles[category]
	return days(n), n > 0
}

func days(n float64) time.Duration { return time.Duration(n * float64(24*time.Hour)) }

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

// The borders of the segments: recency and frequency of orders as shops with a
// few orders a year and customer use them. An order older than atRiskAfter is
// overdue, one older than lapsedAfter was the last.
const (
	atRiskAfter = 90 * 24 * time.Hour
	lapsedAfter = 180 * 24 * time.Hour
	loyalOrders = 5
)

// Segment is where the customer stands:
//
//	new         no order yet
//	first_time  one order, at most 90 days ago
//	repeat      two to four orders, the last at most 90 days ago
//	loyal       five orders or more, the last at most 90 days ago
//	at_risk     the last order 90 to 180 days ago
//	lapsed      the last order longer ago
func (t *turn) Segment(c *state.Customer, now schemas.Time) string {
	orders := c.Orders()
	since := now.Sub(orders.LastAt)
	switch {
	case orders.Count == 0:
		return "new"
	case since > lapsedAfter:
		return "lapsed"
	case since > atRiskAfter:
		return "at_risk"
	case orders.Count >= loyalOrders:
		return "loyal"
	case orders.Count > 1:
		return "repeat"
	default:
		return "first_time"
	}
}
