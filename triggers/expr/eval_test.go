package expr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// TestResults shows every name and function of the contract, as JSON.
func TestResults(t *testing.T) {
	c := NewCompiler(declaredTraits)
	for _, test := range []struct{ src, want string }{
		// event
		{`event.id`, `"e1"`}, {`event.type`, `"cart.updated"`}, {`event.source`, `"shop"`}, {`event.subject`, `"ana"`},
		{`event.time`, `"2026-03-01T10:00:00Z"`},
		{`event.cart_id`, `"k1"`}, {`event.total`, `"59.90"`}, {`event.total * 2`, `119.8`}, {`event.currency`, `""`},
		{`has(event.currency)`, `false`}, {`has(event.total)`, `true`}, {`has(event.data.total)`, `true`}, {`has(event.data.nothing)`, `false`},
		{`size(event.items)`, `2`}, {`event.items[0].sku`, `"coffee"`}, {`event.items[1].quantity`, `0.5`}, {`event.items[0].price`, `"19.95"`},
		{`event.items.map(i, i.price * i.quantity)`, `[39.9,20]`}, {`event.items.filter(i, i.price > 20)`, `[{"price":"40.00","quantity":0.5,"sku":"bread"}]`},
		{`event.items.exists(i, i.category == "drinks")`, `true`}, {`event.items[0] == customer.cart.items[0]`, `true`},
		{`event.data.total`, `"59.90"`}, {`event.data.extra`, `{"a":[1,2.5,"x"],"b":2}`}, {`event.data.extra.a[1]`, `2.5`}, {`event.data.n + 1`, `8`},
		{`event.data.total > 30`, `true`}, {`60 > event.data.total`, `true`}, {`event.data.cart_id > 3`, `error: an operation does not fit the type of the data`},
		{`event.data.none`, `null`}, {`event.data.nothing`, `error: the data has no field nothing`}, {`event.data.?nothing.orValue("x")`, `"x"`},
		{`event.data.extra.a.map(x, x)`, `[1,2.5,"x"]`}, {`event.data.extra.map(k, k)`, `["a","b"]`},
		// now, run
		{`now`, `"2026-03-01T10:00:00Z"`}, {`run.key`, `"k1"`}, {`run.sent`, `1`}, {`run.variant`, `"b"`}, {`now - run.started_at`, `"0s"`},
		{`run`, `{"key":"k1","sent":1,"started_at":"2026-03-01T10:00:00Z","variant":"b"}`},
		// customer
		{`customer.id`, `"ana"`}, {`customer.email`, `"ana@example.org"`}, {`customer.phone`, `""`}, {`customer.country in ["RO", "FR"]`, `true`},
		{`customer.timezone`, `"Europe/Bucharest"`}, {`customer.locale`, `"ro-RO"`}, {`customer.birthday`, `"1990-02-28"`}, {`customer.birthday.getFullYear()`, `1990`},
		{`customer.created_at`, `"2025-01-01T00:00:00Z"`}, {`customer.referred_by`, `""`}, {`has(customer.referred_by)`, `false`},
		{`customer.attributes.vip`, `true`}, {`customer.attributes`, `{"level":3,"tags":["a","b"],"vip":true}`}, {`has(customer.attributes.x)`, `false`},
		{`customer.attributes.x`, `error: the data has no field x`}, {`"a" in customer.attributes.tags`, `true`}, {`customer.attributes.level > 2.5`, `true`},
		{`customer.consent`, `{"email":true,"sms":false}`}, {`customer.consent.email`, `true`}, {`customer.consent.push`, `false`}, {`customer.consent["sms"]`, `false`},
		{`has(customer.consent.sms)`, `true`}, {`has(customer.consent.push)`, `false`},
		{`customer.cart.total`, `"59.90"`}, {`customer.cart.total >= 30`, `true`}, {`customer.cart.total == 59.9`, `true`}, {`customer.cart.total + 10 > 50`, `true`},
		{`customer.cart`, `{"cart_id":"k1","currency":"EUR","items":[{"category":"drinks","price":"19.95","quantity":2,"sku":"coffee"},{"price":"40.00","quantity":0.5,"sku":"bread"}],"total":"59.90","updated_at":"2026-03-01T10:00:00Z"}`},
		{`customer.cart.updated_at`, `"2026-03-01T10:00:00Z"`}, {`size(customer.cart.items)`, `2`},
		{`customer.views[0].sku`, `"s2"`}, {`customer.views[1]`, `{"at":"2026-02-01T09:00:00Z","category":"tea","price":"9.90","sku":"s1"}`},
		{`customer.coupons.exists(c, has(c.used_at))`, `true`}, {`customer.coupons[0].used_at`, `null`}, {`customer.coupons.filter(c, c.expires_at > now).map(c, c.code)`, `["CART-2"]`},
		{`customer.coupons[0].code`, `"CART-2"`}, {`double(customer.coupons[1].value) + 1.0`, `6`}, {`size(customer.coupons)`, `2`},
		{`customer.views.exists(v, v.sku == "s1")`, `true`}, {`customer.views[9].sku`, `error: the list has no such element`}, {`customer.views[?9].sku.orValue("none")`, `"none"`},
		{`customer.views.slice(0, 99)`, `error: the list has no such part`},
		{`customer.orders.count`, `3`}, {`customer.orders.revenue`, `"250.10"`}, {`customer.orders.first_at < customer.orders.last_at`, `true`},
		{`customer.orders.recent[0].order_id`, `"o3"`}, {`customer.orders.recent[0].total`, `"80.10"`}, {`customer.orders.recent[0].status`, `"delivered"`},
		{`customer.orders.recent[0].promised_at + hours(12)`, `"2026-01-19T06:00:00Z"`}, {`customer.orders.recent[1].promised_at + hours(12)`, `null`},
		{`customer.orders.recent[1]`, `{"at":"2025-06-15T12:00:00Z","currency":"EUR","order_id":"o2","status":"placed","total":"70"}`},
		{`customer.orders.recent.map(o, o.total).exists(t, t > 75)`, `true`},
		{`customer.points`, `1200`}, {`customer.tier`, `"gold"`}, {`customer.last_seen_at`, `"2026-03-01T09:00:00Z"`}, {`customer.segment`, `"loyal"`},
		{`customer.traits.spent`, `120.50`}, {`customer.traits.spent > 100`, `true`}, {`customer.traits.views["s1"]`, `7`}, {`customer.traits.views["s9"]`, `0`},
		{`customer.traits.views.s1 == 7`, `true`}, {`has(customer.traits.views.s9)`, `false`}, {`has(customer.traits.views.s1)`, `true`}, {`customer.traits.views`, `{"s1":7}`}, {`customer.traits.brand`, `"acme"`},
		// functions
		{`days(2)`, `"2d"`}, {`hours(36)`, `"1d12h"`}, {`minutes(90)`, `"1h30m"`}, {`days(0.5)`, `"12h"`}, {`days(1) - hours(1)`, `"23h"`}, {`hours(1) * 3`, `"3h"`}, {`2 * days(1)`, `"2d"`}, {`days(1) / 2`, `"12h"`},
		{`within(timestamp("9999-12-31T23:59:59Z"), days(7))`, `false`}, {`within(timestamp("0001-01-01T00:00:00Z"), days(7))`, `false`},
		{`hours(49) / 49 == hours(1)`, `true`}, {`minutes(2.05) == duration("123s")`, `true`}, {`days(1) * 0.1 == duration("8640s")`, `true`}, {`hours(1) / 7`, `"8m34.285714s"`},
		{`within(customer.last_seen_at, days(1))`, `true`}, {`within(customer.created_at, days(1))`, `false`}, {`within(now + hours(3), hours(3))`, `true`}, {`within(now + hours(4), hours(3))`, `false`},
		{`cycle("coffee")`, `"10d"`}, {`cycle("bread")`, `null`}, {`event.time + cycle(event.items[0].sku) - days(3)`, `"2026-03-08T10:00:00Z"`},
		{`viewed("s1")`, `7`}, {`viewed("s9")`, `0`}, {`viewed(customer.views[0].sku) == 1`, `true`},
		{`crossed("spent", 100)`, `true`}, {`crossed("spent", 99.5)`, `false`}, {`crossed("spent", 120.5)`, `true`}, {`crossed("spent", 121)`, `false`}, {`crossed("views", 3)`, `false`},
		{`crossed(customer.traits.spent, 100)`, `true`}, {`crossed(spent, 100)`, `true`}, {`crossed(customer.points, 100)`, `true`}, {`crossed(customer.orders.count, 1)`, `false`},
		{`local(now)`, `"2026-03-01T12:00:00+02:00"`}, {`local(now).getHours()`, `12`}, {`now.getHours()`, `10`}, {`local(now) == now`, `true`}, {`local(now).getDayOfWeek()`, `0`}, {`now.getHours("Asia/Tokyo")`, `19`},
		{`timestamp("2026-03-01T10:00:00+02:00")`, `"2026-03-01T08:00:00Z"`}, {`(timestamp("2026-03-01T10:00:00+02:00") + days(60)).getHours()`, `8`}, {`now.getHours("Local")`, `error: there is no such time zone`},
		// CEL's own
		{`"a,b".split(",")`, `["a","b"]`}, {`"Ana".lowerAscii()`, `"ana"`}, {`["b", "a"].sort()`, `["a","b"]`}, {`event.items.map(i, i.category).distinct()`, `["drinks",""]`},
		{`math.greatest(customer.points, 2000)`, `2000`}, {`{"b": 1, "a": customer.cart.total}`, `{"a":59.9,"b":1}`}, {`"x".matches("^[a-z]$")`, `true`}, {`"%s!".format([customer.tier])`, `"gold!"`},
		{`event.score == 3`, ``}, {`9 in [9.0, 10]`, `true`}, {`customer.points in [1200.0]`, `true`}, {`1 < 2.5 && 2.5 > 1`, `true`}, {`3 / 2`, `1`}, {`3 / 2.0`, `1.5`},
		{`event.items.transformList(i, v, string(i) + v.sku)`, `["0coffee","1bread"]`}, {`sets.contains(event.items.map(i, i.sku), ["bread"])`, `true`},
		{strings.Repeat(`event.total > 3 || `, 60) + `false`, `true`}, {strings.Repeat(`"a" + `, 60) + `"b"`, `"` + strings.Repeat("a", 60) + `b"`}, {strings.Repeat("(", 12) + "1" + strings.Repeat(")", 12), `1`},
		{`1 / 0`, `error: division by zero`}, {`1.0 / 0.0`, `error: the number is infinite or not a number`}, {`optional.none()`, `null`}, {`type(1) == int`, `true`},
		{`int(event.data.total)`, `error: a value cannot be converted`}, {`timestamp("2026-01-01T00:00:00.250Z")`, `"2026-01-01T00:00:00.25Z"`}, {`duration("1.5s")`, `"1.5s"`}, {`-days(1)`, ``}, {`now - customer.last_seen_at`, `"1h"`},
	} {
		e, issues := c.Compile(test.src, cartScope, Any)
		if issues != nil {
			if test.want != "" {
				t.Errorf("%s: %+v", test.src, issues)
			}
			continue
		}
		if test.want == "" {
			t.Errorf("%s: compiles", test.src)
			continue
		}
		if got := jsonOf(t, e, input()); got != test.want {
			t.Errorf("%s: got %s, want %s", test.src, got, test.want)
		}
	}
}

