package vendor

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"strings"
	"time"
	"unicode"

	"github.com/beckon-io/beckon/schemas"
)

// object is a JSON object of a payload. Numbers are kept as written: an id of
// 18 digits is no float.
type object map[string]any

func parse(value []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var p object
	err := dec.Decode(&p)
	if err == nil && p == nil {
		err = io.ErrUnexpectedEOF // null
	}
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			return nil, &schemas.DecodeError{Code: schemas.CodeBadJSON, Detail: "something stands behind the value"}
		}
		return p, nil
	}
	return nil, &schemas.DecodeError{Code: schemas.CodeBadJSON, Detail: "the value is not a JSON object"}
}

// at is the value at a path, nil where there is none.
func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (o object) has(path ...string) bool { return o.at(path...) != nil }

// object is the object at a path; an empty one reads as one without members.
func (o object) object(path ...string) object {
	m, _ := o.at(path...).(map[string]any)
	return m
}

// text is a string, or a number as it was written; empty for all else.
func (o object) text(path ...string) string {
	switch v := o.at(path...).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// id is a text that names something; zero is how shops number nothing.
func (o object) id(path ...string) string {
	if t := o.text(path...); t != "0" {
		return t
	}
	return ""
}

// objects are the objects of the list at a path.
func (o object) objects(path ...string) []object {
	list, _ := o.at(path...).([]any)
	var all []object
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// when is a moment in RFC 3339, of the first path that has one; see moment.
func (o object) when(paths ...string) string {
	for _, path := range paths {
		if t, ok := moment(o.at(strings.Split(path, ".")...)); ok {
			return rfc3339(t)
		}
	}
	return ""
}

// promised is when for what is promised to have happened by then; see deadline.
func (o object) promised(paths ...string) string {
	for _, path := range paths {
		if t, ok := deadline(o.at(strings.Split(path, ".")...)); ok {
			return rfc3339(t)
		}
	}
	return ""
}

// deadline is moment for what ends then: a day means its last second, in UTC
// where no zone is told. Vendors write a day as a date or as the midnight that it
// begins with.
func deadline(v any) (t time.Time, ok bool) {
	t, ok = moment(v)
	if hour, minute, second := t.Clock(); ok && hour+minute+second+t.Nanosecond() == 0 {
		t = t.Add(24*time.Hour - time.Second)
	}
	return t, ok
}

// moment reads a time: in RFC 3339, as a date, without a zone (then UTC), or in
// seconds since 1970.
func moment(v any) (t time.Time, ok bool) {
	if n, ok := v.(json.Number); ok {
		seconds, err := n.Float64()
		if err != nil || seconds <= 0 || seconds >= 1e11 {
			return time.Time{}, false
		}
		return time.UnixMilli(int64(seconds * 1000)).UTC(), true
	}
	s, _ := v.(string)
	s = strings.ToUpper(s) // t and z may be small
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// items are the lines of a cart or order, as the contract has them. sku names
// the fields that may hold it, the best one first.
func items(lines []object, sku []string, category string) []data {
	all := make([]data, 0, len(lines))
	for _, l := range lines {
		it := data{}
		for _, name := range sku {
			if id := l.id(name); id != "" {
				it.put("sku", id)
				break
			}
		}
		it.put("quantity", l.at("quantity")).put("price", l.text("price")).put("category", l.text(category))
		all = append(all, it)
	}
	return all
}

// sumOf adds up quantity × price where the vendor tells no total; empty if a
// line has no price.
func sumOf(lines []object) string {
	sum := new(big.Rat)
	for _, l := range lines {
		price, ok := rat(l.text("price"))
		quantity, counted := rat(l.text("quantity"))
		if !counted {
			quantity = big.NewRat(1, 1)
		}
		if !ok {
			return ""
		}
		sum.Add(sum, price.Mul(price, quantity))
	}
	const cents, most = 2, 6
	text := sum.FloatString(cents)
	if exact, _ := rat(text); exact == nil || exact.Cmp(sum) != 0 {
		text = sum.FloatString(most)
	}
	return text
}

// rat reads a decimal; those that no amount can be are refused, as their
// exponents could fill the memory.
func rat(s string) (*big.Rat, bool) {
	a, err := schemas.ParseAmount(s)
	if err != nil {
		return nil, false
	}
	return new(big.Rat).SetString(a.String())
}

// slug is a name as part of an event type: "Coupon Applied" is coupon_applied.
// Letters, digits and the marks on them are those of any script, so that names
// in Greek or Hindi are not all one.
func slug(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		case r == '.' || r == '/':
			return '.'
		}
		return '_'
	}, strings.TrimSpace(s))
	return strings.Trim(s, "_.")
}
