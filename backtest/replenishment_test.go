package backtest

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/backtest/forecast"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// gapRow is what is expected of one customer and sku.
type gapRow struct {
	Customer  string       `json:"customer"`
	SKU       string       `json:"sku"`
	Days      int          `json:"purchase_days"`
	LastDay   string       `json:"last_day"`
	Median    float64      `json:"median_gap_days"`
	Predicted schemas.Time `json:"predicted_at"`
}

// A year of baskets leaves behind the purchase days from which the expected
// medians follow. Of customers with more days than are kept, the expected
// answer is over more gaps than the state has: there the last day must agree.
func TestPurchaseDaysGiveTheExpectedMedians(t *testing.T) {
	events, some := recorded(t, "completejourney.orders.dev")
	rows := readGzip[gapRow](t, shared(t, "expected/completejourney.replenishment.jsonl.gz"))
	e := engine.New(engine.Config{App: "test", Set: compile(t, "testdata/rules/inactivity.yaml"), Lookup: true})
	task := newTask(e, 0, &kept{})
	in := Input{
		Events: eventfile.Config{Paths: []string{events}},
		Bad:    func(file string, line int, err error) { t.Errorf("%s:%d: %v", file, line, err) },
	}
	if _, err := in.each(context.Background(), task.apply); err != nil {
		t.Fatal(err)
	}
	expected := map[[2]string]bool{}
	longer, wrong := 0, 0
	for _, r := range rows {
		if !some.has(r.Customer) {
			continue
		}
		expected[[2]string{r.Customer, r.SKU}] = true
		days := task.record(r.Customer).customer.Cycles().Of(r.SKU).Days
		if ok, kept := r.agrees(days); !ok && wrong < 10 {
			wrong++
			t.Errorf("%s %s: days %v; want %+v", r.Customer, r.SKU, days, r)
		} else if !kept {
			longer++
		}
	}
	for subject, rec := range task.records {
		for _, p := range rec.customer.Cycles().SKUs {
			if len(p.Days) >= 3 && !expected[[2]string{subject, p.SKU}] {
				t.Errorf("%s %s: bought on %d days, but no row is expected", subject, p.SKU, len(p.Days))
			}
		}
	}
	t.Logf("%d answers, %d of them over more days than are kept", len(expected), longer)
}

// agrees compares the median and the prediction that follow from the days;
// kept is false if there were more days than the state keeps.
func (r *gapRow) agrees(days []int32) (ok, kept bool) {
	last, err := time.Parse(time.DateOnly, r.LastDay)
	if err != nil || len(days) == 0 || int64(days[len(days)-1]) != last.Unix()/86400 {
		return false, true
	}
	if r.Days > state.MaxPurchaseDays {
		return len(days) == state.MaxPurchaseDays, false
	}
	median := medianOf(days)
	predicted := schemas.FromTime(last).Add(time.Duration(median * 24 * float64(time.Hour)))
	return len(days) == r.Days && math.Abs(median-r.Median) < 1e-9 && predicted == r.Predicted, true
}

func medianOf(days []int32) float64 {
	var gaps []float64
	for i := 1; i < len(days); i++ {
		gaps = append(gaps, float64(days[i]-days[i-1]))
	}
	slices.Sort(gaps)
	n := len(gaps)
	return (gaps[(n-1)/2] + gaps[n/2]) / 2
}

// What docs/ARCHITECTURE.md says of the formulas holds on the last quarter of a
// year of baskets.
func TestCycleGuessesNearestOfTheFormulas(t *testing.T) {
	events, _ := recorded(t, "completejourney.orders.dev")
	in := Input{Events: eventfile.Config{Paths: []string{events}}, Bad: func(file string, line int, err error) { t.Errorf("%s:%d: %v", file, line, err) }}
	last, err := time.Parse(time.DateOnly, "2018-01-01") // in UTC, where the store's last evening is
	if err != nil {
		t.Fatal(err)
	}
	trial := forecast.NewTrial(forecast.LastQuarter(schemas.FromTime(last), 30))
	if err := Each(context.Background(), in, trial.Add); err != nil {
		t.Fatal(err)
	}
	scores, asked := trial.Scores()
	var text strings.Builder
	if err := trial.Write(&text); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	cycle := scores[len(scores)-1]
	least := 30_000
	if testing.Short() {
		least = 6_000
	}
	if asked < least || cycle.Formula != "cycle(sku)" || cycle.MedianError > 8 || cycle.Met < 0.155 {
		t.Errorf("%d purchases, %+v", asked, cycle)
	}
	for _, other := range scores[:len(scores)-1] {
		// Of an excerpt, the shares of the best two are too close to tell.
		if other.MedianError < cycle.MedianError || other.Met > cycle.Met && !testing.Short() {
			t.Errorf("%+v is nearer than %+v", other, cycle)
		}
	}
}
