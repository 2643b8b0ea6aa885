package processor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// A carrier's clock is ahead: its news counts as of its append, also where it travels on.
func TestNewsOfAClockThatIsAhead(t *testing.T) {
	for _, ahead := range []time.Duration{4 * time.Minute, time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shapeOfThree)
				defer w.close()
				w.load(strings.Replace(parcels, "wait: 1m", "wait: 17m", 1))
				w.sources[0].Lookup, w.sources[0].Other = true, true
				var want []string
				for i := range 10 {
					who, id := fmt.Sprint("c", i), fmt.Sprint("o", i)
					w.event("orders", "order.placed", who, fmt.Sprintf(`{"order_id":%q,"currency":"EUR","total":"5"}`, id))
					time.Sleep(15 * time.Minute)
					if i%2 == 0 {
						w.produceEvent("carts", "shipment.delivered", id, "", fmt.Sprintf(`{"order_id":%q}`, id), time.Now().Add(ahead))
					} else {
						want = append(want, who+" sorry")
					}
				}
				time.Sleep(5 * time.Hour)
				p := w.start(newDisk("a"), 1)
				time.Sleep(2 * time.Minute)
				w.wantSent(want...)
				w.stop(p)
			})
		})
	}
}

// All customers are in one task, all orders in another one that is far ahead: more lies in
// the mailbox than is held, while the first waits to hear how far mail has come.
func TestMuchMailIsReadBeforeAnybodySaysHowFarItHasCome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{2, map[string]int32{"carts": 2, "orders": 2}})
		defer w.close()
		w.load(strings.Replace(parcels, "wait: 1m", "wait: 17m", 1))
		w.sources[0].Lookup, w.sources[1].Other = true, true
		at := func(home int32, kind, prefix string, i int) string {
			for j := 0; ; j++ {
				if name := fmt.Sprint(prefix, i, "x", j); schemas.Partition([]byte(kind+name), 2) == home {
					return name
				}
			}
		}
		disk := newDisk("a")
		p := w.start(disk, 1)
		time.Sleep(10 * time.Second)
		w.stop(p)
		var want []string
		for i := range 8000 {
			who, id := at(0, "", "c", i%20), at(1, "\x00order/", "o", i)
			w.keyed("orders", "order.placed", id, who, fmt.Sprintf(`{"order_id":%q,"currency":"EUR","total":"5"}`, id))
			time.Sleep(5 * time.Second)
			if i%2 == 0 {
				w.keyed("carts", "shipment.delivered", id, "", fmt.Sprintf(`{"order_id":%q}`, id))
			} else {
				want = append(want, who+" sorry")
			}
		}
		time.Sleep(time.Hour)
		p = w.start(disk, 1, func(c *Config) { c.Commit.Records = 500 })
		time.Sleep(2 * time.Minute)
		w.wantSent(want...)
		w.stop(p)
	})
}

// Two processes: a wait ends when the tasks of both have been through two rounds, which the
// one with the wait tells the other to hurry with.
func TestWaitsEndInTimeWhereParcelsAreLookedUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shapeOfThree)
		defer w.close()
		w.loadWith("grace: 1s\n", parcels)
		w.sources[0].Lookup = true
		a, b := w.start(newDisk("a"), 1), w.start(newDisk("b"), 1)
		time.Sleep(30 * time.Second)
		for i := range 300 {
			w.event("orders", "order.placed", fmt.Sprint("c", i), fmt.Sprintf(`{"order_id":"o%d","currency":"EUR","total":"5"}`, i))
			w.keyed("carts", "shipment.delivered", "p", "", fmt.Sprintf(`{"order_id":"p%d"}`, i))
			time.Sleep(700 * time.Millisecond)
		}
		time.Sleep(2 * time.Minute)
		var sum time.Duration
		all := w.records("commands")
		for _, r := range all {
			c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			sum += r.Timestamp.Sub(c.DueAt.Std()) - time.Second
		}
		if mean := sum / time.Duration(max(1, len(all))); len(all) != 300 || mean > 1250*time.Millisecond {
			t.Errorf("%d commands, %s late on average", len(all), mean)
		}
		w.stop(a)
		w.stop(b)
	})
}
