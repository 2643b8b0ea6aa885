package schemas

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Amount is an exact decimal number of at most 19 digits: a price, a total, a
// quantity. It keeps the scale it was written with ("59.90" stays "59.90") and
// is never a binary float. The zero value is 0.
type Amount struct{ d decimal.Decimal }

// ParseAmount reads a decimal such as "59.90" or "1e3". Numbers that 19 digits
// cannot hold exactly are refused, not rounded.
func ParseAmount(s string) (Amount, error) {
	digits := 0
	for i := 0; i < len(s) && s[i] != 'e' && s[i] != 'E'; i++ {
		if s[i] >= '0' && s[i] <= '9' && (digits > 0 || s[i] != '0') {
			digits++
		}
	}
	d, err := decimal.Parse(s)
	if err != nil || digits > decimal.MaxPrec {
		if len(s) > 40 {
			s = s[:40] + "…"
		}
		return Amount{}, fmt.Errorf("%q is not a decimal number of at most %d digits", s, decimal.MaxPrec)
	}
	return Amount{d}, nil
}

// NewAmount is unscaled / 10^scale; scale is 0 to 19.
func NewAmount(unscaled int64, scale int) (Amount, error) {
	d, err := decimal.New(unscaled, scale)
	if err != nil {
		return Amount{}, fmt.Errorf("amount %d of scale %d: %w", unscaled, scale, err)
	}
	return Amount{d}, nil
}

// IsZero tells whether the amount is 0, at any scale.
func (a Amount) IsZero() bool { return a.d.IsZero() }

// Cmp is -1, 0 or 1; the scale does not matter: 1.0 equals 1.00.
func (a Amount) Cmp(b Amount) int { return a.d.Cmp(b.d) }

// Add is a + b. A sum of more than 19 digits saturates at the larger operand,
// so that a hostile total cannot stop a customer's record.
func (a Amount) Add(b Amount) Amount {
	s, err := a.d.Add(b.d)
	if err != nil {
		if a.d.CmpAbs(b.d) >= 0 {
			return a
		}
		return b
	}
	return Amount{s}
}

// Neg is -a.
func (a Amount) Neg() Amount { return Amount{a.d.Neg()} }

// Float is the nearest binary float, for comparisons in expressions only.
func (a Amount) Float() float64 { f, _ := a.d.Float64(); return f }

// Parts are sign, coefficient and scale, for codecs: ±coef / 10^scale.
func (a Amount) Parts() (neg bool, coef uint64, scale int) {
	return a.d.IsNeg(), a.d.Coef(), a.d.Scale()
}

// AppendText appends the decimal with its scale: 59.90.
func (a Amount) AppendText(b []byte) ([]byte, error) { return a.d.AppendText(b) }

func (a Amount) String() string { return a.d.String() }
