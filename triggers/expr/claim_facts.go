package expr

import (
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// subjects are the names that a term looks at, as bits.
type subjects uint8

const (
	aboutEvent subjects = 1 << iota
	aboutItem
	aboutNow
	aboutRun
	aboutCustomer
)

var subjectOf = map[string]subjects{
	"event": aboutEvent, "item": aboutItem, "now": aboutNow, "run": aboutRun,
	"customer": aboutCustomer, hiddenName: aboutCustomer | aboutNow,
}

// fact is one thing that is so about a term. Terms with the same text have the
// same value as long as what they look at is the same.
type fact struct {
	term   string
	about  subjects
	raw    bool // of no type known at load: 3 and "3" may be equal
	whole  bool // a whole number
	op     operation
	values []constant // of among and outside
	bound  float64    // of the others; the term is a number then
}

type operation uint8

const (
	among operation = iota + 1 // it equals one of the values
	outside
	above
	atLeast
	below
	atMost
)

// constant is a value that an expression spells out.
type constant struct {
	kind   types.Kind
	number float64
	text   string
}

func textConstant(s string) constant { return constant{kind: types.StringKind, text: s} }

func boolConstant(b bool) constant {
	c := constant{kind: types.BoolKind}
	if b {
		c.number = 1
	}
	return c
}

// constantOf is a literal's; not ok for those that nothing is concluded from.
func constantOf(v ref.Val) (c constant, ok bool) {
	switch v := v.(type) {
	case types.Bool:
		return boolConstant(bool(v)), true
	case types.Int:
		return constant{kind: types.DoubleKind, number: float64(v)}, int64(float64(v)) == int64(v)
	case types.Uint:
		return constant{kind: types.DoubleKind, number: float64(v)}, uint64(float64(v)) == uint64(v)
	case types.Double:
		return constant{kind: types.DoubleKind, number: float64(v) + 0}, !math.IsNaN(float64(v))
	case types.String:
		return textConstant(string(v)), true
	case types.Null:
		return constant{kind: types.NullTypeKind}, true
	}
	return c, false
}

// contradictory tells whether facts exclude one another.
func contradictory(all []fact) bool {
	for i := range all {
		first := !slices.ContainsFunc(all[:i], func(f fact) bool { return f.term == all[i].term })
		if first && excluded(all[i:]) {
			return true
		}
	}
	return false
}

// excluded tells whether the facts about the first one's term leave it no value.
func excluded(all []fact) bool {
	term := all[0].term
	r := everything
	if strings.HasPrefix(term, "size(") {
		r.low = 0
	}
	var left []constant
	bound := false
	for _, f := range all {
		if f.term != term {
			continue
		}
		switch f.op {
		case among:
			if !bound {
				left, bound = f.values, true
				continue
			}
			left = keep(left, func(c constant) bool {
				return slices.Contains(f.values, c) || f.raw && slices.ContainsFunc(f.values, func(v constant) bool { return v.kind != c.kind })
			})
		case outside:
		default:
			r = r.within(f)
		}
	}
	if r.empty() {
		return true
	}
	for _, f := range all {
		if f.term == term && f.op == outside {
			left = keep(left, func(c constant) bool { return !slices.Contains(f.values, c) })
		}
	}
	left = keep(left, func(c constant) bool { return c.kind != types.DoubleKind || r.holds(c.number) })
	return bound && len(left) == 0
}

func keep(all []constant, wanted func(constant) bool) []constant {
	return slices.DeleteFunc(slices.Clone(all), func(c constant) bool { return !wanted(c) })
}

// span is a stretch of numbers; its ends may be left out.
type span struct {
	low, high         float64
	lowOpen, highOpen bool
}

var everything = span{low: math.Inf(-1), high: math.Inf(1)}

// within is the part of the span that a fact allows.
func (s span) within(f fact) span {
	b, open := f.bound, f.op == above || f.op == below
	if f.whole && open { // above 3 is at least 4
		if open = false; f.op == above {
			b = math.Floor(b) + 1
		} else {
			b = math.Ceil(b) - 1
		}
	}
	switch f.op {
	case above, atLeast:
		if b > s.low || b == s.low && open {
			s.low, s.lowOpen = b, open
		}
	case below, atMost:
		if b < s.high || b == s.high && open {
			s.high, s.highOpen = b, open
		}
	}
	return s
}

func (s span) empty() bool { return s.low > s.high || s.low == s.high && (s.lowOpen || s.highOpen) }

func (s span) holds(x float64) bool {
	return (x > s.low || x == s.low && !s.lowOpen) && (x < s.high || x == s.high && !s.highOpen)
}
