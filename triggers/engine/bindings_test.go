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

const thanks = "name: thanks\nclass: transactional\nstart: {on: never}\nsteps: [{send: {template: thanks, channels: [email]}}]\n"

func hours(n int) schemas.Time { return monday.Add(time.Duration(n) * time.Hour) }

// told lets an event happen whose id is its place among all.
func (w *world) told(subject, eventType string, at schemas.Time, data string, args ...any) {
	w.t.Helper()
	w.event(event(w.t, fmt.Sprint("e", len(w.effects)), eventType, subject, at, fmt.Sprintf(data, args...)))
}

// boundTo is the records of orders and tracking codes that name a customer.
func (w *world) boundTo(customer string) (all []string) {
	for subject, c := range w.records {
		if strings.HasPrefix(subject, "\x00") && c.Entry().Customer == customer {
			all = append(all, subject)
		}
	}
	slices.Sort(all)
	return all
}

// However orders, parcels and codes come and go, the records that lead to them are those
// of what is kept, and none names a customer who was erased.
func TestBindingsAreOfWhatIsKept(t *testing.T) {
	const placed, sent = `{"order_id":"o%d","total":5}`, `{"order_id":"o1","shipment_id":"p%d","tracking_code":"T%d"}`
	long := strings.Repeat("x", 30<<10)
	for _, c := range []struct {
		name string
		play func(w *world)
		kept int
	}{
		{"a parcel gets another code", func(w *world) {
			w.told("ana", "order.placed", hours(0), placed, 1)
			w.told("ana", "shipment.dispatched", hours(1), sent, 1, 1)
			w.told("ana", "shipment.dispatched", hours(2), sent, 1, 2)
			w.told("ana", "shipment.dispatched", hours(1), sent, 1, 3) // late
		}, 2},
		{"a code is another parcel's too", func(w *world) {
			w.told("ana", "order.placed", hours(0), placed, 1)
			w.told("ana", "shipment.dispatched", hours(1), sent, 1, 1)
			w.told("ana", "shipment.dispatched", hours(2), sent, 2, 1)
			w.told("ana", "shipment.dispatched", hours(3), sent, 2, 2)
		}, 3},
		{"more parcels than an order keeps", func(w *world) {
			w.told("ana", "order.placed", hours(0), placed, 1)
			for i := range state.MaxShipments + 2 {
				w.told("ana", "shipment.dispatched", hours(1+i), sent, i, i)
			}
		}, 1 + state.MaxShipments},
		{"orders older than those that are kept", func(w *world) {
			for i := range state.MaxRecentOrders + 5 {
				w.told("ana", "order.placed", hours(100-i), placed, i)
			}
		}, state.MaxRecentOrders},
		{"two become one and have too many", func(w *world) {
			for i := range 15 {
				w.told("ana", "order.placed", hours(2*i), placed, i)
				w.told("anon", "order.placed", hours(2*i+1), placed, 100+i)
			}
			w.told("anon", "shipment.dispatched", hours(40), `{"order_id":"o114","tracking_code":"T1"}`)
			w.told("ana", "customer.identified", hours(50), `{"anonymous_id":"anon"}`)
		}, state.MaxRecentOrders + 1},
		{"more than a record may hold", func(w *world) {
			for i := range 20 {
				w.told("ana", "order.placed", hours(i), `{"order_id":"o%d","cart_id":"%s"}`, i, long)
			}
		}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, load(t, "t.yaml", thanks))
			c.play(w)
			var want []string
			for i := range w.records["ana"].Orders().Recent {
				bindings(&w.records["ana"].Orders().Recent[i], func(kind, name string) {
					if to := Internal(kind, name); !slices.Contains(want, to) {
						want = append(want, to)
					}
				})
			}
			slices.Sort(want)
			if c.kept >= 0 && len(want) != c.kept {
				t.Errorf("%d orders and codes are kept, want %d", len(want), c.kept)
			}
			if got := w.boundTo("ana"); !slices.Equal(got, want) {
				t.Errorf("bound are %q, kept %q", got, want)
			}
			w.told("ana", "customer.erased", hours(200), `{}`)
			if got := append(w.boundTo("ana"), w.boundTo("anon")...); len(got) > 0 {
				t.Errorf("after the erasure %q are bound", got)
			}
		})
	}
}

