package expr

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// bigEvent is about what the decoder lets through at most.
func bigEvent() *schemas.Event {
	return &schemas.Event{Type: "x.y", Raw: []byte(`{"a":"` + strings.Repeat("a", 400<<10) + `","l":[` + strings.Repeat("1,", 100000) + `1]}`)}
}

var hostile = []string{
	"event.a.replace('', event.a)", "event.a + event.a", "event.l.map(x, event.a).join()", "event.l.map(x, 'x').join(event.a)",
	"'%s%s'.format([event.a, event.a])", "event.l.distinct()", "sets.contains(event.l, event.l)", "event.l.map(x, event.l.map(y, x+y))",
	"event.l.exists(x, event.l.exists(y, x < y - 10))", "event.l.filter(x, x in event.l)", "lists.range(1000000)",
	"event.l.all(x, event.l.all(y, event.l.all(z, x == y)))", "lists.range(900).map(x, lists.range(900))",
	"event.a.matches('(a*)*b')", "event.a.matches(event.a)", "event.a.split('').map(c, event.a)",
	strings.Repeat("(", 4000), strings.Repeat("[", 4000), strings.Repeat("a.", 2000) + "b", strings.Repeat("!", 4000) + "true", strings.Repeat("-", 4000) + "1",
	strings.Repeat("1+", 1500) + "1", strings.Repeat("x?", 1500) + "1", strings.Repeat("{1:", 1000), strings.Repeat("f(", 1000), strings.Repeat("has(", 300),
	strings.Repeat("a ", 2000), strings.Repeat("'", 4001), strings.Repeat("\"\\u0041", 500), "[" + strings.Repeat("'a'+", 900) + "'1']",
	strings.Repeat("[1].map(x,", 300) + "1" + strings.Repeat(")", 300), strings.Repeat("true||", 600) + "true", strings.Repeat("event.l == event.l &&", 150) + "true",
	strings.Repeat("event.items.exists(x, ", 40) + "true" + strings.Repeat(")", 40), strings.Repeat("event.total.exists_one(x, x).", 130) + "a",
	strings.Repeat("event.items.map(x, event.items.filter(y, x == y)) + ", 70) + "[]", "event.a.matches('" + strings.Repeat("(a{1,30}){1,30}", 10) + "')",
	"event.a.matches('" + strings.Repeat("a?", 1000) + strings.Repeat("a", 1000) + "')", "event.a.matches('((((a{1,100}){1,100}){1,100}))')",
	"'" + strings.Repeat("x", 3990) + "'", "[" + strings.Repeat("1,", 1990) + "1]", "{" + strings.Repeat("'a':1,", 600) + "'b':1}", strings.Repeat("9", 4000),
	"1e" + strings.Repeat("9", 3000), "b'" + strings.Repeat("\\xff", 900) + "'", strings.Repeat("event.total > 1 || ", 180) + "true",
	strings.Repeat("(event.total > 1 ? ", 150) + "1" + strings.Repeat(" : 2)", 150), strings.Repeat("customer.vews == 1 && ", 180) + "true",
	strings.Repeat("cycl(1) + ", 400) + "1", strings.Repeat("[[1,2],[3,4]] + ", 200) + "[]", strings.Repeat("`a`.", 900), strings.Repeat("a\n", 1900), strings.Repeat("// c\n", 700) + "x",
	"'" + strings.Repeat("a", 1000) + "'.replace('a', '" + strings.Repeat("b", 1000) + "').replace('b', '" + strings.Repeat("c", 1000) + "')",
}

