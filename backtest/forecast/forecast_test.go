package forecast

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

// buys makes an order of one thing on a day.
func buys(t *Trial, customer, sku, category string, on int) {
	ev := &schemas.Event{
		ID: fmt.Sprint(customer, sku, on), Source: "shop", Type: "order.placed", Kind: schemas.OrderPlaced,
		Subject: customer, Time: schemas.Time(on)*day + day/3,
	}
	ev.OrderID = ev.ID
	ev.Items = []schemas.Item{{SKU: sku, Category: category}}
	t.Add(ev)
}

func score(t *testing.T, trial *Trial, formula string) Score {
	t.Helper()
	all, _ := trial.Scores()
	for _, s := range all {
		if s.Formula == formula {
			return s
		}
	}
	t.Fatalf("there is no formula %s", formula)
	return Score{}
}

func expect(t *testing.T, trial *Trial, want ...Score) {
	t.Helper()
	for _, w := range want {
		got := score(t, trial, w.Formula)
		if math.Abs(got.MedianError-w.MedianError) > 1e-9 || math.Abs(got.Met-w.Met) > 1e-9 {
			t.Errorf("%s: got %+v, want %+v", w.Formula, got, w)
		}
	}
}

// Before the period everybody buys tea every 10 days, and ana every 20; she goes
// on to do so. Her last purchase is a miss for all, as nothing came.
func TestGuessesAreMadeFromWhatIsKnownThatDay(t *testing.T) {
	trial := NewTrial(Period{From: 200, To: 300})
	for c := range 40 {
		for on := range 10 {
			buys(trial, fmt.Sprint("c", c), "green", "tea", on*10)
		}
	}
	for _, on := range []int{100, 100, 120, 140, 160, 180, 200, 220, 241} {
		buys(trial, "ana", "black", "tea", on)
	}
	if _, asked := trial.Scores(); asked != 3 {
		t.Fatalf("guessed from %d purchases, want those of days 200, 220 and 241", asked)
	}
	// Gaps of 20 and 21 days came; of three guesses none near, or two.
	expect(t, trial,
		Score{"global median", 10.5, 0}, Score{"category median", 10.5, 0}, Score{"sku median, else category", 10.5, 0},
		Score{"mean of own gaps", 0.5, 2.0 / 3}, Score{"median of own gaps", 0.5, 2.0 / 3}, Score{"cycle(sku)", 0.5, 2.0 / 3})
}

// With two own gaps the engine still goes by the category; its gaps, and those
// of the period, come too late to be learned from.
func TestCycleGoesByTheCategoryUntilFiveOwnGaps(t *testing.T) {
	trial := NewTrial(Period{From: 200, To: 300})
	for c := range 40 {
		for on := range 10 {
			buys(trial, fmt.Sprint("c", c), "green", "tea", on*10)
		}
	}
	for _, on := range []int{160, 180, 200, 220} {
		buys(trial, "ana", "black", "tea", on)
	}
	for on := 200; on < 260; on++ {
		for c := range 40 {
			buys(trial, fmt.Sprint("d", c), "daily", "tea", on)
		}
	}
	ana := trial.bought[purchase{"ana", "black"}].guesses
	if got := ana[len(ana)-1]; got != 10 {
		t.Errorf("cycle guesses %v days for ana, want the category's 10", got)
	}
	if got := trial.past.global; got != 10 {
		t.Errorf("the global median is %v", got)
	}
}

func TestFewPurchasesAreNotGuessedFrom(t *testing.T) {
	trial := NewTrial(Period{From: 10, To: 20})
	for _, on := range []int{5, 11, 19, 25, 30} {
		buys(trial, "ana", "black", "tea", on)
	}
	if _, asked := trial.Scores(); asked != 1 { // day 19; 11 has one gap, 25 is in the room
		t.Errorf("guessed from %d purchases", asked)
	}
	var b strings.Builder
	if err := trial.Write(&b); err != nil || !strings.HasPrefix(b.String(), "1 purchases from 1970-01-11 to 1970-01-20, ") {
		t.Errorf("%v %s", err, b.String())
	}
	expect(t, trial, Score{"category median", 0, 0}, Score{"cycle(sku)", 0, 0}) // nothing learned, no guess: a miss
}
