package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const ringFiles = "name: cart\nstart: {on: cart.updated}\nsteps: [{wait: 1d}, {send: {template: t, channels: [email]}}]\n" +
	"---\nname: login\nstart: {on: customer.identified}\nsteps: [{wait: 1d}, {send: {template: t, channels: [email]}}]\n"

// Ids that are identified as each other, in rings too, while mail takes its time: all mail
// arrives in the end, and what was kept is with somebody whose waits end.
func TestRingsOfIDsEnd(t *testing.T) {
	set := load(t, "t.yaml", ringFiles)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, set)
		ids := []string{"a", "b", "c", "d"}
		cart := rapid.SampledFrom(ids).Draw(rt, "cart")
		w.apply(event(t, "cart", "cart.updated", cart, monday, `{"cart_id":"k","items":[{"sku":"s"}]}`))
		for i := range rapid.IntRange(2, 8).Draw(rt, "identifications") {
			who, anon := rapid.SampledFrom(ids).Draw(rt, "who"), rapid.SampledFrom(ids).Draw(rt, "anonymous")
			after := time.Duration(rapid.IntRange(1, 20).Draw(rt, "minute")) * time.Minute
			w.apply(event(t, fmt.Sprint("e", i), "customer.identified", who, monday.Add(after), fmt.Sprintf(`{"anonymous_id":%q}`, anon)))
			for len(w.mail) > 0 && rapid.Bool().Draw(rt, "deliver") {
				w.deliver(rapid.IntRange(0, len(w.mail)-1).Draw(rt, "mail"))
			}
		}
		for n := 0; len(w.mail) > 0; n++ {
			if n > 1000 {
				rt.Fatalf("mail goes round, such as of kind %d from %s to %s", w.mail[0].Kind, w.mail[0].Customer, w.mail[0].To)
			}
			w.deliver(0)
		}
		waiting := slices.ContainsFunc(ids, func(id string) bool {
			return slices.ContainsFunc(w.record(id).Runs().Active, func(r state.Run) bool { return r.Trigger == "cart" })
		})
		if !waiting {
			rt.Errorf("the cart of %s is gone", cart)
		}
	})
}

// apply lets an event happen and leaves its mail lying.
func (w *world) apply(ev *schemas.Event) {
	c := w.record(ev.Subject)
	w.took(c, w.e.Apply(c, ev, w.env(ev.Time)))
}
