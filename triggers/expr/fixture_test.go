package expr

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

func amount(s string) schemas.Amount {
	a, err := schemas.ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return a
}

func at(s string) schemas.Time {
	t, err := schemas.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return t
}

// facts are fixed answers.
type facts struct{ zone *time.Location }

func (f facts) Location(*state.Customer) *time.Location { return f.zone }

func (f facts) Cycle(_ *state.Customer, sku string) (time.Duration, bool) {
	return 10 * 24 * time.Hour, sku == "coffee"
}

func (f facts) Segment(_ *state.Customer, now schemas.Time) string {
	if now == 0 {
		return ""
	}
	return "loyal"
}

func (f facts) Trait(_ *state.Customer, name, key string, _ schemas.Time) (schemas.Amount, string) {
	switch name + "/" + key {
	case "spent/":
		return amount("120.50"), ""
	case "views/s1":
		return amount("7"), ""
	case "brand/":
		return schemas.Amount{}, "acme"
	}
	return schemas.Amount{}, ""
}

var declaredTraits = []Trait{{Name: "spent"}, {Name: "views", By: true}, {Name: "brand", Text: true}}

// ana is a customer with something of everything.
func ana() *state.Customer {
	c := state.New("ana")
	core := c.EditCore()
	core.Profile = state.Profile{
		Email: "ana@example.org", Country: "RO", Timezone: "Europe/Bucharest", Locale: "ro-RO", Birthday: "1990-02-28",
		Attributes: []byte(`{"vip":true,"level":3,"tags":["a","b"]}`),
	}
	core.Consent = []state.Consent{
		{Channel: "email", Purpose: "marketing", Granted: true, At: 5}, {Channel: "email", Granted: false, At: 3},
		{Channel: "sms", Granted: false, At: 1}, {Channel: "push", Purpose: "surveys", Granted: true, At: 1},
	}
	core.CreatedAt, core.LastSeenAt = at("2025-01-01T00:00:00Z"), at("2026-03-01T09:00:00Z")
	core.Points, core.Tier = 1200, "gold"
	*c.EditCart() = state.Cart{ID: "k1", Currency: "EUR", Total: amount("59.90"), UpdatedAt: at("2026-03-01T10:00:00Z"), Items: items()}
	c.EditViews().Recent = []state.View{{SKU: "s2", Price: amount("5"), At: at("2026-03-01T09:30:00Z")}, {SKU: "s1", Category: "tea", Price: amount("9.90"), At: at("2026-02-01T09:00:00Z")}}
	c.EditViews().Counts = []state.ViewCount{{SKU: "s1", Count: 7}, {SKU: "s2", Count: 1}}
	*c.EditOrders() = state.Orders{
		Count: 3, Revenue: amount("250.10"), FirstAt: at("2025-02-01T00:00:00Z"), LastAt: at("2026-01-15T12:00:00Z"),
		Recent: []state.Order{
			{ID: "o3", Currency: "EUR", At: at("2026-01-15T12:00:00Z"), Total: amount("80.10"), PromisedAt: at("2026-01-18T18:00:00Z"), Status: state.Delivered, Items: items()},
			{ID: "o2", Currency: "EUR", At: at("2025-06-15T12:00:00Z"), Total: amount("70"), Status: state.Placed},
		},
	}
	c.EditSends().Coupons = []state.Coupon{
		{Code: "CART-2", Trigger: "cart", Offer: state.CouponOffer{Kind: "percent", Value: "10"}, IssuedAt: at("2026-02-28T10:00:00Z"), ExpiresAt: at("2026-03-02T10:00:00Z")},
		{Code: "VIP-1", Offer: state.CouponOffer{Kind: "amount", Value: "5.00", Currency: "EUR", Minimum: "30.00", FreeShipping: true}, IssuedAt: at("2026-01-01T10:00:00Z"), UsedAt: at("2026-01-15T12:00:00Z"), OrderID: "o3"},
	}
	c.EditTraits().Values = map[string]state.Trait{"views": {Entries: []state.TraitEntry{{Key: "s1", Count: 7}}}}
	return c
}

func items() []schemas.Item {
	return []schemas.Item{
		{SKU: "coffee", Quantity: amount("2"), Price: amount("19.95"), Category: "drinks"},
		{SKU: "bread", Quantity: amount("0.5"), Price: amount("40.00")},
	}
}

// cartEvent is a cart.updated as the decoder would give it.
func cartEvent() *schemas.Event {
	fields := schemas.FieldsOf(schemas.CartUpdated)
	e := &schemas.Event{
		ID: "e1", Source: "shop", Type: "cart.updated", Kind: schemas.CartUpdated, Subject: "ana", Time: at("2026-03-01T10:00:00Z"),
		Raw: []byte(`{"cart_id":"k1","total":"59.90","extra":{"b":2,"a":[1,2.5,"x"]},"n":7,"none":null}`),
	}
	e.CartID, e.Total, e.Items = "k1", amount("59.90"), items()
	for _, f := range fields {
		if f.Name != "currency" {
			e.Present = e.Present.With(f.ID)
		}
	}
	return e
}

func input() *Input {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		panic(err)
	}
	return &Input{
		Event: cartEvent(), Now: at("2026-03-01T10:00:00Z"), Customer: ana(), Facts: facts{zone},
		Run: &state.Run{Key: "k1", StartedAt: at("2026-03-01T10:00:00Z"), Sent: 1, Variant: "b"},
		Moved: func(figure string) (Move, bool) {
			switch figure {
			case "spent", "customer.points":
				return Move{From: amount("99.5"), To: amount("120.50")}, true
			case "customer.tier":
				return Move{Text: "silver"}, true
			}
			return Move{}, false
		},
	}
}

var cartScope = Scope{Events: []string{"cart.updated"}, Run: true}

func compile(t testing.TB, src string, scope Scope, want Want) *Expr {
	t.Helper()
	e, issues := NewCompiler(declaredTraits).Compile(src, scope, want)
	if issues != nil {
		t.Fatalf("%s: %+v", src, issues)
	}
	return e
}

func jsonOf(t testing.TB, e *Expr, in *Input) string {
	t.Helper()
	b, err := e.JSON(in, nil)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}
