package processor

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Two of three customers get a code: as many as the limit lets out.
const rewarded = `
name: cart
start: {on: cart.updated}
steps:
  - wait: 1m
  - send: {template: first, channels: [email], offer: {kind: percent, value: 10, code: {prefix: CART}, expires: 48h, limit: 2}}
---
name: thanks
start: {on: order.placed}
steps:
  - send: {template: thanks, channels: [email], offer: {kind: free_shipping, code: {}}}
---
name: expiry
start: {on: coupon.issued, when: event.trigger == "cart", key: event.code}
until:
  - on: order.placed
    when: customer.coupons.exists(c, c.code == run.key && has(c.used_at))
steps:
  - wait: 10m
  - send: {template: expiry, channels: [email], context: {code: event.code}}
`

// Every code that a command carries is on the shop's topic once, with the same
// offer; what a limit keeps back is on neither.
func TestEveryCodeIsAnnouncedWithItsCommand(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.create("coupons", 3, map[string]string{"retention.ms": "-1"})
		w.load(rewarded)
		announce := func(c *Config) {
			c.Topics.Coupons = "coupons"
			c.Engine = engine.New(engine.Config{App: "shop", Set: w.set, Secret: []byte("secret")})
		}
		disk := newDisk("a")
		p := w.start(disk, 2, announce)
		for _, who := range []string{"ana", "bob", "cleo"} {
			w.event("carts", "cart.updated", who, full)
			time.Sleep(time.Second)
		}
		time.Sleep(2 * time.Minute)
		w.wantSent("ana first", "bob first")
		codes := w.announced()
		w.event("orders", "order.placed", "bob", `{"order_id":"o1","codes":["`+codes["bob first"]+`"]}`)
		time.Sleep(time.Minute)
		w.stop(p)
		p = w.start(disk, 1, announce)
		time.Sleep(reminded)
		// Bob has used the code, so he is not told that it expires.
		w.wantSent("ana first", "bob first", "bob thanks", "ana expiry")
		w.announced()
		w.stop(p)
	})
}

// announced checks the shop's topic against the commands and gives the codes by
// "customer template".
func (w *world) announced() map[string]string {
	w.t.Helper()
	byCommand := map[schemas.CommandID]*schemas.Event{}
	ids := map[string]bool{}
	for _, r := range w.records("coupons") {
		ev, err := schemas.Decode(r.Value, headersOf(r), schemas.DecodeOptions{Internal: true})
		if err != nil {
			w.t.Fatal(err)
		}
		if ev.Kind != schemas.CouponIssued || string(r.Key) != ev.Subject || ev.Customer != ev.Subject || ev.Source != "shop" || ids[ev.ID] {
			w.t.Errorf("announced under key %s: %+v", r.Key, ev)
		}
		ids[ev.ID] = true
		byCommand[schemas.CommandID(ev.CommandID)] = ev
	}
	codes := map[string]string{}
	for _, r := range w.records("commands") {
		cmd, _, err := schemas.ParseCommand(r.Value, headersOf(r))
		if err != nil {
			w.t.Fatal(err)
		}
		if cmd.Offer == nil {
			continue
		}
		ev := byCommand[cmd.CommandID]
		if ev == nil {
			w.t.Fatalf("the code of %s %s is not announced", cmd.Customer, cmd.Template)
		}
		if ev.Code != cmd.Offer.Code || ev.Time != cmd.DueAt || ev.ExpiresAt != cmd.Offer.ExpiresAt || schemas.ReadOffer(ev.Offer).Kind != cmd.Offer.Kind {
			w.t.Errorf("announced is %s, the command carries %+v", ev.Raw, cmd.Offer)
		}
		delete(byCommand, cmd.CommandID)
		codes[cmd.Customer+" "+cmd.Template] = cmd.Offer.Code
	}
	if len(byCommand) > 0 {
		w.t.Errorf("%d codes are announced without a command", len(byCommand))
	}
	return codes
}
