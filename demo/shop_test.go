package demo

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

var opens = schemas.FromTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

func messages(seed uint64, span time.Duration) []*Message {
	shop := NewShop(seed, "", 40, opens, true)
	var all []*Message
	for shop.Peek() < opens.Add(span) {
		if m := shop.Next(); m != nil {
			all = append(all, m)
		}
	}
	return all
}

func TestEverythingTheShopSaysIsAnEvent(t *testing.T) {
	kinds := map[schemas.Kind]int{}
	ids := map[string]bool{}
	var last schemas.Time
	for _, m := range messages(1, 48*time.Hour) {
		ev, err := schemas.Decode(schemas.AppendEvent(nil, &m.Event), nil, schemas.DecodeOptions{})
		if err != nil {
			t.Fatalf("%s of %s: %v", m.Event.Type, m.Event.Subject, err)
		}
		if ev.Kind == schemas.KindUnknown {
			t.Errorf("%s is no type of the contract", ev.Type)
		}
		if ids[ev.ID] {
			t.Errorf("id %s is there twice", ev.ID)
		}
		if ev.Time < last {
			t.Errorf("%s at %s comes after %s", ev.Type, ev.Time, last)
		}
		ids[ev.ID], last = true, ev.Time
		kinds[ev.Kind]++
	}
	for _, k := range []schemas.Kind{schemas.CustomerRegistered, schemas.ProductViewed, schemas.CartUpdated, schemas.CheckoutStarted,
		schemas.OrderPlaced, schemas.ShipmentDispatched, schemas.ShipmentDelivered, schemas.ShipmentDelayed} {
		if kinds[k] == 0 {
			t.Errorf("no %s in two days", k)
		}
	}
}

func TestSameSeedSameShop(t *testing.T) {
	a, b := messages(7, 24*time.Hour), messages(7, 24*time.Hour)
	if len(a) != len(b) {
		t.Fatalf("%d and %d events", len(a), len(b))
	}
	for i := range a {
		if string(schemas.AppendEvent(nil, &a[i].Event)) != string(schemas.AppendEvent(nil, &b[i].Event)) {
			t.Fatalf("event %d differs", i)
		}
	}
}

func TestTriggersOfTheDemoLoad(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	set, list := rule.Load(files, rule.Options{})
	if set == nil {
		t.Fatal(list)
	}
	if len(set.Triggers) < 5 || len(set.Cycles) == 0 || !set.Policy.Given {
		t.Errorf("%d triggers, %d cycles, policy given: %v", len(set.Triggers), len(set.Cycles), set.Policy.Given)
	}
}

func TestTimeOfTheShopSurvivesARestart(t *testing.T) {
	e := NewEpoch(t.TempDir())
	if got, err := e.Load(); got != 0 || err != nil {
		t.Errorf("before the first save: %s, %v", got, err)
	}
	if err := e.Save(opens); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Load(); got != opens || err != nil {
		t.Errorf("after saving %s: %s, %v", opens, got, err)
	}
}
