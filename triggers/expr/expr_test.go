package expr

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Elements survive the way into a run's record and back, and item is typed.
func TestItems(t *testing.T) {
	in := input()
	for _, test := range []struct{ list, read, want string }{
		{`event.items`, `item.sku + " " + string(item.price * item.quantity)`, `["coffee 39.9","bread 20"]`},
		{`event.items`, `item`, `[{"category":"drinks","price":"19.95","quantity":2,"sku":"coffee"},{"price":"40.00","quantity":0.5,"sku":"bread"}]`},
		{`event.items.filter(i, i.price > 20)`, `item.price`, `["40.00"]`},
		{`customer.cart.items`, `item.category`, `["drinks",""]`},
		{`customer.views`, `item.at + days(1)`, `["2026-03-02T09:30:00Z","2026-02-02T09:00:00Z"]`},
		{`customer.orders.recent`, `item.status + item.order_id + string(size(item.items))`, `["deliveredo32","placedo20"]`},
		{`customer.orders.recent`, `item.promised_at`, `["2026-01-18T18:00:00Z",null]`},
		{`customer.coupons`, `item`, `[{"code":"CART-2","expires_at":"2026-03-02T10:00:00Z","issued_at":"2026-02-28T10:00:00Z","kind":"percent","trigger":"cart","value":"10"},{"code":"VIP-1","currency":"EUR","free_shipping":true,"issued_at":"2026-01-01T10:00:00Z","kind":"amount","minimum":"30.00","order_id":"o3","used_at":"2026-01-15T12:00:00Z","value":"5.00"}]`},
		{`event.items.map(i, i.sku)`, `item + "!"`, `["coffee!","bread!"]`},
		{`[1, 2]`, `item * 2`, `[2,4]`},
		{`event.data.extra.a`, `item`, `[1,2.5,"x"]`},
		{`event.items.map(i, {"s": i.sku})`, `item.s`, `["coffee","bread"]`},
	} {
		list := compile(t, test.list, cartScope, List)
		read := compile(t, test.read, Scope{Events: []string{"cart.updated"}, Item: list, Run: true}, Any)
		items, err := list.List(in)
		if err != nil {
			t.Errorf("%s: %v", test.list, err)
			continue
		}
		var direct, stored []string
		for _, item := range items {
			in.Item = item
			direct = append(direct, jsonOf(t, read, in))
			raw, err := list.ItemJSON(item, nil)
			if err != nil {
				t.Errorf("%s: %v", test.list, err)
			}
			if in.Item, err = list.ItemFromJSON(raw); err != nil {
				t.Errorf("%s: %s: %v", test.list, raw, err)
			}
			stored = append(stored, jsonOf(t, read, in))
		}
		if got := "[" + strings.Join(direct, ",") + "]"; got != test.want {
			t.Errorf("%s of %s: got %s, want %s", test.read, test.list, got, test.want)
		}
		if !slices.Equal(direct, stored) {
			t.Errorf("%s of %s: %v, after the record %v", test.read, test.list, direct, stored)
		}
	}
}

func TestItemMisspelt(t *testing.T) {
	list := compile(t, "event.items", cartScope, List)
	_, issues := NewCompiler(nil).Compile("item.skuu", Scope{Item: list}, Any)
	want := []Issue{{1, 6, "item has no field skuu", `did you mean "sku"?`}}
	if diff := cmp.Diff(want, issues); diff != "" {
		t.Error(diff)
	}
}

