package schemas

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestParseAmount(t *testing.T) {
	for text, want := range map[string]string{
		"59.90": "59.90", "0": "0", "-0.00": "0.00", "+5": "5", "007.50": "7.50", "1e3": "1000", "1.5E+2": "150", "25e-2": "0.25",
		"1000e-21": "0.0000000000000000010", "0e99": "0", "0.000": "0.000",
		"9999999999999999999": "9999999999999999999", "-0.9999999999999999999": "-0.9999999999999999999",
		"0000000000000000000000001": "1",
		"59.90000000000000000000":   "59.90000000000000000", "9999999999999999999.0": "9999999999999999999", "-9999999999999999999.000e0": "-9999999999999999999",
		"1.00000000000000000000": "1.000000000000000000", "0.10000000000000000000": "0.1000000000000000000", "0.10000000000000000000e-1": "0.0100000000000000000",
		"1234567890123456789.00e-2": "12345678901234567.89", "999999999999999999.90000e1": "9999999999999999999",
		"9999999999999999999.": "", "9999999999999999999.01": "", "59.900000000000000000001": "", "59.90000000000000000000x": "",
		"99999999999999999990": "", "10000000000000000000.0": "", "9999999999999999999.0e1": "", "1234567890123456789.00e-20": "",
		"10000000000000000000": "", "0.00000000000000000001": "", "1e19": "", "1e-20": "", "1e99999999999999999999": "",
		"": "", "-": "", ".5": "", "5.": "", "1e": "", "1e+": "", "1.2.3": "", " 1": "", "1 ": "", "1,5": "", "0x1": "", "NaN": "", "Inf": "", "1_000": "", "--1": "", "٣": "",
	} {
		got, err := ParseAmount(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("ParseAmount(%q) = %s, %v; want %q", text, got, err, want)
		}
	}
	if _, err := ParseAmount(strings.Repeat("9", 1000)); err == nil || len(err.Error()) > 200 {
		t.Errorf("a thousand digits: %v", err)
	}
}

func TestAmountArithmetic(t *testing.T) {
	most := amount(t, "9999999999999999999")
	for _, c := range []struct{ a, b, sum string }{
		{"59.90", "0.1", "60.00"},
		{"1", "-1.00", "0.00"},
		{most.String(), "1", most.String()}, // saturates
		{"-1", most.Neg().String(), most.Neg().String()},
	} {
		if got := amount(t, c.a).Add(amount(t, c.b)); got.String() != c.sum {
			t.Errorf("%s + %s = %s, want %s", c.a, c.b, got, c.sum)
		}
	}
	if amount(t, "1.0").Cmp(amount(t, "1.00")) != 0 || amount(t, "-1").Cmp(Amount{}) != -1 {
		t.Error("Cmp looks at the scale")
	}
	if !amount(t, "0.00").IsZero() || amount(t, "0.01").IsZero() {
		t.Error("IsZero looks at the scale")
	}
	if f := amount(t, "59.90").Float(); f != 59.9 {
		t.Errorf("Float of 59.90 = %v", f)
	}
	for text, want := range map[string]int64{"12.00": 12, "-3": -3, "9223372036854775807": 1<<63 - 1} {
		if got, ok := amount(t, text).Int(); !ok || got != want {
			t.Errorf("Int of %s = %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"0.5", "9223372036854775808"} {
		if got, ok := amount(t, text).Int(); ok {
			t.Errorf("Int of %s = %d", text, got)
		}
	}
}

var decimalText = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"59.90", "-1e-3", "9999999999999999999", "10000000000000000000", "0.0000000000000000001", "1000e-21", "x", "1e400",
		"59.90000000000000000000", "9999999999999999999.0", "0.10000000000000000000e-1", "59.900000000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if got, want := isDecimal([]byte(s)), decimalText.MatchString(s); got != want {
			t.Errorf("isDecimal(%q) = %v, want %v", s, got, want)
		}
		if err != nil {
			if fits(s) {
				t.Errorf("%q refused: %v", s, err)
			}
			return
		}
		if !decimalText.MatchString(s) {
			t.Fatalf("%q was taken for a decimal: %s", s, a)
		}
		exact, ok := exactly(s)
		if got, _ := new(big.Rat).SetString(a.String()); ok && got.Cmp(exact) != 0 {
			t.Errorf("%q became %s", s, a)
		}
		if again, err := ParseAmount(a.String()); err != nil || again != a {
			t.Errorf("%q: written as %s it reads as %s, %v", s, a, again, err)
		}
		if again, err := AmountFromParts(a.Parts()); err != nil || again != a {
			t.Errorf("%q: put together from its parts it is %s, %v", s, again, err)
		}
	})
}

// exactly is the value of s; not ok where its exponent would make a number of
// millions of digits.
func exactly(s string) (*big.Rat, bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// fits tells whether s is surely an Amount: at most 19 digits, not counting zeros
// at the end of a fraction, and no exponent.
func fits(s string) bool {
	if !decimalText.MatchString(s) || strings.ContainsAny(s, "eE") {
		return false
	}
	whole, fraction, _ := strings.Cut(strings.Trim(s, "+-"), ".")
	return len(whole)+len(strings.TrimRight(fraction, "0")) <= 19
}
