package expr

import (
	"fmt"
	"slices"
	"testing"
)

// What is read without CEL reads as with it.
func TestPathsAndColumnsAgreeWithCEL(t *testing.T) {
	in, c := input(), NewCompiler(declaredTraits)
	paths := []string{
		"customer.cart", "customer.cart.items", "customer.orders", "customer.orders.recent", "customer.orders.recent[0]", "customer.orders.recent[1].items",
		"customer.orders.recent[7]", "customer.views", "customer.coupons", "customer.attributes", "customer.consent", "customer.country", "customer.email",
		"customer.created_at", "customer.tier", "customer.segment", "customer.traits", "customer.orders.first_at", "customer.id",
		"event.items", "event.items[1].sku", "event.items[9].sku", "event.cart_id", "event.currency", "event.time", "event.data", "event.type", "run.key", "run.started_at",
	}
	for _, src := range paths {
		e, issues := c.Compile(src, cartScope, Any)
		if issues != nil {
			t.Fatalf("%s: %+v", src, issues)
		}
		bare := *e
		bare.path = nil
		if got, want := jsonOf(t, e, in), jsonOf(t, &bare, in); got != want {
			t.Errorf("%s: %s; CEL says %s", src, got, want)
		}
		if got, err := e.Text(in); err == nil {
			if want, err := bare.Text(in); got != want {
				t.Errorf("%s: %q; CEL says %q, %v", src, got, want, err)
			}
		}
	}
	for _, list := range []string{"customer.cart.items", "event.items", "customer.views", "customer.orders.recent[0].items", "customer.orders.recent[5].items"} {
		for _, field := range []string{"sku", "category"} {
			src := fmt.Sprintf("%s.map(i, i.%s)", list, field)
			e, issues := c.Compile(src, cartScope, Texts)
			if issues != nil {
				t.Fatalf("%s: %+v", src, issues)
			}
			if e.column == nil {
				t.Errorf("%s: left to CEL", src)
			}
			bare := *e
			bare.column = nil
			got, err := e.Texts(in)
			want, wantErr := bare.Texts(in)
			if !slices.Equal(got, want) || (err == nil) != (wantErr == nil) {
				t.Errorf("%s: %q, %v; CEL says %q, %v", src, got, err, want, wantErr)
			}
		}
	}
	for _, src := range []string{"customer.cart.items.filter(i, i.sku == 'bread').map(i, i.sku)", "customer.cart.items.map(i, i.price)", "customer.cart.items.map(i, i.price > 20.0, i.sku)", "[1].map(i, 'x')"} {
		if e := compile(t, src, cartScope, Texts); e.column != nil {
			t.Errorf("%s: is a column", src)
		}
	}
}