// Elements are copies: a later change of the customer does not show in them.
func TestItemsAreTheCallers(t *testing.T) {
	in := input()
	items, err := compile(t, "customer.cart.items", cartScope, List).List(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Customer.EditCart().Items[0].SKU = "changed"
	if got := items[0].(*schemas.Item).SKU; got != "coffee" {
		t.Errorf("got %s", got)
	}
}

// What is a view of the evaluation is over with it: the next one may be another
// customer's.
func TestViewsAreNoElements(t *testing.T) {
	for _, src := range []string{`[dyn(event)]`, `[dyn(customer.orders)]`, `[dyn({"e": [event]})]`, `[[dyn(customer)]]`, `[dyn(optional.of(event))]`, `[customer.traits.views]`, `[dyn({"v": customer.traits.views})]`} {
		if items, err := compile(t, src, cartScope, List).List(input()); err == nil {
			t.Errorf("%s: %v", src, items)
		}
	}
	for _, src := range []string{`[dyn(event.items[0])]`, `[dyn({"i": event.items})]`, `[event.items]`, `[event.data]`} {
		if items, err := compile(t, src, cartScope, List).List(input()); err != nil || len(items) == 0 {
			t.Errorf("%s: %v, %v", src, items, err)
		}
	}
}

func TestBadItemJSON(t *testing.T) {
	list := compile(t, "event.items", cartScope, List)
	for _, raw := range []string{``, `{`, `3`, `"x"`, `[1]`, `nul`, `{"sku":3}x`} {
		if item, err := list.ItemFromJSON([]byte(raw)); err == nil {
			t.Errorf("%q: %v", raw, item)
		}
	}
}

func TestUses(t *testing.T) {
	for src, want := range map[string]string{
		`event.total > 3`: "event", `now`: "now", `run.sent`: "run", `1 + 1`: "",
		`customer.cart.total > 3`:           "customer customer.cart",
		`customer.country == "RO"`:          "customer customer.country",
		`customer`:                          "customer customer.cart customer.country customer.cycles customer.views",
		`viewed("s1") > 3`:                  "customer customer.views",
		`cycle("s1")`:                       "customer customer.cycles",
		`within(event.time, days(1))`:       "event now",
		`customer.traits.spent`:             "customer customer.traits now",
		`crossed("spent", 3)`:               "customer customer.traits now",
		`customer.segment == "loyal"`:       "customer customer.orders customer.segment now",
		`local(now)`:                        "customer now",
		`size(customer.views) > 0 || false`: "customer customer.views",
	} {
		e := compile(t, src, cartScope, Any)
		var got []string
		for _, name := range []string{"customer", "customer.cart", "customer.country", "customer.cycles", "customer.orders", "customer.segment", "customer.traits", "customer.views", "event", "item", "now", "run"} {
			if e.Uses(name) && !(e.uses["customer.*"] && (name == "customer.orders" || name == "customer.segment" || name == "customer.traits")) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", src, strings.Join(got, " "), want)
		}
		if e.IsConst() != (want == "") {
			t.Errorf("%s: IsConst %v", src, e.IsConst())
		}
		if e.Source() != src {
			t.Errorf("%s: Source %s", src, e.Source())
		}
	}
}

// The same expression gives the same bytes every time, whatever order Go's
// maps are in.
func TestDeterministic(t *testing.T) {
	in := input()
	in.Event.Raw = []byte(`{"m":{"d":4,"b":2,"a":1,"c":3,"e":5}}`)
	for src, want := range map[string]string{
		`{"d": 4, "b": 2, "a": 1, "c": 3, "e": 5}.map(k, k)`:                                    `["a","b","c","d","e"]`,
		`{"d": 4, "b": 2, "a": 1, "c": 3, "e": 5}.filter(k, k != "c").map(k, k)`:                `["a","b","d","e"]`,
		`{"d": 4, "b": 2, "a": 1, "c": 3, "e": 5}.transformList(k, v, v)`:                       `[1,2,3,4,5]`,
		`{"d": 4, "b": 2, "a": 1, "c": 3, "e": 5}.transformMap(k, v, v + 1).map(k, k).join("")`: `"abcde"`,
		`{3: "c", 1: "a", 2: "b"}.map(k, k)`:                                                    `[1,2,3]`,
		`event.data.m.map(k, event.data.m[k])`:                                                  `[1,2,3,4,5]`,
		`event.data.m.transformList(k, v, k + string(v))`:                                       `["a1","b2","c3","d4","e5"]`,
		`dyn({"d": 4, "b": 2, "a": 1}).map(k, k)`:                                               `["a","b","d"]`,
		`{"z": {"d": 4, "b": 2}, "a": [{"y": 1, "x": 2}]}`:                                      `{"a":[{"x":2,"y":1}],"z":{"b":2,"d":4}}`,
		`[{"d": 4, "b": 2, "a": 1, "c": 3}].map(m, m.map(k, k).join("") + string(m.size()))[0]`: `"abcd4"`,
		`customer.consent.map(k, k).join(",")`:                                                  `"email,sms"`,
		`{"a": 1, "b": 2}.exists(k, k == "b") && {"a": 1, "b": 2}.all(k, size(k) == 1) ? 1 : 2`: `1`,
	} {
		e, issues := NewCompiler(nil).Compile(src, cartScope, Any)
		if issues != nil {
			if want != "" {
				t.Errorf("%s: %+v", src, issues)
			}
			continue
		}
		for range 20 {
			if got := jsonOf(t, e, in); got != want {
				t.Fatalf("%s: got %s, want %s", src, got, want)
			}
		}
	}
}

// An expression may be evaluated by many at once; run with -race.
func TestConcurrentUse(t *testing.T) {
	exprs := []*Expr{
		compile(t, `event.items.exists(i, i.price > 10) && customer.attributes.vip`, cartScope, Any),
		compile(t, `customer`, cartScope, Any),
		compile(t, `{"b": event.data.extra, "a": customer.cart.total}`, cartScope, Any),
	}
	var want []string
	for _, e := range exprs {
		want = append(want, jsonOf(t, e, input()))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				if got := jsonOf(t, exprs[i%3], input()); got != want[i%3] {
					t.Errorf("got %s, want %s", got, want[i%3])
				}
			}
		})
	}
	wg.Wait()
}

// JSON appends, and leaves the buffer alone on an error.
func TestJSONAppends(t *testing.T) {
	b, err := compile(t, `[event.total, 1.0 / 0.0]`, cartScope, Any).JSON(input(), []byte("x"))
	if string(b) != "x" || err == nil {
		t.Errorf("got %s, %v", b, err)
	}
	b, err = compile(t, `"q\"\\\n\u0001é"`, cartScope, Any).JSON(input(), []byte("x"))
	if string(b) != `x"q\"\\\n\u0001é"` || err != nil {
		t.Errorf("got %s, %v", b, err)
	}
}

func BenchmarkEval(b *testing.B) {
	in := input()
	for _, src := range []string{
		"size(event.items) > 0", "customer.cart.total >= 30", `customer.country in ["RO", "FR"]`, "customer.orders.last_at < now - days(60)",
		"event.items.exists(i, i.price > 10)", "event.data.n > 3",
	} {
		e := compile(b, src, cartScope, Bool)
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Bool(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	c := NewCompiler(nil)
	for b.Loop() {
		if _, issues := c.Compile(`event.total > 30 && customer.country in ["RO", "FR"]`, cartScope, Bool); issues != nil {
			b.Fatal(issues)
		}
	}
}

func TestSourceOfState(t *testing.T) {
	c := state.New("x")
	e := compile(t, "customer.cart.cart_id", cartScope, Any)
	c.EditCart().ID = "new"
	if got := jsonOf(t, e, &Input{Customer: c}); got != `"new"` {
		t.Errorf("got %s", got)
	}
}
