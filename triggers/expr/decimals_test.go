package expr

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Prices are calculated with as a shop does it, not as binary fractions.
func TestDoublesAreDecimals(t *testing.T) {
	c := NewCompiler(nil)
	for src, want := range map[string]string{
		`0.1 + 0.2 == 0.3`: `true`, `20.33 - 19.90`: `0.43`, `20.33 - 19.90 >= 0.43`: `true`, `6.65 <= 7.00 * 0.95`: `true`, `5.70 <= 6.00 * 0.95`: `true`,
		`event.total * 3 == 179.7`: `true`, `0.3 / 3`: `0.1`, `0.3 / 3 == 0.1`: `true`, `1.0 / 3.0`: `0.3333333333333333`, `1000000.33 - 999999.90`: `0.43`, `0.1 * 3 * 10 == 3`: `true`,
		// what decimals of 19 digits do not hold
		`1e300 * 10.0`: `1e+301`, `1e-300 * 1.5`: `1.5e-300`, `1.0 / 0.0 > 1e300`: `true`, `9007199254740993.0 + 1.0`: `9007199254740992`, `1e18 * 10.0`: `10000000000000000000`,
		`-0.1 - 0.2`: `-0.3`, `2.5 * -2`: `-5`, `0.0 * -1.5`: `0`,
	} {
		e, issues := c.Compile(src, cartScope, Any)
		if issues != nil {
			t.Errorf("%s: %+v", src, issues)
			continue
		}
		if got := jsonOf(t, e, input()); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}

func TestSumsAndProductsOfPricesAreExact(t *testing.T) {
	c := NewCompiler(nil)
	rapid.Check(t, func(t *rapid.T) {
		price := func(name string) string {
			return fmt.Sprintf("%d.%02d", rapid.IntRange(0, 1_000_000).Draw(t, name), rapid.IntRange(0, 99).Draw(t, name+" cents"))
		}
		a, b := price("a"), price("b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		for op, exact := range map[string]*big.Rat{"+": new(big.Rat).Add(x, y), "-": new(big.Rat).Sub(x, y), "*": new(big.Rat).Mul(x, y)} {
			src := fmt.Sprintf("%s %s %s == %s", a, op, b, exact.FloatString(4))
			e, issues := c.Compile(src, cartScope, Bool)
			if issues != nil {
				t.Fatalf("%s: %+v", src, issues)
			}
			if holds, err := e.Bool(input()); err != nil || !holds {
				t.Errorf("%s does not hold: %v", src, err)
			}
		}
	})
}