// A hostile expression is refused at load or stopped at run time, soon. The
// bound is on CPU time, and wide for slow machines and the race detector; without
// the limits most would run for minutes or take all memory.
func TestHostileExpressionsEndSoon(t *testing.T) {
	c := NewCompiler(nil)
	in := &Input{Event: bigEvent(), Now: 1, Customer: state.New("ana")}
	for _, src := range hostile {
		start := cpuTime()
		e, issues := c.Compile(src, Scope{Events: []string{"x.y"}}, Any)
		if issues == nil {
			if _, err := e.JSON(in, nil); err != nil && err.Error() == errInternal {
				t.Errorf("%.60s: panics", src)
			}
		}
		if took := cpuTime() - start; took > 3*time.Second {
			t.Errorf("%.60s: %v", src, took)
		}
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // not reached: the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkHostileExpressions compiles each; less than 100 ms is asked for, of
// the worst.
func BenchmarkHostileExpressions(b *testing.B) {
	c := NewCompiler(nil)
	worst, which := time.Duration(0), ""
	for b.Loop() {
		for _, src := range hostile {
			for _, on := range []string{"x.y", "order.placed"} {
				start := cpuTime()
				c.Compile(src, Scope{Events: []string{on}}, Any)
				if took := cpuTime() - start; took > worst {
					worst, which = took, src
				}
			}
		}
	}
	b.Logf("the worst is %.60q", which)
	b.ReportMetric(float64(worst.Microseconds())/1000, "cpu-ms-worst")
}

func TestCostLimitSaysSo(t *testing.T) {
	e := compile(t, "event.l.exists(x, event.l.exists(y, x < y - 10))", Scope{Events: []string{"x.y"}}, Bool)
	if _, err := e.Bool(&Input{Event: bigEvent()}); !errors.Is(err, ErrCost) {
		t.Errorf("got %v", err)
	}
}

// Errors quote the expression at most, never the data.
func TestErrorsKeepDataBack(t *testing.T) {
	in := &Input{Now: 1, Event: &schemas.Event{Type: "x.y", Raw: []byte(`{"secret":"ana@example.org","m":{"k":1}}`)}}
	for _, src := range []string{
		"event.m[event.secret]", "int(event.secret)", "timestamp(event.secret)", "duration(event.secret)", "double(event.secret)", "event.secret + 1", "event.secret.foo",
		"event.secret.matches(event.secret + '(')", "now.getHours(event.secret)", "event.secret[0]", "[1][event.secret]", "event.m < event.secret", "event.secret ? 1 : 2", "!event.secret",
		"event.secret.exists(x, x)", "bool(event.secret)", "event.secret.substring(99)", "event.secret.charAt(99)", "days(event.secret)", "within(event.secret, days(1))",
		"{event.secret: 1}[event.m]", "event.m.foo", "event.data.secret.x", "customer.attributes[event.secret]", "sets.contains(event.secret, [1])", "event.secret.join()", "-event.secret", "event.secret / 2",
	} {
		e, issues := NewCompiler(nil).Compile(src, Scope{Events: []string{"x.y"}}, Any)
		if issues != nil {
			t.Errorf("%s: %+v", src, issues)
			continue
		}
		b, err := e.JSON(in, nil)
		if err == nil {
			t.Errorf("%s: no error but %s", src, b)
		} else if err.Error() == errInternal {
			t.Errorf("%s: panics", src)
		} else if strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), "example") {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, src := range hostile {
		f.Add(src)
	}
	for _, src := range []string{"event.total > 3", "customer.views.exists(v, v.sku == event.data.x)", "{'a': 1}.map(k, k)", "crossed(customer.points, 3)", "has(customer.consent.x)", "a ? b : c", "event.?x.orValue(1)", "crossed(1, 2)", "has(a.b.c)", "event.total > 3 && !(event.total <= 3) || event.x == '59.90'"} {
		f.Add(src)
	}
	c := NewCompiler(declaredTraits)
	in := input()
	f.Fuzz(func(t *testing.T, src string) {
		for _, scope := range []Scope{cartScope, {Events: []string{"x.y"}}} {
			e, issues := c.Compile(src, scope, Any)
			if (e == nil) == (issues == nil) {
				t.Fatalf("%q: expression %v, issues %v", src, e, issues)
			}
			lines := strings.Split(src, "\n")
			for _, i := range issues {
				if i.Line < 1 || i.Line > len(lines) || i.Col < 1 || i.Col > len([]rune(lines[i.Line-1]))+1 {
					t.Fatalf("%q: place outside of the source: %+v", src, i)
				}
			}
			if e == nil {
				continue
			}
			one, err := e.JSON(in, nil)
			if err != nil && err.Error() == errInternal {
				t.Fatalf("%q: panics", src)
			}
			two, err2 := e.JSON(in, nil)
			if string(one) != string(two) || (err == nil) != (err2 == nil) {
				t.Fatalf("%q: %s, %v and then %s, %v", src, one, err, two, err2)
			}
			if e.out.String() == "bool" {
				got, err := e.Bool(in)
				if want, wantErr := asked(e, in); got != want || (err == nil) != (wantErr == nil) {
					t.Fatalf("%q: gates say %t, %v; CEL %t, %v", src, got, err, want, wantErr)
				}
			}
			if string(one) == "true" && e.Holds().Impossible() || string(one) == "false" && e.Fails().Impossible() {
				t.Fatalf("%q: %s, which was proven never to be", src, one)
			}
		}
	})
}
