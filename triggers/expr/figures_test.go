package expr

import (
	"fmt"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// asks counts how often a figure is asked for.
type asks struct {
	facts
	n int
}

func (a *asks) Trait(c *state.Customer, name, key string, _ schemas.Time) (schemas.Amount, string) {
	a.n++
	e, _ := c.Traits().Find(name, key)
	n, _ := schemas.NewAmount(e.Count, 0)
	return n, ""
}

// A trait by sku may have a thousand keys, and a condition may ask for one of them for
// each thing in a cart: each is looked up once, and none for the keys alone.
func TestFiguresAreLookedUpAsTheyAreAskedFor(t *testing.T) {
	c := state.New("ana")
	for i := range 1000 {
		c.EditTraits().Set("views", state.TraitEntry{Key: fmt.Sprint("s", i), Count: int64(i)}, 1000)
	}
	for _, x := range []struct {
		src, want string
		asks      int
	}{
		{`customer.traits.views["s7"]`, `7`, 1}, {`customer.traits.views.s7`, `7`, 1}, {`customer.traits.views["?"]`, `0`, 1},
		{`"s7" in customer.traits.views`, `true`, 0}, {`has(customer.traits.views.s9999)`, `false`, 0},
		{`size(customer.traits.views)`, `1000`, 0}, {`customer.traits.views.filter(k, k.endsWith("77")).size()`, `10`, 0},
		{`customer.traits.views.exists(k, customer.traits.views[k] > 998.0)`, `true`, 1000},
		{`event.items.filter(i, customer.traits.views[i.sku] > 5.0).size()`, `0`, 2},
		{`customer.traits.views == {"s7": 7.0}`, `false`, 1000},
	} {
		a := &asks{}
		in := input()
		in.Customer, in.Facts = c, a
		got, err := compile(t, x.src, cartScope, Any).JSON(in, nil)
		if err != nil || string(got) != x.want || a.n > x.asks {
			t.Errorf("%s: %s, %v, %d figures looked up; want %s, at most %d", x.src, got, err, a.n, x.want, x.asks)
		}
	}
}
