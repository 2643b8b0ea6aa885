package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Each reason of the closed list has a way to come about, and no other reason
// is given on the way.
func TestEveryReasonIsReached(t *testing.T) {
	const hour = time.Hour
	var shown []schemas.Reason
	cart := func(id string, at schemas.Time) *schemas.Event { return event(t, id, "cart.updated", "ana", at, `{}`) }
	type play func(w *world)
	step := func(steps ...string) string {
		return "name: t\nstart: {on: cart.updated}\nuntil: [{on: order.placed}]\nsteps:\n  - " + strings.Join(steps, "\n  - ") + "\n"
	}
	const send = "send: {template: x, channels: [email]}"
	once := func(w *world) { w.event(cart("e1", monday)) }
	twice := func(w *world) { w.event(cart("e1", monday)); w.event(cart("e2", monday.Add(hour))) }
	for _, c := range []struct {
		want    schemas.Reason
		trigger string
		policy  string
		play    play
	}{
		{schemas.NoConsent, step(send), "consent: {email: opt_in}", once},
		{schemas.NoAddress, step(send), "require_address: [email]", once},
		{schemas.Suppressed, step(send), "suppress: {complained: 1}", func(w *world) {
			w.event(event(t, "m", "message.complained", "ana", monday, `{"channel":"email"}`))
			once(w)
		}},
		{schemas.QuietHoursExpired, step("send: {template: x, channels: [email], expires: 1h}"), `quiet_hours: {from: "21:00", to: "09:00"}`, once},
		{schemas.FrequencyCap, step(send), "caps: [{max: 1, per: 1d}]", twice},
		{schemas.GoalReached, step("wait: 1h", send), "", func(w *world) {
			once(w)
			w.event(event(t, "o", "order.placed", "ana", monday.Add(1), `{}`))
		}},
		{schemas.FilterFailed, step("require: customer.points > 5", send), "", once},
		{schemas.ReentryWindow, "reentry: 7d\n" + step(send), "", twice},
		{schemas.AlreadyActive, step("wait: 2h", send), "", twice},
		{schemas.AlreadySent, step("send: {template: x, channels: [email], only_once: true}"), "", twice},
		{schemas.Stale, step(send), "", func(w *world) { w.wall = monday.Add(25 * hour); once(w) }},
		{schemas.Holdout, "holdout: 100%\n" + step(send), "", once},
		{schemas.OutOfStock, step(`send: {template: x, channels: [email], in_stock: '"s1"'}`), "", func(w *world) {
			w.event(event(t, "p", "product.updated", "s1", monday, `{"stock":0}`))
			once(w)
		}},
		{schemas.LimitReached, step("send: {template: x, channels: [email], offer: {kind: gift, limit: 1}}"), "", twice},
		{schemas.LowerPriority, "priority: 10\n" + step(send) + "---\nname: z\npriority: 90\nstart: {on: cart.updated}\nsteps: [{" + send + "}]", "caps: [{max: 1, per: 1d}]", once},
		{schemas.RuleDisabled, step("wait: 1h", send), "", func(w *world) {
			once(w)
			w.e = New(Config{App: "beckon", Set: load(t, "t.yaml", "enabled: false\n"+step("wait: 1h", send))})
			w.advance(monday.Add(2*hour), true)
		}},
		{schemas.DuplicateEvent, step("wait: 1h", send), "", func(w *world) { once(w); once(w) }},
		{schemas.LateEvent, "repeat: restart\n" + step("wait: 2h", send), "", func(w *world) {
			w.event(cart("e2", monday.Add(hour)))
			w.event(cart("e1", monday))
		}},
		{schemas.NoDate, step("wait_until: customer.orders.last_at", send), "", once},
		{schemas.TooManyRuns, strings.Replace(step("wait: 1h", send), "{on: cart.updated}", "{on: cart.updated, key: event.id}", 1), "", func(w *world) {
			for i := range state.MaxRuns + 1 {
				w.event(cart(fmt.Sprint("e", i), monday))
			}
		}},
		{schemas.ExpressionError, step(`require: event.data.nothing == 1`, send), "", once},
		{schemas.Erased, step("wait: 1h", send), "", func(w *world) {
			once(w)
			w.event(event(t, "x", "customer.erased", "ana", monday.Add(1), `{}`))
		}},
	} {
		t.Run(c.want.String(), func(t *testing.T) {
			w := newWorld(t, load(t, "t.yaml", c.trigger, "policy.yaml", c.policy))
			c.play(w)
			var got []schemas.Reason
			for _, d := range w.decisions() {
				if d.Reason != 0 && !slices.Contains(got, d.Reason) {
					got = append(got, d.Reason)
				}
			}
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("reasons %v, want %s", got, c.want)
			}
		})
		shown = append(shown, c.want)
	}
	for _, r := range schemas.Reasons() {
		if !slices.Contains(shown, r) {
			t.Errorf("no way shown to %s", r)
		}
	}
}
