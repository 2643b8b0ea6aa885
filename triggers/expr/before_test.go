package expr

import "testing"

// What the event has changed is as it was; anything else as it is.
func TestBefore(t *testing.T) {
	scope := Scope{Events: []string{"cart.updated"}}
	for src, want := range map[string]string{
		`before(customer.tier)`:                                 `"silver"`,
		`before(customer.tier) + ">" + customer.tier`:           `"silver>gold"`,
		`before(customer.tier) in ["silver"]`:                   `true`,
		`before(customer.points)`:                               `99`, // of 99.5: points are whole
		`before(customer.traits.spent)`:                         `99.5`,
		`customer.traits.spent - before(customer.traits.spent)`: `21`,
		`before(customer.orders.count)`:                         `3`,
		`before(customer.orders.revenue) == 250.1`:              `true`,
	} {
		if got := jsonOf(t, compile(t, src, scope, Any), input()); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
	quiet := input()
	quiet.Moved = nil
	for src, want := range map[string]string{`before(customer.tier)`: `"gold"`, `before(customer.points)`: `1200`} {
		if got := jsonOf(t, compile(t, src, scope, Any), quiet); got != want {
			t.Errorf("outside of an event %s: got %s, want %s", src, got, want)
		}
	}
	if e := compile(t, `before(customer.tier)`, scope, Any); !e.Uses("customer.tier") {
		t.Error("before(customer.tier) does not look at the tier")
	}
}
