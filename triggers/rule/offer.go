package rule

import (
	"regexp"
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

const maxLimit = 1_000_000_000

var (
	currency   = regexp.MustCompile(`^[A-Z]{3}$`)
	codePrefix = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,19}$`)
)

// offer reads what a send promises, and checks that kind and value fit.
func (l *loading) offer(v value) *offerSpec {
	f := l.mapping(v, "kind", "value", "currency", "free_shipping", "minimum", "expires", "expires_at", "excludes", "code", "limit")
	if f == nil {
		return nil
	}
	o := &offerSpec{ExpiresAt: l.optionalCode(f, "expires_at")}
	if k, ok := f["kind"]; ok {
		o.Kind = l.oneOf(k, "percent", "amount", "free_shipping", "points", "gift")
	} else {
		l.fail(v, "", "has no `kind`")
	}
	l.offerValue(v, f, o)
	if c, ok := f["currency"]; ok {
		if o.Currency = l.word(c); o.Currency != "" && !currency.MatchString(o.Currency) {
			l.fail(c, "", "%q is not a currency; write three capitals such as EUR", cut(o.Currency))
		}
	}
	if s, ok := f["free_shipping"]; ok {
		o.FreeShipping = l.truth(s)
	}
	if m, ok := f["minimum"]; ok {
		if a, ok := l.amount(m); ok {
			o.Minimum = a.String()
			if neg, _, _ := a.Parts(); neg {
				l.fail(m, "", "%s is negative", a)
			}
		}
	}
	if e, ok := f["expires"]; ok {
		o.Expires = l.expiry(e)
		if at, ok := f["expires_at"]; ok {
			l.fail(at, "", "`expires` says already how long the offer holds; leave one of the two out")
		}
	}
	if x, ok := f["excludes"]; ok {
		o.Excludes = l.words(x)
	}
	if c, ok := f["code"]; ok {
		o.Code = l.coupon(c)
	}
	if n, ok := f["limit"]; ok {
		o.Limit = l.whole(n, 1, maxLimit)
	}
	return o
}

// offerValue checks the value against the kind.
func (l *loading) offerValue(v value, f fields, o *offerSpec) {
	e, ok := f["value"]
	if !ok {
		if o.Kind == "percent" || o.Kind == "amount" || o.Kind == "points" {
			l.fail(v, "", "an offer of kind %s has no `value`", o.Kind)
		}
		return
	}
	if o.Kind == "gift" || o.Kind == "" { // what is given, such as a sku
		o.Value = l.word(e)
		return
	}
	if e.node.Value != strings.TrimSuffix(e.node.Value, "%") {
		l.fail(e, "kind: percent, value: "+strings.TrimSuffix(e.node.Value, "%"), "write the number without a percent sign")
		return
	}
	a, ok := l.amount(e)
	if !ok {
		return
	}
	o.Value = a.String()
	neg, _, scale := a.Parts()
	hundred, _ := schemas.NewAmount(100, 0)
	switch {
	case neg || a.IsZero():
		l.fail(e, "", "%s is not more than 0", a)
	case o.Kind == "percent" && a.Cmp(hundred) > 0:
		l.fail(e, "", "%s is more than 100 percent", a)
	case o.Kind == "points" && scale > 0:
		l.fail(e, "", "%s is not a whole number of points", a)
	case o.Kind == "free_shipping":
		l.fail(e, "", "an offer of kind free_shipping has no value")
	}
}

// coupon reads `code: {prefix: CART}`.
func (l *loading) coupon(v value) *codeSpec {
	f := l.mapping(v, "prefix")
	if f == nil {
		return nil
	}
	c := &codeSpec{}
	if p, ok := f["prefix"]; ok {
		if c.Prefix = l.word(p); c.Prefix != "" && !codePrefix.MatchString(c.Prefix) {
			l.fail(p, "", "%q cannot begin a code; write up to 20 of A-Z, 0-9 and -", cut(c.Prefix))
		}
	}
	return c
}
