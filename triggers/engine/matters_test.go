package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// conditions on changes of products, alone and joined.
var conditions = []string{
	"event.stock > 0 && event.previous_stock == 0", "has(event.previous_price)", "event.price < event.previous_price",
	"event.stock == 3", `event.sku == "s1"`, "event.data.colour == 1", "event.low_margin", "now > event.time",
	"size(event.category) > 0 || event.stock < 0", "event.price * 2 > 5",
}

// That a change is not told to anybody where the conditions on the event alone
// say no is seen in nothing but the work. A condition that hangs on the customer,
// though it always holds, lets every change be told.
func TestWhatIsNotToldChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var files [2]strings.Builder
		for i := range rapid.IntRange(1, 3).Draw(rt, "triggers") {
			when := rapid.SampledFrom(conditions).Draw(rt, "when")
			until := rapid.SampledFrom(conditions).Draw(rt, "until")
			for n := range files {
				if n == 1 {
					when, until = "customer.id != \"\" && ("+when+")", "customer.id != \"\" && ("+until+")"
				}
				fmt.Fprintf(&files[n], "---\nname: t%d\nstart: {on: product.updated, when: '%s', key: event.sku}\nrepeat: restart\n"+
					"until: [{on: product.updated, when: '%s'}]\nsteps: [{wait: 30m}, {send: {template: x, channels: [email], context: {p: event.price}}}]\n", i, when, until)
			}
		}
		var events []*schemas.Event
		for i := range rapid.IntRange(1, 30).Draw(rt, "events") {
			at := monday.Add(time.Duration(i) * 10 * time.Minute)
			sku, customer := rapid.SampledFrom([]string{"s1", "s2"}).Draw(rt, "sku"), rapid.SampledFrom([]string{"ana", "bob"}).Draw(rt, "customer")
			if rapid.Bool().Draw(rt, "look") {
				events = append(events, view(t, customer, sku, at))
				continue
			}
			data := rapid.SampledFrom([]string{
				`{"stock":0}`, `{"stock":3}`, `{"price":"2"}`, `{"price":"3.50","colour":1}`, `{"stock":3,"price":"1","category":"x"}`, `{"low_margin":true,"stock":4}`,
			}).Draw(rt, "data")
			events = append(events, event(t, fmt.Sprint("p", i), "product.updated", sku, at, data))
		}
		var got [2][]string
		for n := range files {
			w := newWorld(t, load(t, "t.yaml", files[n].String()))
			for _, ev := range events {
				w.event(ev)
			}
			w.advance(monday.Add(24*time.Hour), true)
			for _, d := range w.decisions() {
				got[n] = append(got[n], fmt.Sprint(d.Time, d.Customer, d.Trigger, d.Key, d.Step, d.Outcome, d.Reason, d.EventID))
			}
			slices.Sort(got[n])
		}
		if !slices.Equal(got[0], got[1]) {
			rt.Fatalf("decisions\n%s\nwant, as where all is told,\n%s\nof\n%s", strings.Join(got[0], "\n"), strings.Join(got[1], "\n"), files[0].String())
		}
	})
}
