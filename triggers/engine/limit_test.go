package engine

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// The limit is asked for an anonymous id that is identified before it answers. What it
// denies is taken back at the owner, whose own message before counts for re-entry again.
func TestDenialAfterAMergeLeavesTheOwnersReentry(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", `
name: gift
reentry: 7d
start: {on: visit}
steps: [{send: {template: x, channels: [email], offer: {kind: percent, value: 1, limit: 1}}}]
`))
	next := monday.Add(24 * time.Hour)
	w.event(event(t, "1", "visit", "ana", monday, `{}`)) // takes what there is
	w.clock = next
	device := w.record("device")
	w.took(device, w.e.Apply(device, event(t, "2", "visit", "device", next, `{}`), w.env(next)))
	asked := w.mail
	w.mail = nil
	w.event(event(t, "3", "customer.identified", "ana", next.Add(time.Second), `{"anonymous_id":"device"}`))
	w.mail = asked
	w.settle()
	w.event(event(t, "4", "visit", "ana", next.Add(time.Hour), `{}`))

	var why []schemas.Reason
	for _, d := range w.decisions() {
		if d.Outcome == schemas.Skipped {
			why = append(why, d.Reason)
		}
	}
	if len(why) != 2 || why[0] != schemas.LimitReached || why[1] != schemas.ReentryWindow {
		t.Errorf("skipped: %v, want limit_reached and reentry_window", why)
	}
}
