package state

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

// Whoever reads the views sees each look at once, whenever the looks are taken in.
func TestViewsAreTheSameWhenTheyAreTakenInLater(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		d, c, want := disk{}, New("ana"), Views{}
		for step := range 200 {
			switch rng.IntN(8) {
			case 0:
				d.commit(t, c)
			case 1:
				w := Watch{SKU: fmt.Sprint("w", rng.IntN(60)), At: schemas.Time(step)}
				c.EditViews().Watch(w)
				want.Watch(w)
			case 2:
				if diff := cmp.Diff(&want, c.Views(), same); diff != "" {
					t.Fatalf("seed %d, step %d (-want +got):\n%s", seed, step, diff)
				}
			default:
				look := View{SKU: fmt.Sprint("s", rng.IntN(150)), Category: "tea", At: schemas.Time(step - rng.IntN(20))}
				c.AddView(look)
				want.Add(look)
			}
		}
		d.commit(t, c)
		if diff := cmp.Diff(&want, d.load(t).Views(), same); diff != "" {
			t.Fatalf("seed %d, in the end (-want +got):\n%s", seed, diff)
		}
	}
}

// Of two ids' counts those stay whose products were looked at last, in that order;
// what both have looked at is counted together.
func TestMergedCountsAreTheLatest(t *testing.T) {
	var ana, cookie Views
	for i := range MaxViewCounts {
		ana.Add(View{SKU: fmt.Sprint("a", i), At: schemas.Time(1000 + i)})
	}
	ana.Add(View{SKU: "both", At: 1200})
	cookie.Add(View{SKU: "old", At: 10})
	cookie.Add(View{SKU: "both", At: 20})
	cookie.Add(View{SKU: "between", At: 1098})
	for range 3 {
		cookie.Add(View{SKU: "new", At: 2000})
	}
	ana.Merge(&cookie)
	if diff := cmp.Diff([]ViewCount{{"new", 3}, {"both", 2}, {"a99", 1}, {"a98", 1}, {"between", 1}, {"a97", 1}}, ana.Counts[:6]); diff != "" {
		t.Errorf("the first (-want +got):\n%s", diff)
	}
	if last := ana.Counts[len(ana.Counts)-1]; len(ana.Counts) != MaxViewCounts || last.SKU != "a3" || ana.Count("old") != 0 {
		t.Errorf("%d counts, the last of %s; want %d, of a3", len(ana.Counts), last.SKU, MaxViewCounts)
	}
	if n := len(ana.Recent); n != MaxViews || ana.Recent[2].SKU != "new" || ana.Recent[3].SKU != "both" {
		t.Errorf("%d views, %v", n, ana.Recent[:4])
	}
}

func TestAPageViewWritesFewBytes(t *testing.T) {
	d, c := disk{}, New("ana")
	c.EditCore().Profile.Email = "ana@example.org"
	d.commit(t, c)
	var sizes []int
	for i := range 400 {
		c.AddEvent(uint64(i))
		c.Seen(schemas.Time(i + 1))
		c.AddView(View{SKU: fmt.Sprint("a product ", i%120), Category: "tea", At: schemas.Time(i + 1)})
		size := 0
		for _, change := range d.commit(t, c) {
			if change.Patch != nil {
				size += len(change.Patch)
			} else {
				size += len(change.Value)
			}
		}
		sizes = append(sizes, size)
	}
	slices.Sort(sizes)
	if n := len(sizes); sizes[n*2/3] > 50 {
		t.Errorf("two of three views write at most %d bytes, want 50", sizes[n*2/3])
	}
}
