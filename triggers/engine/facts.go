package engine

import (
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// A turn answers what expressions ask beyond the customer's own record.

// Location is the customer's zone, else the country's, else the policy's.
func (t *turn) Location(c *state.Customer) *time.Location {
	if t.zone != nil && c == t.c {
		return t.zone
	}
	p := &c.Core().Profile
	loc := walltime.Zone(p.Timezone)
	if loc == nil {
		loc = walltime.Zone(countryZones[strings.ToUpper(p.Country)])
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

// Cycle is the learned time between purchases of a sku.
func (t *turn) Cycle(c *state.Customer, sku string) (time.Duration, bool) {
	cycle := Learn(c, sku, t.set, t.env.Product)
	return time.Duration(cycle.Days * float64(24*time.Hour)), cycle.Source != NoCycle
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
