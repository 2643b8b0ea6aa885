package expr

import (
	"strings"
	"testing"
)

// TestIssues shows what authors are told: place, message and hint.
func TestIssues(t *testing.T) {
	c := NewCompiler(declaredTraits)
	cart := Scope{Events: []string{"cart.updated"}}
	both := Scope{Events: []string{"cart.updated", "order.placed"}}
	for _, test := range []struct {
		src       string
		scope     Scope
		want      Want
		line, col int
		message   string
		hint      string
	}{
		// fields
		{`event.promised_att`, both, Any, 1, 7, `cart.updated or order.placed has no field promised_att`, `did you mean "promised_at"?`},
		{`event.totl > 3`, cart, Bool, 1, 7, `cart.updated has no field totl`, `did you mean "total"?`},
		{`event . totl > 3`, cart, Bool, 1, 9, `cart.updated has no field totl`, `did you mean "total"?`},
		{"event.total > 3 &&\n  event.totl > 3", cart, Bool, 2, 9, `cart.updated has no field totl`, `did you mean "total"?`},
		{`"ăîș" == event.totl`, cart, Bool, 1, 16, `cart.updated has no field totl`, `did you mean "total"?`},
		{`event.order_id == ""`, cart, Bool, 1, 7, `cart.updated has no field order_id`, `it has id, type, time, source, subject, data, cart_id, currency, total, items; what the schema does not know is read as event.data.order_id`},
		{`event.?totl.orValue(1.0) > 3`, cart, Bool, 1, 8, `cart.updated has no field totl`, `did you mean "total"?`},
		{`customer.contry == "RO"`, cart, Bool, 1, 10, `customer has no field contry`, `did you mean "country"?`},
		{`customer.cart.totl > 3`, cart, Bool, 1, 15, `cart has no field totl`, `did you mean "total"?`},
		{`customer.orders.recent[0].promised`, cart, Any, 1, 27, `order has no field promised`, `did you mean "promised_at"?`},
		{`event.items.exists(i, i.prize > 3)`, cart, Bool, 1, 25, `item has no field prize`, `did you mean "price"?`},
		{`customer.views.filter(v, v.price > 3).exists(w, w.skuu == "")`, cart, Bool, 1, 51, `view has no field skuu`, `did you mean "sku"?`},
		{`has(event.totl)`, cart, Bool, 1, 11, `cart.updated has no field totl`, `did you mean "total"?`},
		{`customer.traits.spnt > 3`, cart, Bool, 1, 17, `traits has no field spnt`, `did you mean "spent"?`},
		{`run.keyy`, Scope{Run: true}, Any, 1, 5, `run has no field keyy`, `did you mean "key"?`},
		{`customer.id.name`, cart, Any, 1, 13, `a text has no fields`, ``},
		// names
		{`evnt.total`, cart, Any, 1, 1, `there is no evnt`, `did you mean "event"?`},
		{`total > 3`, cart, Bool, 1, 1, `there is no total`, `write event.total`},
		{`country == "RO"`, cart, Bool, 1, 1, `there is no country`, `write customer.country`},
		{`foo == 1`, cart, Bool, 1, 1, `there is no foo`, `there are customer, event, now`},
		{`event.total > 3`, Scope{}, Bool, 1, 1, `event is not known here`, `there is no event here`},
		{`customer.points.day`, cart, Any, 1, 17, `a whole number has no fields`, ``},
		{`cart.total`, cart, Any, 1, 1, `there is no cart`, `write customer.cart`},
		{`item.sku`, cart, Any, 1, 1, `item is not known here`, `it is known where start has each`},
		{`run.sent > 0`, cart, Bool, 1, 1, `run is not known here`, `it is known in until, goal and steps`},
		{`crossed("spend", 100)`, cart, Bool, 1, 9, `no trait spend is declared`, `did you mean "spent"?`},
		{`crossed(customer.traits.nothing, 100)`, cart, Bool, 1, 24, `no trait nothing is declared`, `there are spent, views, brand, customer.points, customer.orders.count, customer.orders.revenue`},
		{`crossed("brand", 100)`, cart, Bool, 1, 9, `the trait brand is a text and crosses no number`, ``},
		{`before(customer.tiers) == ""`, cart, Bool, 1, 17, `customer has no field tiers`, `did you mean "tier"?`},
		{`before(customer.country) == ""`, cart, Bool, 1, 16, `what customer.country was before is not known`, `known are customer.tier, customer.points, customer.orders.count, customer.orders.revenue and traits`},
		{`before(customer.traits.brand) == ""`, cart, Bool, 1, 23, `what customer.traits.brand was before is not known`, "of traits, numbers without `by` are"},
		{`before(customer.traits.views) == {}`, cart, Bool, 1, 23, `what customer.traits.views was before is not known`, "of traits, numbers without `by` are"},
		{`before(customer.tier) == ""`, Scope{Run: true}, Bool, 1, 16, `before is known where a run starts, in when and key`, `keep it as the run's key, which steps read as run.key`},
		{`before("tier")`, cart, Any, 1, 8, `before needs the name of a field, as in before(customer.tier)`, ``},
		{`before(3)`, cart, Any, 1, 8, `before needs the name of a field, as in before(customer.tier)`, ``},
		{`before()`, cart, Any, 1, 1, `wrong number of arguments for before`, `write before(customer.tier)`},
		// elements
		{`[event]`, cart, List, 1, 1, `an event cannot be an element`, `list what each run is about, as event.items or [event.order_id]`},
		{`event.items.map(i, customer.cart)`, cart, List, 1, 1, `a cart cannot be an element`, `list what each run is about, as event.items or [event.order_id]`},
		{`[{"e": [customer]}]`, cart, List, 1, 1, `a customer cannot be an element`, `list what each run is about, as event.items or [event.order_id]`},
		{`[optional.of(event)]`, cart, List, 1, 1, `an optional value cannot be an element`, `list what each run is about, as event.items or [event.order_id]`},
		// functions
		{`day(3)`, cart, Any, 1, 1, `there is no function day`, `did you mean "days"?`},
		{`now + hour(3)`, cart, Any, 1, 7, `there is no function hour`, `did you mean "hours"?`},
		{`customer.email.lowerAsci()`, cart, Any, 1, 16, `there is no function lowerAsci`, `did you mean "lowerAscii"?`},
		{`within(now)`, cart, Bool, 1, 1, `wrong number of arguments for within`, `write within(timestamp, duration)`},
		{`cycle(3)`, cart, Any, 1, 1, `cycle does not take a whole number`, `write cycle(sku)`},
		{`within(now, 3)`, cart, Bool, 1, 1, `within does not take a timestamp and a whole number`, `write within(timestamp, duration)`},
		{`days("3")`, cart, Any, 1, 1, `days does not take a text`, `write days(n)`},
		{`event.items.exists(i > 3)`, cart, Bool, 1, 13, `wrong number of arguments for exists`, `write LIST.exists(x, CONDITION)`},
		{`has(3)`, cart, Bool, 1, 5, `has needs a field`, `write has(event.total)`},
		// operators
		{`event.total > "30"`, cart, Bool, 1, 13, `> cannot compare a number with a text`, `write the number without quotes; double(…) reads a number from a text`},
		{`event.time > "2026-01-01"`, cart, Bool, 1, 12, `> cannot compare a timestamp with a text`, `write timestamp("2026-03-01T00:00:00Z") for a moment`},
		{`event.time + 3`, cart, Any, 1, 12, `+ cannot add a timestamp and a whole number`, `write days(n), hours(n) or minutes(n) for a time span`},
		{`"n: " + 3`, cart, Any, 1, 7, `+ cannot add a text and a whole number`, `write string(…) around the number`},
		{`event.total && true`, cart, Bool, 1, 6, `this must be true or false but is a number`, ``},
		{`!event.total`, cart, Bool, 1, 1, `! cannot be put before a number`, ``},
		{`event.cart_id == 3`, cart, Bool, 1, 15, `== compares a text with a whole number, which are never equal`, `write the number without quotes`},
		{`event.cart_id == null`, cart, Bool, 1, 15, `== compares a text with null, which are never equal`, `only timestamps and durations can be null; ask with has(…) whether a field is there`},
		{`customer.country in [1, 2]`, cart, Bool, 1, 18, `in compares a text with a whole number, which are never equal`, `write the number without quotes`},
		{`event.total ? 1 : 2`, cart, Any, 1, 13, `? : needs true or false before the ? but has a number`, ``},
		{`true ? 1 : "a"`, cart, Any, 1, 6, `the two results of ? : differ: a whole number and a text`, ``},
		{`event.cart_id[0]`, cart, Any, 1, 14, `[ ] cannot take from a text the element at a whole number`, ``},
		// results
		{`event.total`, cart, Bool, 1, 1, `this must be true or false but is a number`, ``},
		{`  event.items`, cart, Bool, 1, 3, `this must be true or false but is a list`, `write size(…) > 0`},
		{`hours(12)`, cart, Timestamp, 1, 1, `this must be a timestamp but is a duration`, `add it to a timestamp, as in event.time + hours(12)`},
		{`event.items`, cart, Text, 1, 1, `this must be a text or number but is a list`, ``},
		{`event.total`, cart, List, 1, 1, `this must be a list but is a number`, ``},
		{`event.cart_id`, cart, Figure, 1, 1, `this must be a number but is a text`, ``},
		// literals
		{`timestamp("2026-01-01") < now`, cart, Bool, 1, 11, `this is no RFC 3339 timestamp`, `write timestamp("2026-03-01T00:00:00Z")`},
		{`now - duration("3d") > now`, cart, Bool, 1, 16, `CEL knows no such duration`, `write days(3), hours(2) or duration("90s")`},
		{`customer.email.matches("(")`, cart, Bool, 1, 24, `this is no regular expression in RE2's syntax`, ``},
		// syntax
		{``, cart, Bool, 1, 1, `the expression is empty`, ``},
		{`event.total >`, cart, Bool, 1, 14, `the expression ends too early`, ``},
		{`(event.total > 3`, cart, Bool, 1, 17, `) is missing`, ``},
		{`event.total = 3`, cart, Bool, 1, 13, `unexpected "="`, `write == to compare`},
		{`event.total > 3 and true`, cart, Bool, 1, 17, `unexpected "and"`, `write &&`},
		{`event.total > 3 & true`, cart, Bool, 1, 17, `unexpected "&"`, `write &&`},
		{`event.cart_id == "k1`, cart, Bool, 1, 18, `the text is not closed, or has a wrong \ in it`, ``},
		{strings.Repeat("(", 200), cart, Bool, 1, 1, `the expression is nested too deep`, ``},
		{strings.Repeat(" ", 5000), cart, Bool, 1, 1, `the expression has 5000 characters; 4096 are allowed`, ``},
		{`customer.views.all(a, customer.views.all(b, customer.views.all(c, customer.views.all(d, a == d))))`, cart, Bool, 1, 85, `the expression could take too much work: more than 500000 steps`, `loop over fewer lists at once`},
	} {
		_, issues := c.Compile(test.src, test.scope, test.want)
		if len(issues) == 0 {
			t.Errorf("%s: compiles", test.src)
			continue
		}
		want := Issue{test.line, test.col, test.message, test.hint}
		if issues[0] != want {
			t.Errorf("%s:\n got %+v\nwant %+v", test.src, issues[0], want)
		}
	}
}

// All mistakes come in one pass, sorted by place.
func TestAllIssuesAtOnce(t *testing.T) {
	_, issues := NewCompiler(nil).Compile("event.totl > 3 && customer.contry == 'RO' && foo()", Scope{Events: []string{"cart.updated"}}, Bool)
	var got []string
	for _, i := range issues {
		got = append(got, i.Message)
	}
	want := "cart.updated has no field totl|customer has no field contry|there is no function foo"
	if strings.Join(got, "|") != want {
		t.Errorf("got %s", strings.Join(got, "|"))
	}
}