// Null spreads through arithmetic and fields, is false in an order, and equal
// to itself only.
func TestNull(t *testing.T) {
	c := NewCompiler(nil)
	in := &Input{Event: &schemas.Event{Type: "order.placed", Kind: schemas.OrderPlaced, Time: at("2026-03-01T10:00:00Z"), Raw: []byte("{}")}, Now: at("2026-03-01T10:00:00Z"), Customer: state.New("new")}
	// X is an absent timestamp, D an absent duration.
	for src, want := range map[string]string{
		`X`: `null`, `X + hours(1)`: `null`, `hours(1) + X`: `null`, `X - hours(1)`: `null`, `X - now`: `null`, `now - X`: `null`, `X - X`: `null`,
		`now + D`: `null`, `D + now`: `null`, `now - D`: `null`, `D + D`: `null`, `D - days(1)`: `null`, `D * 2`: `null`, `D / 2`: `null`, `now + D - days(3)`: `null`, `X + D`: `null`,
		`X == null`: `true`, `X != null`: `false`, `null == X`: `true`, `D == null`: `true`, `now == null`: `false`, `X == X`: `true`, `X == now`: `false`, `X != now`: `true`, `D == days(1)`: `false`,
		`X < now`: `false`, `X <= now`: `false`, `X > now`: `false`, `X >= now`: `false`, `now < X`: `false`, `now >= X`: `false`, `X <= X`: `false`, `D < days(1)`: `false`, `D > days(1)`: `false`,
		`X < now - days(60)`: `false`, `!(X < now)`: `true`, `now - X > days(3)`: `false`, `X == null || X < now`: `true`,
		`within(X, days(1))`: `false`, `within(now, D)`: `false`, `local(X)`: `null`, `X.getHours()`: `null`, `X.getFullYear() == 2026`: `false`, `local(X).getHours() > 8`: `false`, `D.getHours()`: `null`,
		`has(event.promised_at)`: `false`, `has(event.promised_at) ? event.promised_at : now`: `"2026-03-01T10:00:00Z"`, `X != null ? X : now + hours(1)`: `"2026-03-01T11:00:00Z"`,
		`X != null ? X + hours(1) : null`: `null`, `true ? null : now`: `null`, `D > days(4) ? now + D : now + hours(1)`: `"2026-03-01T11:00:00Z"`, `[X, now]`: `[null,"2026-03-01T10:00:00Z"]`, `{"x": X}`: `{"x":null}`,
		`event.?promised_at.orValue(now)`: `"2026-03-01T10:00:00Z"`, `[X, now].exists(t, t == null)`: `true`,
	} {
		for _, x := range []string{"event.promised_at", "customer.birthday", "customer.last_seen_at", "customer.created_at", "customer.cart.updated_at", "customer.orders.first_at", "customer.orders.last_at"} {
			text := strings.ReplaceAll(replaceWord(src, "X", x), "D", `cycle("unknown")`)
			e, issues := c.Compile(text, Scope{Events: []string{"order.placed"}}, Any)
			if issues != nil {
				t.Errorf("%s: %+v", text, issues)
				break
			}
			if got := jsonOf(t, e, in); got != want {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
		}
	}
}

func replaceWord(s, word, with string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == word[0] {
			b.WriteString(with)
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func TestResultTypes(t *testing.T) {
	in := input()
	if ok, err := compile(t, "size(event.items) > 0", cartScope, Bool).Bool(in); !ok || err != nil {
		t.Errorf("Bool: %v, %v", ok, err)
	}
	if _, err := compile(t, "event.data.n", cartScope, Bool).Bool(in); err == nil || err.Error() != "the result is a whole number and not true or false" {
		t.Errorf("Bool of a number: %v", err)
	}
	if got, ok, err := compile(t, "event.time + hours(12)", cartScope, Timestamp).Timestamp(in); got != at("2026-03-01T22:00:00Z") || !ok || err != nil {
		t.Errorf("Timestamp: %v, %v, %v", got, ok, err)
	}
	if got, ok, err := compile(t, "customer.orders.recent[1].promised_at + hours(12)", cartScope, Timestamp).Timestamp(in); got != 0 || ok || err != nil {
		t.Errorf("Timestamp of null: %v, %v, %v", got, ok, err)
	}
	in.Event.Raw = []byte(`{"n":7,"none":null,"total":"59.90","day":"2026-05-01","when":"2026-05-01T10:00:00+02:00","bad":"soon"}`)
	for src, want := range map[string]string{"event.data.day": "2026-05-01T00:00:00Z", "event.data.when": "2026-05-01T08:00:00Z", "customer.birthday": "1990-02-28T00:00:00Z", "local(now)": "2026-03-01T10:00:00Z"} {
		if got, ok, err := compile(t, src, cartScope, Timestamp).Timestamp(in); got.String() != want || !ok || err != nil {
			t.Errorf("Timestamp of %s: %v, %v, %v", src, got, ok, err)
		}
	}
	if _, _, err := compile(t, "event.data.bad", cartScope, Timestamp).Timestamp(in); err == nil {
		t.Error("Timestamp of a word: no error")
	}
	for src, want := range map[string]string{
		"event.cart_id": "k1", "event.total": "59.9", "customer.points": "1200", "event.total > 3": "true", "event.data.n": "7", "event.time": "2026-03-01T10:00:00Z", "1e3": "1000", "-0.0": "0",
	} {
		if got, err := compile(t, src, cartScope, Text).Text(in); got != want || err != nil {
			t.Errorf("Text of %s: %q, %v; want %q", src, got, err, want)
		}
	}
	if _, err := compile(t, "event.data.none", cartScope, Text).Text(in); err == nil {
		t.Error("Text of null: no error")
	}
	for src, want := range map[string]string{
		"event.total": "59.90", "customer.cart.total": "59.90", "event.items[0].price": "19.95", "customer.orders.recent[0].total": "80.10", "customer.points": "1200",
		"event.total * 2": "119.8", "1": "1", "event.data.n": "7", "event.data.total": "59.90", "customer.traits.spent": "120.50", "0.1 + 0.2": "0.3", "item.price": "19.95",
	} {
		scope := Scope{Events: []string{"cart.updated"}, Item: compile(t, "event.items", cartScope, List)}
		in.Item = &in.Event.Items[0]
		if got, ok, err := compile(t, src, scope, Figure).Figure(in); got.String() != want || !ok || err != nil {
			t.Errorf("Figure of %s: %v, %v, %v; want %s", src, got, ok, err, want)
		}
	}
	if _, _, err := compile(t, "1.0 / 0.0", cartScope, Figure).Figure(in); err == nil {
		t.Error("Figure of infinity: no error")
	}
}

// Large sums of cents stay exact on plain paths, beyond what a double holds.
func TestExactAmounts(t *testing.T) {
	in := input()
	in.Event.Total = amount("90071992547409.93")
	if got := jsonOf(t, compile(t, "event.total", cartScope, Any), in); got != `"90071992547409.93"` {
		t.Errorf("JSON: %s", got)
	}
	if got, _, _ := compile(t, "event.total", cartScope, Figure).Figure(in); got.String() != "90071992547409.93" {
		t.Errorf("Figure: %s", got)
	}
	for _, s := range []string{"0", "0.00", "59.90", "-3.5", "0.1", "123456789.123456789", "9007199254740993", "1234567890123456789", "0.0000000000000000001"} {
		if got, want := float64(doubleOf(amount(s))), amount(s).Float(); got != want {
			t.Errorf("double of %s: %v, want %v", s, got, want)
		}
	}
}

// Every field of the schema can be read.
func TestEveryEventField(t *testing.T) {
	c := NewCompiler(nil)
	for _, k := range schemas.Kinds() {
		for _, f := range schemas.FieldsOf(k) {
			e, issues := c.Compile("event."+f.Name, Scope{Events: []string{k.String()}}, Any)
			if issues != nil {
				t.Errorf("%v.%s: %+v", k, f.Name, issues)
				continue
			}
			in := &Input{Event: &schemas.Event{Type: k.String(), Kind: k, Raw: []byte("{}")}, Customer: state.New("x")}
			want := map[schemas.FieldType]string{
				schemas.String: `""`, schemas.Bool: "false", schemas.Int: "0", schemas.Number: "0", schemas.AmountType: `"0"`,
				schemas.Timestamp: "null", schemas.ItemList: "[]", schemas.StringList: "[]", schemas.Object: "{}",
			}[f.Type]
			if got := jsonOf(t, e, in); got != want {
				t.Errorf("%v.%s absent: got %s, want %s", k, f.Name, got, want)
			}
			has, _ := c.Compile("has(event."+f.Name+")", Scope{Events: []string{k.String()}}, Bool)
			if got := jsonOf(t, has, in); got != "false" {
				t.Errorf("has(%v.%s): %s", k, f.Name, got)
			}
			in.Event.Present = in.Event.Present.With(f.ID)
			if got := jsonOf(t, has, in); got != "true" {
				t.Errorf("has(%v.%s) where present: %s", k, f.Name, got)
			}
		}
	}
}

// An event type that the schema does not know can have any field; beside known
// ones a field is the schema's where the event has it.
func TestUnknownEventTypes(t *testing.T) {
	in := input()
	in.Event = &schemas.Event{Type: "pos.sale", Raw: []byte(`{"shop":"Cluj","total":12.5,"lines":[{"sku":"s1"}]}`), Time: 1}
	for src, want := range map[string]string{
		"event.shop": `"Cluj"`, "event.total > 10": "true", "event.lines[0].sku": `"s1"`, "event.foo": "error: the data has no field foo", "has(event.foo)": "false", "event.type": `"pos.sale"`,
		"event": `{"data":{"lines":[{"sku":"s1"}],"shop":"Cluj","total":12.5},"time":"1970-01-01T00:00:00.000001Z","type":"pos.sale"}`,
	} {
		if got := jsonOf(t, compile(t, src, Scope{Events: []string{"pos.sale"}}, Any), in); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
	in.Event.Raw = []byte(`{"total":"12.50","currency":7,"items":[{"sku":"s1","quantity":2,"price":"6.25"}],"promised_at":"2026-03-01T10:00:00+02:00","cart_id":null,"codes":["X"]}`)
	for src, want := range map[string]string{
		"event.total": `"12.50"`, "event.total + 1": "13.5", "event.currency": `"7"`, "event.items[0].price * 2": "12.5", "event.promised_at": `"2026-03-01T08:00:00Z"`,
		"event.order_id": `""`, "event.cart_id": `""`, "has(event.cart_id)": "false", "has(event.total)": "true", "event.codes": `["X"]`, "event.coupon": "error: the data has no field coupon",
	} {
		e := compile(t, src, Scope{Events: []string{"pos.sale", "order.placed"}}, Any)
		if got := jsonOf(t, e, in); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
	in.Event.Raw = []byte(`{"total":12.5}`)
	both := compile(t, "event.total > 10 && event.total < 60", Scope{Events: []string{"pos.sale", "cart.updated"}}, Bool)
	for _, ev := range []*schemas.Event{in.Event, cartEvent()} {
		in.Event = ev
		if ok, err := both.Bool(in); !ok || err != nil {
			t.Errorf("%s: %v, %v", ev.Type, ok, err)
		}
	}
}

// A field may be empty in events of another type of the union.
func TestUnionOfTypes(t *testing.T) {
	e := compile(t, `event.cart_id == "k1" && event.order_id == ""`, Scope{Events: []string{"cart.updated", "order.placed"}}, Bool)
	if ok, err := e.Bool(input()); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

// Without customer, run, event or facts nothing panics.
func TestEmptyInput(t *testing.T) {
	for _, src := range []string{"customer", "event", "run", "now", "cycle('x')", "local(now)", "crossed('spent', 1)", "customer.traits", "customer.traits.views.x", "customer.segment"} {
		if got := jsonOf(t, compile(t, src, cartScope, Any), &Input{}); strings.HasPrefix(got, "error") {
			t.Errorf("%s: %s", src, got)
		}
	}
}

// In steps of date and schedule triggers the event is the occurrence.
func TestOccurrence(t *testing.T) {
	in := input()
	in.Event = &schemas.Event{ID: "2026-03-01", Type: "date", Time: at("2026-03-01T10:00:00Z"), Raw: []byte("{}")}
	scope := Scope{Occurrence: true, Run: true}
	if got := jsonOf(t, compile(t, `event.id + " " + string(event.time)`, scope, Any), in); got != `"2026-03-01 2026-03-01T10:00:00Z"` {
		t.Errorf("got %s", got)
	}
	_, issues := NewCompiler(nil).Compile("event.total", scope, Any)
	if len(issues) != 1 || issues[0].Message != "an occurrence has no field total" {
		t.Errorf("got %+v", issues)
	}
}

// A change of a product has its sku and what was known before.
func TestChangesOfProducts(t *testing.T) {
	change, err := schemas.FromData("e1", "shop", "product.updated", "tea", 1, []byte(`{"stock":3,"price":"4.50","previous_price":"5.10","previous_stock":0}`))
	if err != nil {
		t.Fatal(err)
	}
	first, err := schemas.FromData("e2", "shop", "product.updated", "tea", 1, []byte(`{"stock":3,"sku":"pot"}`))
	if err != nil {
		t.Fatal(err)
	}
	looked, err := schemas.FromData("e3", "shop", "product.viewed", "ana", 1, []byte(`{"sku":"mug"}`))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := schemas.FromData("e4", "shop", "product.watched", "ana", 1, []byte(`{"sku":7}`))
	if err != nil {
		t.Fatal(err)
	}
	only := []string{"product.updated"}
	for _, c := range []struct {
		ev     *schemas.Event
		events []string
		src    string
		want   string
	}{
		{change, only, "event.sku", `"tea"`},
		{change, only, "event.previous_price", `"5.10"`},
		{change, only, "event.previous_price - event.price > 0.5 && event.previous_stock == 0", "true"},
		{change, only, "has(event.previous_stock)", "true"},
		{first, only, "event.sku", `"tea"`},
		{first, only, "has(event.previous_stock) || has(event.previous_price) || event.previous_stock != 0", "false"},
		{looked, []string{"product.viewed", "product.updated"}, "event.sku", `"mug"`},
		{change, []string{"product.viewed", "product.updated"}, "event.sku", `"tea"`},
		{asked, []string{"product.watched", "product.updated"}, "event.sku", `"7"`},
		{change, []string{"product.watched", "product.updated"}, "event.sku", `"tea"`},
	} {
		e, issues := NewCompiler(nil).Compile(c.src, Scope{Events: c.events}, Any)
		if issues != nil {
			t.Errorf("%s: %v", c.src, issues)
			continue
		}
		got, err := e.JSON(&Input{Event: c.ev, Now: 1}, nil)
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %s: %s, %v; want %s", c.src, c.ev.ID, got, err, c.want)
		}
	}
	if _, issues := NewCompiler(nil).Compile("event.previous_prise > 1", Scope{Events: only}, Bool); len(issues) != 1 || !strings.Contains(issues[0].Hint, "previous_price") {
		t.Errorf("a misspelt field: %v", issues)
	}
	if _, issues := NewCompiler(nil).Compile("event.previous_price > 1", Scope{Events: []string{"product.viewed"}}, Bool); len(issues) == 0 {
		t.Error("a product that was looked at has a previous price")
	}
}

func TestTextsAreOneOrMany(t *testing.T) {
	for src, want := range map[string]string{
		`"tea"`: "[tea]", "7": "[7]", "customer.cart.items.map(i, i.sku)": "[coffee bread]", "[]": "[]", "customer.orders.recent.map(o, o.total)": "[80.1 70]",
	} {
		e, issues := NewCompiler(nil).Compile(src, Scope{}, Texts)
		if issues != nil {
			t.Errorf("%s: %v", src, issues)
			continue
		}
		if got, err := e.Texts(&Input{Customer: ana(), Now: 1}); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v; want %s", src, got, err, want)
		}
	}
	for _, src := range []string{"customer.cart.items", "customer.cart", "null"} {
		if _, issues := NewCompiler(nil).Compile(src, Scope{}, Texts); len(issues) != 1 || !strings.Contains(issues[0].Message, "a text or a list of texts") {
			t.Errorf("%s: %v", src, issues)
		}
	}
}