// What an anonymous id hands over to a customer who has been erased since is nobody's.
func TestBindingsOfWhatIsHandedOverTooLate(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	w.told("anon", "order.placed", hours(0), `{"order_id":"o1"}`)
	ask := w.e.Receive(w.record("anon"), Mail{Kind: MailMergeAsk, To: "anon", Customer: "ana", At: hours(1)}, w.env(hours(1)))
	w.told("ana", "customer.erased", hours(2), `{}`)
	w.mail = append(w.mail, ask.Mail...)
	w.settle()
	if got := append(w.boundTo("ana"), w.boundTo("anon")...); len(got) > 0 {
		t.Errorf("%q are bound", got)
	}
}

// Mail of earlier versions does not say from whom it takes a binding.
func TestBindingTakenFromWhoeverHasIt(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	w.told("ana", "order.placed", hours(0), `{"order_id":"o1"}`)
	w.mail = append(w.mail, Mail{Kind: MailBind, To: Internal(orderKind, "o1"), At: hours(0)})
	w.settle()
	if got := w.boundTo("ana"); len(got) > 0 {
		t.Errorf("%q are bound", got)
	}
}

// An anonymous id on top of those that a customer remembers lets the first one go: no
// erasure leaves an alias of nobody.
func TestAnonymousIDThatIsOneTooMany(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	for i := range state.MaxAliases + 1 {
		w.told("ana", "customer.identified", hours(i), `{"anonymous_id":"anon%d"}`, i)
	}
	w.told("anon0", "order.placed", hours(1), `{"total":7}`) // late, and not erased
	w.told("anon1", "order.placed", hours(200), `{"total":5}`)
	if first, ana := w.record("anon0").Orders().Revenue.String(), w.record("ana").Orders().Revenue.String(); first != "7" || ana != "5" {
		t.Errorf("revenue of the id that went is %s, of the customer %s; want 7 and 5", first, ana)
	}
	w.told("ana", "customer.identified", hours(201), `{"anonymous_id":"anon0"}`)
	if got := w.record("ana").Orders().Revenue.String(); got != "12" {
		t.Errorf("after it is identified once more: %s, want 12", got)
	}
	w.told("ana", "customer.erased", hours(300), `{}`)
	for subject, c := range w.records {
		if of := c.Core().AliasOf; of != "" {
			t.Errorf("%s is an alias of %s", subject, of)
		}
	}
}

func TestAnonymousIDThatARecordHasNoRoomFor(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	long := strings.Repeat("x", state.MaxBytes)
	ev := event(t, "e1", "customer.identified", "ana", hours(0), `{"x":"`+long+`"}`)
	ev.AnonymousID = long // earlier versions took it
	w.event(ev)
	if c := w.record("ana").Core(); len(c.Aliases) > 0 {
		t.Errorf("%d aliases are kept", len(c.Aliases))
	}
	if of := w.record(long).Core().AliasOf; of != "" {
		t.Errorf("the id is an alias of %s, who does not remember it", of)
	}
}

// An anonymous id may be asked ahead and once more, and by several in any order: it is
// the last one's.
func TestAnonymousIDIsItsLastOwners(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", thanks))
	ask := func(customer string, at schemas.Time) {
		w.clock = max(w.clock, at)
		w.mail = append(w.mail, Mail{Kind: MailMergeAsk, To: "anon", Customer: customer, At: at})
		w.settle()
	}
	w.told("anon", "order.placed", hours(0), `{"total":7}`)
	ask("ana", hours(2))
	ask("bob", hours(1)) // comes late
	ask("ana", hours(2))
	if of := w.record("anon").Core().AliasOf; of != "ana" {
		t.Errorf("the id is an alias of %q, want ana", of)
	}
	ask("bob", hours(3))
	ask("ana", hours(2)) // once more
	if of := w.record("anon").Core().AliasOf; of != "bob" {
		t.Errorf("the id is an alias of %q, want bob", of)
	}
	if revenue := w.record("ana").Orders().Revenue.String(); revenue != "7" {
		t.Errorf("what it had kept is with ana: %s, want 7", revenue)
	}
	w.told("anon", "customer.erased", hours(4), `{}`)
	w.told("bob", "customer.identified", hours(3), `{"anonymous_id":"anon"}`)
	if of := w.record("anon").Core().AliasOf; of != "" {
		t.Errorf("asked by who was erased since the id is an alias of %q", of)
	}
	w.told("anon", "customer.erased", hours(5), `{}`)
	ask("ana", hours(4))
	if of := w.record("anon").Core().AliasOf; of != "" {
		t.Errorf("asked from before its erasure the id is an alias of %q", of)
	}
}
