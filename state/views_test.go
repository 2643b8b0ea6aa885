package state

import (
	"fmt"
	"math/rand/v2"
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

func TestAPageViewWritesFewBytes(t *testing.T) {
	d, c := disk{}, New("ana")
	most := 0
	for i := range 400 {
		c.AddView(View{SKU: fmt.Sprint("a product ", i%120), Category: "tea", At: schemas.Time(i)})
		c.EditCore().LastSeenAt = schemas.Time(i)
		size := 0
		for _, change := range d.commit(t, c) {
			size += len(change.Value)
		}
		if i%MaxLooks != MaxLooks-1 {
			most = max(most, size)
		}
	}
	if most > 500 {
		t.Errorf("a view wrote %d bytes, beside each eighth", most)
	}
}
