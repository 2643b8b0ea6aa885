package cycles

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/schemas"
)

func order(customer string, on int, items ...schemas.Item) *schemas.Event {
	orders++
	ev := &schemas.Event{Kind: schemas.OrderPlaced, ID: fmt.Sprint("o", orders), Subject: customer, Time: schemas.Time(on)*day + day/3}
	ev.Items = items
	return ev
}

var orders int // that tests have made: each is an event of its own

func TestGapsLieBetweenDaysOfPurchase(t *testing.T) {
	milk := schemas.Item{SKU: "m", Category: "milk"}
	l := NewLearner()
	for _, on := range []int{10, 10, 12, 17} { // two orders of a day are one purchase
		l.Add(order("ana", on, milk, milk))
	}
	l.Add(order("bob", 13, milk)) // nobody else's gap
	l.Add(order("bob", 14, schemas.Item{SKU: "x", Category: "milk"}))
	l.Add(order("bob", 15, schemas.Item{Category: "milk"}, schemas.Item{Category: "milk"}))
	want := map[int32]int{2: 1, 5: 1}
	if got := l.gaps["milk"]; fmt.Sprint(got) != fmt.Sprint(want) || l.Gaps != 2 {
		t.Errorf("got gaps %v, %d in all; want %v", got, l.Gaps, want)
	}
}

// Feeds tell some events twice, and not always at the same time of theirs.
func TestRepeatIsNoOrder(t *testing.T) {
	milk := schemas.Item{SKU: "m", Category: "milk"}
	l := NewLearner()
	first := order("ana", 1, milk)
	again, other := *first, *first
	again.Time += 5 * day
	other.Source = "/other-shop"
	for _, ev := range []*schemas.Event{first, first, &other, order("ana", 4, milk), &again} {
		l.Add(ev)
	}
	if got := fmt.Sprint(l.gaps); l.Orders != 3 || got != "map[milk:map[3:1]]" {
		t.Errorf("got %d orders with gaps %s, want 3 with one of 3 days", l.Orders, got)
	}
}

func TestProductSaysTheCategoryWhereTheOrderDoesNot(t *testing.T) {
	l := NewLearner()
	product := &schemas.Event{Kind: schemas.ProductUpdated, Subject: "m"}
	product.Category = "milk"
	l.Add(product)
	for _, sku := range []string{"m", "unknown"} {
		l.Add(order("ana", 1, schemas.Item{SKU: sku}))
		l.Add(order("ana", 4, schemas.Item{SKU: sku}))
	}
	if got := fmt.Sprint(l.gaps); got != "map[milk:map[3:1]]" {
		t.Errorf("got %s", got)
	}
}

// The counted sample's quantiles are those of the values laid out one by one.
func TestQuantilesAgreeWithALaidOutSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 60; n++ {
		values, by := make([]float64, n), map[int32]int{}
		for i := range values {
			v := int32(rng.IntN(9) + 1)
			values[i] = float64(v)
			by[v]++
		}
		slices.Sort(values)
		s := sample(by)
		for _, q := range [][2]int{{1, 4}, {1, 2}, {3, 4}} {
			at := float64(n-1) * float64(q[0]) / float64(q[1])
			low := int(at)
			want := values[low] + (values[min(low+1, n-1)]-values[low])*(at-float64(low))
			if got := s.quantile(q[0], q[1]); got-want > 1e-9 || want-got > 1e-9 {
				t.Errorf("%v: quantile %d/%d is %v, want %v", values, q[0], q[1], got, want)
			}
		}
	}
}

func TestWrittenFileIsYAMLOfTheCategoriesWithEnoughGaps(t *testing.T) {
	l := NewLearner()
	for c := range MinGaps {
		customer := fmt.Sprint("c", c)
		for _, on := range []int{0, 2 + c%2} {
			l.Add(order(customer, on,
				schemas.Item{SKU: "a", Category: `no: "quotes" & <marks>`},
				schemas.Item{SKU: "b", Category: "no"},
				schemas.Item{SKU: "d", Category: "café\n\x7f\u2028\"😀"}))
		}
		if c > 0 {
			l.Add(order(customer, 1, schemas.Item{SKU: "c", Category: "rare"}))
			l.Add(order(customer, 9, schemas.Item{SKU: "c", Category: "rare"}))
		}
	}
	var text strings.Builder
	if err := l.Write(&text); err != nil {
		t.Fatal(err)
	}
	var got map[string]float64
	if err := yaml.Unmarshal([]byte(text.String()), &got); err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	want := map[string]float64{"no": 2.5, `no: "quotes" & <marks>`: 2.5, "café\n\x7f\u2028\"😀": 2.5}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v from\n%s", got, want, text.String())
	}
	for _, line := range []string{
		`"no": 2.5 # 200 gaps, quartiles 2 and 3`,
		`"no: \"quotes\" & <marks>": 2.5 #`, // people review the file
		`"café\n`,
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("%s is missing in\n%s", line, text.String())
		}
	}
}
