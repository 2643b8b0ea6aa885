package engine

import (
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Mail that a broken or newer instance may have written does nothing, and
// certainly doesn't panic.
func FuzzReceive(f *testing.F) {
	f.Add(byte(MailEvent), "ana", "", []byte(`{"cart_id":"k"}`), []byte{1}, "cart.updated", int64(monday))
	f.Add(byte(MailMerge), "ana", "cookie", []byte(`{}`), []byte{0x94, 1, 0, 0, 0}, "x", int64(0))
	f.Add(byte(MailLimit), "\x00limit/t/steps[0]", "ana", []byte(`{}`), []byte("0123456789abcdef{}"), "x", int64(-1))
	f.Add(byte(MailBind), "\x00order/o1", "ana", []byte(`{}`), []byte(nil), "shipment.scanned", int64(monday))
	e := New(Config{App: "beckon", Set: load(f, "t.yaml", randomTriggers, "policy.yaml", randomPolicy), Lookup: true})
	f.Fuzz(func(t *testing.T, kind byte, to, customer string, data, payload []byte, eventType string, at int64) {
		c := state.New(to)
		m := Mail{Kind: MailKind(kind % 12), To: to, Customer: customer, Payload: payload, At: schemas.Time(at)}
		if ev, err := schemas.FromData("id", "shop", eventType, to, schemas.Time(at), data); err == nil {
			m.Event = ev
		}
		eff := e.Receive(c, m, Env{Wall: schemas.Time(at)})
		if eff.Wake != 0 {
			e.Fire(c, eff.Wake, Env{Wall: eff.Wake})
		}
		if err := c.Err(); err != nil {
			t.Fatal(err)
		}
	})
}
