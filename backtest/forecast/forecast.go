// Package forecast measures how well the time of a customer's next purchase of
// the same thing is guessed, by the engine's cycle and by other formulas, on
// orders that were recorded.
//
// At every purchase of a period each formula says, from what is known that day,
// in how many days the customer will buy the thing again; then it is seen when
// they did. Category cycles, and the medians over all customers that the other
// formulas need, are learned from the orders before the period. A purchase after
// which nothing came is a miss for everybody, so the period ends some time before
// the orders do.
//
// Things that a customer has bought on fewer than three days are left out: of
// most of those nothing ever comes, whatever is guessed.
package forecast

import (
	"cmp"
	"math"
	"slices"

	"github.com/beckon-io/beckon/backtest/cycles"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

const (
	day = schemas.Time(24 * 60 * 60 * 1e6)

	// ownGaps is how many own gaps a purchase must have behind it to be guessed
	// from.
	ownGaps = 2
	// near is how many days off a guess may be to count as met.
	near = 3
)

// Period is when purchases are guessed from: from the first UTC day on, and
// before the second.
type Period struct{ From, To int32 }

// LastQuarter is the last 91 days of orders up to a moment, less the room that is
// left for purchases to come.
func LastQuarter(last schemas.Time, room int32) Period {
	end := int32(last/day) + 1
	return Period{From: end - 91, To: end - room}
}

// Trial runs formulas over orders. Give it events in the order of time.
type Trial struct {
	period  Period
	learner *cycles.Learner
	past    *past
	set     *rule.Set
	engine  *engine.Engine

	customers map[string]*state.Customer
	bought    map[purchase]*history
	results   []result
	asked     int
}

type purchase struct{ customer, sku string }

// history is what is known of a customer and a thing.
type history struct {
	last    int32
	gaps    []float64
	guesses []float64 // of the last purchase, by formula; NaN: none. Nil: it is not guessed from
}

// NewTrial has seen nothing.
func NewTrial(p Period) *Trial {
	set := rule.NewSet(nil, nil)
	t := &Trial{
		period: p, learner: cycles.NewLearner(), past: newPast(), set: set,
		engine:    engine.New(engine.Config{App: "forecast", Set: set}),
		customers: map[string]*state.Customer{}, bought: map[purchase]*history{},
	}
	for _, f := range formulas {
		t.results = append(t.results, result{name: f.name})
	}
	return t
}

// Add takes one event in.
func (t *Trial) Add(ev *schemas.Event) {
	today := int32(ev.Time / day)
	if today < t.period.From {
		t.learner.Add(ev)
	} else if t.past.open {
		t.past.close(t.learner)
		t.set.Cycles = t.past.category
	}
	c := t.customers[ev.Subject]
	if c == nil {
		c = state.New(ev.Subject)
		t.customers[ev.Subject] = c
	}
	t.engine.Apply(c, ev, engine.Env{Wall: ev.Time})
	if ev.Kind != schemas.OrderPlaced {
		return
	}
	for i := range ev.Items {
		if item := &ev.Items[i]; item.SKU != "" {
			t.buy(c, item, today)
		}
	}
}

// buy judges the guesses of the last purchase and makes those of this one. What
// is bought twice a day is bought once.
func (t *Trial) buy(c *state.Customer, item *schemas.Item, today int32) {
	key := purchase{c.Subject, item.SKU}
	h := t.bought[key]
	if h == nil {
		t.bought[key] = &history{last: today}
		return
	}
	gap := float64(today - h.last)
	if gap == 0 {
		return
	}
	for i, guess := range h.guesses {
		t.results[i].came(guess, gap)
	}
	h.last, h.guesses = today, nil
	h.gaps = append(h.gaps, gap)
	h.gaps = h.gaps[max(0, len(h.gaps)-(state.MaxPurchaseDays-1)):]
	if today < t.period.From {
		t.past.add(item.SKU, gap)
	} else if today < t.period.To && len(h.gaps) >= ownGaps {
		t.guess(h, c, item)
	}
}

func (t *Trial) guess(h *history, c *state.Customer, item *schemas.Item) {
	t.asked++
	h.guesses = make([]float64, len(formulas))
	for i, f := range formulas {
		days, ok := f.guess(t, known{own: h.gaps, customer: c, item: item})
		if !ok {
			days = math.NaN()
		}
		h.guesses[i] = days
	}
}

// past is what the purchases before the period say over all customers.
type past struct {
	open     bool
	gaps     []float64
	bySKU    map[string][]float64
	global   float64
	category map[string]float64
	sku      map[string]float64
}

func newPast() *past { return &past{open: true, bySKU: map[string][]float64{}} }

func (p *past) add(sku string, gap float64) {
	p.gaps = append(p.gaps, gap)
	p.bySKU[sku] = append(p.bySKU[sku], gap)
}

// skuGaps is how many gaps a thing's own median needs.
const skuGaps = 20

func (p *past) close(learner *cycles.Learner) {
	p.open, p.category, p.sku = false, map[string]float64{}, map[string]float64{}
	p.global = median(p.gaps)
	for _, c := range learner.Cycles() {
		p.category[c.Category] = c.Median
	}
	for sku, gaps := range p.bySKU {
		if len(gaps) >= skuGaps {
			p.sku[sku] = median(gaps)
		}
	}
}

// median is the middle value, of an even number the mean of the middle two; 0
// of none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(all), cmp.Compare[float64])
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
