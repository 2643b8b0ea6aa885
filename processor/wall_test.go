package processor

import (
	"fmt"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

func (w *world) loadWith(policy, triggers string) {
	w.t.Helper()
	set, mistakes := rule.Load([]rule.File{{Path: "policy.yaml", Data: []byte(policy)}, {Path: "cart.yaml", Data: []byte(triggers)}}, rule.Options{})
	if mistakes.Failed() {
		w.t.Fatal(mistakes)
	}
	w.set = set
}

// commands lists those that are in the topic with the seconds between the first
// record's append and theirs.
func (w *world) commands() (all []*schemas.Command, after []time.Duration) {
	w.t.Helper()
	var first time.Time
	records := w.records("commands")
	for _, r := range records {
		if first.IsZero() || r.Timestamp.Before(first) {
			first = r.Timestamp
		}
	}
	for _, r := range records {
		c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
		if err != nil {
			w.t.Fatal(err)
		}
		all, after = append(all, c), append(after, r.Timestamp.Sub(first))
	}
	return all, after
}

// Down when a reminder comes due in the evening, up again at night: by the wall
// clock it is quiet, so it is held until the morning.
func TestLateAtNightIsHeldUntilMorning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.loadWith(`quiet_hours: {from: "21:00", to: "09:00"}`, abandoned)
		time.Sleep(20 * time.Hour) // from midnight, UTC
		d := newDisk("a")
		p := w.start(d, 1)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(20 * time.Second)
		w.stop(p)
		time.Sleep(12*time.Hour + 45*time.Minute)
		p = w.start(d, 1)
		time.Sleep(10 * time.Minute)
		w.wantSent()
		time.Sleep(5*time.Minute + reminded)
		w.wantSent("ana first", "ana second")
		morning := schemas.FromTime(time.Date(2000, 1, 2, 9, 0, 0, 0, time.UTC))
		if all, _ := w.commands(); all[0].DueAt != morning {
			t.Errorf("due at %s, want %s", all[0].DueAt, morning)
		}
		w.stop(p)
	})
}

// A hundred carts are left at one instant, and twenty messages go out a second:
// each once, over a restart in the middle, and as due as they were.
func TestRateIsHeldTo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.loadWith("rate: {email: 20/s}", abandoned)
		d := newDisk("a")
		p := w.start(d, 2)
		time.Sleep(20 * time.Second)
		at := time.Now()
		var want []string
		for i := range 100 {
			who := fmt.Sprintf("c%02d", i)
			w.eventAt("carts", "cart.updated", who, full, at)
			want = append(want, who+" first")
		}
		time.Sleep(73 * time.Second)
		w.stop(p)
		if n := len(w.sent()); n < 20 || n > 80 {
			t.Errorf("%d commands three seconds on", n)
		}
		p = w.start(d, 2)
		time.Sleep(15 * time.Second)
		w.wantSent(want...)
		due := schemas.FromTime(at.Add(time.Minute))
		all, after := w.commands()
		seconds := map[int]int{}
		for i, c := range all {
			if c.DueAt != due {
				t.Errorf("%s is due at %s, want %s", c.Customer, c.DueAt, due)
			}
			seconds[int(after[i]/time.Second)]++
		}
		for second, n := range seconds {
			if n > 30 {
				t.Errorf("%d messages in second %d", n, second)
			}
		}
		w.stop(p)
	})
}
