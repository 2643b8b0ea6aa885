package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// asked is what CEL answers without the gates.
func asked(e *Expr, in *Input) (bool, error) {
	bare := *e
	bare.gates, bare.gated = nil, false
	return bare.Bool(in)
}

// Whatever is compared, the gates give the answer that CEL gives.
func TestGatesAgreeWithCEL(t *testing.T) {
	var all []string
	for _, field := range []string{"event.cart_id", "customer.country", "customer.tier", "event.currency", "customer.segment", "customer.traits.brand"} {
		for _, text := range []string{"k1", "RO", "gold", "", "loyal", "acme"} {
			for _, c := range []string{`== "%s"`, `!= "%s"`, `in ["%s"]`, `in ["x", "%s"]`} {
				all = append(all, fmt.Sprintf(field+" "+c, text))
			}
		}
		all = append(all, `"RO" == `+field, `"RO" != `+field)
	}
	for _, field := range []string{"event.total", "customer.points", "customer.orders.count", "customer.cart.total", "customer.orders.revenue", "customer.traits.spent"} {
		for _, op := range []string{"==", "!=", "<", "<=", ">", ">="} {
			for _, n := range []string{"3", "59.9", "59.90", "1200", "1200.0", "-1", "0", "250.1", "120.5", "9007199254740993"} {
				all = append(all, field+" "+op+" "+n, n+" "+op+" "+field)
			}
		}
	}
	for _, size := range []string{"size(event.items)", "event.items.size()", "size(customer.views)", "size(customer.orders.recent)", "size(customer.cart.items)", "customer.coupons.size()"} {
		for _, op := range []string{"==", "!=", "<", "<=", ">", ">="} {
			for _, n := range []string{"0", "1", "2", "3"} {
				all = append(all, size+" "+op+" "+n, n+" "+op+" "+size)
			}
		}
	}
	simple := len(all)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		pick := func() string { return all[rng.IntN(len(all))] }
		all = append(all, pick()+" && "+pick(), pick()+" && event.extra.b > 1 && "+pick(), pick()+" && event.data.nothing == 1", pick()+" || "+pick())
	}
	in, c := input(), NewCompiler(declaredTraits)
	for i, src := range all {
		src = strings.ReplaceAll(src, "event.extra", "event.data.extra")
		e, issues := c.Compile(src, cartScope, Bool)
		if issues != nil {
			t.Fatalf("%s: %+v", src, issues)
		}
		if i < simple && !e.gated && !strings.Contains(src, "9007199254740993") {
			t.Errorf("%s: left to CEL", src)
		}
		got, err := e.Bool(in)
		want, wantErr := asked(e, in)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %t, %v; CEL says %t, %v", src, got, err, want, wantErr)
		}
	}
}

// What is not a field with a value of its own is CEL's.
func TestWhatHasNoGate(t *testing.T) {
	for _, src := range []string{
		"event.total > customer.cart.total", "event.data.n == 7", "event.promised_at == null", `size(event.cart_id) > 0`, `event.cart_id < "k"`,
		`"k1" in customer.attributes`, "event.total in [59.9]", `customer.views[0].sku == "s2"`, "has(event.total)", "customer.orders.count > 9007199254740993",
		`event.cart_id == "a" || event.cart_id == "b"`, `!(event.cart_id == "a")`,
	} {
		scope := Scope{Events: []string{"cart.updated", "order.placed"}}
		if e := compile(t, src, scope, Bool); len(e.gates) > 0 {
			t.Errorf("%s: %+v", src, e.gates)
		}
	}
}

func BenchmarkGate(b *testing.B) {
	in := input()
	for _, src := range []string{`customer.country == "FR"`, `customer.country == "FR" && event.items.exists(i, i.price > 3.0)`, "event.total >= 30"} {
		e, issues := NewCompiler(nil).Compile(src, cartScope, Bool)
		if issues != nil {
			b.Fatal(issues)
		}
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Bool(in)
			}
		})
		b.Run("CEL alone: "+src, func(b *testing.B) {
			bare := *e
			bare.gates, bare.gated = nil, false
			b.ReportAllocs()
			for b.Loop() {
				bare.Bool(in)
			}
		})
	}
}
