package processor

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

const revocable = `
name: cart
start: {on: cart.updated}
until: [{on: order.placed}]
steps:
  - wait: 1m
  - send: {template: first, channels: [email], cancel: true}
`

// Ana orders after the reminder was handed over: a command calls it off, once,
// with an id of its own. Of Bob's the delivery service has said that it is out.
func TestReminderIsCalledOffByTheOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.load(revocable)
		disk := newDisk("a")
		p := w.start(disk, 1)
		for _, who := range []string{"ana", "bob"} {
			w.event("carts", "cart.updated", who, full)
		}
		time.Sleep(2 * time.Minute)
		w.stop(p)
		p = w.start(disk, 2)
		sent := map[string]schemas.CommandID{}
		for _, r := range w.records("commands") {
			c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			sent[c.Customer] = c.CommandID
		}
		w.event("carts", "message.sent", "bob", `{"command_id":"`+string(sent["bob"])+`","channel":"email"}`)
		for range 2 {
			time.Sleep(time.Minute)
			w.event("orders", "order.placed", "ana", order)
			w.event("orders", "order.placed", "bob", order)
		}
		time.Sleep(time.Minute)
		var off []*schemas.Command
		for _, r := range w.records("commands") {
			c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			if c.Action == schemas.Cancel {
				off = append(off, c)
			}
		}
		if len(off) != 1 || off[0].Customer != "ana" || off[0].CommandID != sent["ana"] || off[0].Cause.EventType != "order.placed" || off[0].ExpiresAt == 0 {
			t.Errorf("called off: %+v", off)
		}
		w.stop(p)
	})
}
