package expr

import "testing"

var (
	ordered = Scope{Events: []string{"order.placed"}}
	unknown = Scope{Events: []string{"x.y"}}
)

func TestWhatIsProvenNeverToHold(t *testing.T) {
	for src, never := range map[string]bool{
		"false": true, "1 > 2": true, "!(2 in [1, 2])": true, `"a" in []`: true, "1 / 0 > 3": true,
		"event.total > 30 && event.total < 10":                                                true,
		"event.total > 30 && event.total <= 30":                                               true,
		"event.total >= 30 && event.total <= 30":                                              false,
		"30 < event.total && 10.0 > event.total":                                              true,
		"event.total > 30 && !(event.total > 30)":                                             true,
		"event.total < 10 && !(event.total < 20)":                                             true,
		"size(event.items) > 0 && size(event.items) < 1":                                      true,
		"event.total > 0 && event.total < 1":                                                  false,
		"size(event.items) < 0":                                                               true,
		"customer.orders.count > 1 && customer.orders.count < 2":                              true,
		`customer.country in ["RO", "FR"] && customer.country == "DE"`:                        true,
		`customer.country in ["RO", "FR"] && customer.country != "RO"`:                        false,
		`!(customer.country in ["RO", "FR"]) && customer.country == "RO"`:                     true,
		`customer.country == "RO" && (event.total > 3 || customer.country == "FR")`:           false,
		`customer.country == "RO" && (customer.country == "DE" || event.total < event.total)`: false,
		`customer.country == "RO" && !(customer.country != "DE")`:                             true,
		`customer.country == "RO" ? event.total > 3 : event.total > 4`:                        false,
		`(customer.country == "RO" ? false : true) && customer.country == "RO"`:               true,
		`"vip" in customer.attributes && !("vip" in customer.attributes)`:                     true,
		"has(event.promised_at) && !has(event.promised_at)":                                   true,
		"event.promised_at == null && event.promised_at < now":                                true,
		"event.promised_at != null && event.promised_at == null":                              true,
		"!(event.promised_at < now) && !(event.promised_at >= now)":                           false, // without a promise
		"event.promised_at < now && !(event.promised_at < now)":                               true,
		"customer.consent.sms && customer.consent.sms == false":                               true,
		"event.items.exists(i, i.price > 3) && !event.items.exists(i, i.price > 3)":           false, // loops are not understood
		`event.type == "cart.updated"`:                                                        true,
		`event.type == "order.placed"`:                                                        false,
		`event.total == 3 || false`:                                                           false,
	} {
		e := compile(t, src, ordered, Bool)
		if got := e.Holds().Impossible(); got != never {
			t.Errorf("%s: never is %t, want %t", src, got, never)
		}
	}
}

func TestWhatIsProvenAlwaysToHold(t *testing.T) {
	for src, always := range map[string]bool{
		"true": true, "1 < 2 || event.total > 3": true, "event.total > 3 || event.total <= 3": true,
		"event.promised_at > now || event.promised_at <= now": false, "event.total > 3": false, "size(event.items) >= 0": true,
		`event.type == "order.placed"`: true, "!(event.total > 30 && event.total < 10)": true, "1 / 0 > 3": true, // an error, never false
	} {
		e := compile(t, src, ordered, Bool)
		if got := e.Fails().Impossible(); got != always {
			t.Errorf("%s: always is %t, want %t", src, got, always)
		}
	}
}

// Raw data has no type: a text may equal a number, or be read as one.
func TestNothingIsConcludedFromTheTypesOfRawData(t *testing.T) {
	for src, never := range map[string]bool{
		`event.x == 3 && event.x == "3"`:          false,
		`event.x == "a" && event.x == "b"`:        true,
		`event.x > 3 && event.x == "5"`:           false,
		`event.x > 3 && event.x == 2`:             true,
		`event.x > 3 && event.x < 2`:              true,
		`!(event.x > 3) && !(event.x <= 3)`:       false,
		`event.data.x == "a" && event.x == "b"`:   false, // two spellings are two terms
		`event.x && event.x == "a"`:               false,
		`!(event.x > 3) && event.x > 3`:           true,
		`event.x in ["a"] && event.x in [1, "b"]`: false,
	} {
		if got := compile(t, src, unknown, Bool).Holds().Impossible(); got != never {
			t.Errorf("%s: never is %t, want %t", src, got, never)
		}
	}
}

func TestClaimsOfSeveralExpressionsMeet(t *testing.T) {
	when := compile(t, `event.total > 30 && customer.country == "RO"`, ordered, Bool).Holds()
	for src, c := range map[string]struct{ atOnce, later bool }{
		"event.total < 20":             {true, true},
		`customer.country == "FR"`:     {true, false}, // customers move
		"event.total > 40":             {false, false},
		`run.variant == "a"`:           {false, false},
		`event.type == "order.placed"`: {false, false},
	} {
		e := compile(t, src, Scope{Events: ordered.Events, Run: true}, Bool)
		if got := when.And(e.Holds()).Impossible(); got != c.atOnce {
			t.Errorf("%s at once: impossible is %t", src, got)
		}
		if got := when.About("event", "item").And(e.Holds()).Impossible(); got != c.later {
			t.Errorf("%s later: impossible is %t", src, got)
		}
	}
	both := compile(t, "true", Scope{Events: []string{"a.b", "c.d"}}, Bool)
	if OfType("a.b").And(both.Holds()).Impossible() {
		t.Error("a.b is one of the types")
	}
	other := compile(t, `event.x == 1`, unknown, Bool)
	if !OfType("a.b").And(other.Holds()).Impossible() {
		t.Error("an event of x.y is none of a.b")
	}
}

// Alternatives multiply; beyond the bound a claim says less, and never too much.
func TestClaimsStayBounded(t *testing.T) {
	src := "event.total > 2"
	for range 12 {
		src = "(event.total > 1 || event.total < -1 || size(event.items) == 3) && " + src
	}
	c := compile(t, src, ordered, Bool).Holds()
	if n := len(c.alternatives); n == 0 || n > maxAlternatives {
		t.Errorf("%d alternatives", n)
	}
	if c.Impossible() {
		t.Error("an order of 3 is one of these")
	}
}
