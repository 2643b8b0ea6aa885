package schemas

import (
	"fmt"
	"math"
	"strconv"

	"github.com/govalues/decimal"
)

// Amount is an exact decimal number of at most 19 digits: a price, a total, a
// quantity. It keeps the scale it was written with ("59.90" stays "59.90"), but
// for zeros at its end that 19 digits have no room for, and is never a binary
// float. The zero value is 0.
type Amount struct{ d decimal.Decimal }

// ParseAmount reads a decimal such as "59.90" or "1e3", with or without a sign,
// with digits on both sides of a point. Numbers that 19 digits, at most 19 of
// them after the point, cannot hold exactly are refused, not rounded.
func ParseAmount(s string) (Amount, error) {
	if a, ok := parseAmount(s); ok {
		return a, nil
	}
	return Amount{}, fmt.Errorf("%q is not a decimal number of at most %d digits", excerpt(s), decimal.MaxPrec)
}

// parseAmount works on bytes too, so that decoding an event allocates nothing.
func parseAmount[T string | []byte](s T) (Amount, bool) {
	i, neg := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		neg, i = s[0] == '-', 1
	}
	coef, whole, i, ok := digits(s, i, 0, false)
	if !ok || whole == 0 {
		return Amount{}, false
	}
	scale := 0
	if i < len(s) && s[i] == '.' {
		point := i
		if coef, scale, i, ok = digits(s, point+1, coef, true); !ok || i == point+1 {
			return Amount{}, false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		exp, ok := exponent(s[i+1:])
		if !ok {
			return Amount{}, false
		}
		scale, i = scale-exp, len(s)
	}
	if i != len(s) {
		return Amount{}, false
	}
	return rescale(neg, coef, scale)
}

// isDecimal tells whether s is spelt like an Amount, of however many digits:
// what is refused then is too large or too fine a number, and no word.
func isDecimal(s []byte) bool {
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	n := countDigits(s)
	if n == 0 {
		return false
	}
	if s = s[n:]; len(s) > 0 && s[0] == '.' {
		if n = countDigits(s[1:]); n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if len(s) > 0 && s[0]|0x20 == 'e' {
		_, ok := exponent(s[1:])
		return ok
	}
	return len(s) == 0
}

// digits reads decimal digits from s[i:] onto coef; n is how many it has taken.
// Not ok where coef would have more than 19 significant digits. Behind the point
// it reads over zeros that coef has no room for: the number is the same without
// them, and any other digit after one is refused.
func digits[T string | []byte](s T, i int, coef uint64, fraction bool) (sum uint64, n, end int, ok bool) {
	const most = 999_999_999_999_999_999 // ten times this and nine has 19 digits
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		switch {
		case coef <= most:
			coef = coef*10 + uint64(s[i]-'0')
			n++
		case !fraction || s[i] != '0':
			return 0, 0, i, false
		}
	}
	return coef, n, i, true
}

// exponent reads the digits after e. What is far outside of an Amount's range
// is cut to a number that still is.
func exponent[T string | []byte](s T) (int, bool) {
	i, sign := 0, 1
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		i = 1
	}
	if i == len(s) {
		return 0, false
	}
	exp := 0
	for ; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		exp = min(exp*10+int(s[i]-'0'), MaxEventBytes*2)
	}
	return sign * exp, true
}

// rescale brings a scale outside of 0 to 19 into it where that is exact.
func rescale(neg bool, coef uint64, scale int) (Amount, bool) {
	if coef == 0 {
		scale = max(0, min(scale, decimal.MaxScale))
	}
	for ; scale < 0 && coef <= math.MaxUint64/10; scale++ {
		coef *= 10
	}
	for ; scale > decimal.MaxScale && coef%10 == 0; scale-- {
		coef /= 10
	}
	a, err := AmountFromParts(neg, coef, scale)
	return a, err == nil
}

// NewAmount is unscaled / 10^scale; scale is 0 to 19.
func NewAmount(unscaled int64, scale int) (Amount, error) {
	d, err := decimal.New(unscaled, scale)
	if err != nil {
		return Amount{}, fmt.Errorf("amount %d of scale %d: %w", unscaled, scale, err)
	}
	return Amount{d}, nil
}

// AmountFromParts is the opposite of Parts.
func AmountFromParts(neg bool, coef uint64, scale int) (Amount, error) {
	if coef > math.MaxInt64 {
		// decimal.New takes an int64, which the last of 19 digits can exceed.
		d, err := decimal.Parse(strconv.FormatUint(coef, 10) + "e-" + strconv.Itoa(scale))
		if err != nil || d.Coef() != coef || d.Scale() != scale {
			return Amount{}, fmt.Errorf("amount %d of scale %d has more than %d digits", coef, scale, decimal.MaxPrec)
		}
		if neg {
			d = d.Neg()
		}
		return Amount{d}, nil
	}
	v := int64(coef)
	if neg {
		v = -v
	}
	return NewAmount(v, scale)
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

// Plus, Minus, Times and Over are a + b, a - b, a × b and a / b, rounded half to even
// where 19 digits are too few; not ok where these do not reach to the point, and for a
// division by zero.
func (a Amount) Plus(b Amount) (Amount, bool)  { return amountOf(a.d.Add(b.d)) }
func (a Amount) Minus(b Amount) (Amount, bool) { return amountOf(a.d.Sub(b.d)) }
func (a Amount) Times(b Amount) (Amount, bool) { return amountOf(a.d.Mul(b.d)) }
func (a Amount) Over(b Amount) (Amount, bool)  { return amountOf(a.d.Quo(b.d)) }

func amountOf(d decimal.Decimal, err error) (Amount, bool) { return Amount{d}, err == nil }

// Neg is -a.
func (a Amount) Neg() Amount { return Amount{a.d.Neg()} }

// Float is the nearest binary float, for comparisons in expressions only.
func (a Amount) Float() float64 { f, _ := a.d.Float64(); return f }

// Int is the amount as an integer; not ok where it has a fraction or does not
// fit.
func (a Amount) Int() (int64, bool) {
	whole, frac, ok := a.d.Int64(0)
	return whole, ok && frac == 0 && a.d.IsInt()
}

// Parts are sign, coefficient and scale, for codecs: ±coef / 10^scale.
func (a Amount) Parts() (neg bool, coef uint64, scale int) {
	return a.d.IsNeg(), a.d.Coef(), a.d.Scale()
}

// AppendText appends the decimal with its scale: 59.90.
func (a Amount) AppendText(b []byte) ([]byte, error) { return a.d.AppendText(b) }

func (a Amount) String() string { return a.d.String() }
