package expr

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// The types below customer, and item.
var (
	itemType = newStruct("item",
		text("sku", func(i *schemas.Item) string { return i.SKU }),
		shown(number("quantity", func(i *schemas.Item) schemas.Amount { return i.Quantity })),
		shown(money("price", func(i *schemas.Item) schemas.Amount { return i.Price })),
		text("category", func(i *schemas.Item) string { return i.Category }),
	)
	viewType = newStruct("view",
		text("sku", func(v *state.View) string { return v.SKU }),
		text("category", func(v *state.View) string { return v.Category }),
		shown(money("price", func(v *state.View) schemas.Amount { return v.Price })),
		moment("at", func(v *state.View) schemas.Time { return v.At }),
	)
	cartType = newStruct("cart",
		text("cart_id", func(c *state.Cart) string { return c.ID }),
		money("total", func(c *state.Cart) schemas.Amount { return c.Total }),
		text("currency", func(c *state.Cart) string { return c.Currency }),
		itemsField(func(c *state.Cart) *[]schemas.Item { return &c.Items }),
		moment("updated_at", func(c *state.Cart) schemas.Time { return c.UpdatedAt }),
	)
	orderType = newStruct("order",
		text("order_id", func(o *state.Order) string { return o.ID }),
		moment("at", func(o *state.Order) schemas.Time { return o.At }),
		shown(money("total", func(o *state.Order) schemas.Amount { return o.Total })),
		text("currency", func(o *state.Order) string { return o.Currency }),
		itemsField(func(o *state.Order) *[]schemas.Item { return &o.Items }),
		moment("promised_at", func(o *state.Order) schemas.Time { return o.PromisedAt }),
		text("status", func(o *state.Order) string { return o.Status.String() }),
	)
	ordersType = newStruct("orders",
		shown(count("count", func(o *state.Orders) int64 { return int64(o.Count) })),
		shown(money("revenue", func(o *state.Orders) schemas.Amount { return o.Revenue })),
		moment("first_at", func(o *state.Orders) schemas.Time { return o.FirstAt }),
		moment("last_at", func(o *state.Orders) schemas.Time { return o.LastAt }),
		part("recent", types.NewListType(orderType.cel),
			func(o *state.Orders) any { return &o.Recent },
			func(o *state.Orders) bool { return len(o.Recent) > 0 }),
	)
	couponType = newStruct("coupon",
		text("code", func(c *state.Coupon) string { return c.Code }),
		text("trigger", func(c *state.Coupon) string { return c.Trigger }),
		text("kind", func(c *state.Coupon) string { return c.Offer.Kind }),
		text("value", func(c *state.Coupon) string { return c.Offer.Value }),
		text("currency", func(c *state.Coupon) string { return c.Offer.Currency }),
		flag("free_shipping", func(c *state.Coupon) bool { return c.Offer.FreeShipping }),
		text("minimum", func(c *state.Coupon) string { return c.Offer.Minimum }),
		moment("issued_at", func(c *state.Coupon) schemas.Time { return c.IssuedAt }),
		moment("expires_at", func(c *state.Coupon) schemas.Time { return c.ExpiresAt }),
		moment("used_at", func(c *state.Coupon) schemas.Time { return c.UsedAt }),
		text("order_id", func(c *state.Coupon) string { return c.OrderID }),
	)
	runType = newStruct("run",
		runKey,
		moment("started_at", func(r *state.Run) schemas.Time { return r.StartedAt }),
		shown(count("sent", func(r *state.Run) int64 { return int64(r.Sent) })),
		text("variant", func(r *state.Run) string { return r.Variant }),
	)
	// goalRunType is the run where no more is kept of it: a goal comes long after.
	goalRunType = newStruct("run", runKey)

	runKey = text("key", func(r *state.Run) string { return r.Key })
)

func itemsField[T any](get func(*T) *[]schemas.Item) *field {
	return part("items", types.NewListType(itemType.cel),
		func(t *T) any { return get(t) },
		func(t *T) bool { return len(*get(t)) > 0 })
}

// customerStruct is the type of `customer`, and that of its traits.
func customerStruct(declared []Trait) (customer, traits *structType) {
	traits = newStruct("traits")
	for _, t := range declared {
		traits.add(traitField(t))
	}
	profile := func(name string, get func(*state.Profile) string) *field {
		return text(name, func(v *customerView) string { return get(&v.customer.Core().Profile) })
	}
	customer = newStruct("customer",
		text("id", func(v *customerView) string { return v.customer.Subject }),
		profile("email", func(p *state.Profile) string { return p.Email }),
		profile("phone", func(p *state.Profile) string { return p.Phone }),
		profile("country", func(p *state.Profile) string { return p.Country }),
		profile("timezone", func(p *state.Profile) string { return p.Timezone }),
		profile("locale", func(p *state.Profile) string { return p.Locale }),
		day("birthday", func(v *customerView) string { return v.customer.Core().Profile.Birthday }),
		moment("created_at", func(v *customerView) schemas.Time { return v.customer.Core().CreatedAt }),
		profile("referred_by", func(p *state.Profile) string { return p.ReferredBy }),
		part("attributes", attributesType,
			func(v *customerView) any {
				return (*evaluation)(v).decode(&v.attributes, v.customer.Core().Profile.Attributes)
			},
			func(v *customerView) bool { return len(v.customer.Core().Profile.Attributes) > 0 }),
		part("consent", types.NewMapType(types.StringType, types.BoolType),
			func(v *customerView) any { return consentOf(v.customer.Core()) },
			func(v *customerView) bool { return len(v.customer.Core().Consent) > 0 }),
		part("cart", cartType.cel,
			func(v *customerView) any { return v.customer.Cart() },
			func(v *customerView) bool { return !v.customer.Cart().Empty() }),
		part("views", types.NewListType(viewType.cel),
			func(v *customerView) any { return &v.customer.Views().Recent },
			func(v *customerView) bool { return len(v.customer.Views().Recent) > 0 }),
		part("orders", ordersType.cel,
			func(v *customerView) any { return v.customer.Orders() },
			func(v *customerView) bool { o := v.customer.Orders(); return o.Count > 0 || len(o.Recent) > 0 }),
		part("coupons", types.NewListType(couponType.cel),
			func(v *customerView) any { return &v.customer.Sends().Coupons },
			func(v *customerView) bool { return len(v.customer.Sends().Coupons) > 0 }),
		count("points", func(v *customerView) int64 { return v.customer.Core().Points }),
		text("tier", func(v *customerView) string { return v.customer.Core().Tier }),
		moment("last_seen_at", func(v *customerView) schemas.Time { return v.customer.Core().LastSeenAt }),
		text("segment", func(v *customerView) string {
			if v.in.Facts == nil {
				return ""
			}
			return v.in.Facts.Segment(v.customer, v.in.Now)
		}),
		part("traits", traits.cel,
			func(v *customerView) any { return (*traitsView)(v) },
			func(v *customerView) bool { return len(v.customer.Traits().Values) > 0 }),
	)
	return customer, traits
}

// consentOf shows what counts for marketing, by channel. Where there is no answer for
// a channel the one for all channels stands, and none at all reads as false.
func consentOf(c *state.Core) ref.Val {
	answer := func(channel string) ref.Val {
		a := c.Answer(channel, string(schemas.Marketing))
		return types.Bool(a != nil && a.Granted)
	}
	m := &lookupMap{absent: answer("")}
	for i := range c.Consent {
		if a := &c.Consent[i]; a.Purpose == "" || a.Purpose == string(schemas.Marketing) {
			m.entries = append(m.entries, rawEntry{key: a.Channel, val: answer(a.Channel)})
		}
	}
	m.sort()
	return m
}

// lookupMap is a map that has a value for every key. The keys it lists are
// those with a value of their own.
type lookupMap struct {
	rawMap
	absent ref.Val
}

func (m *lookupMap) Find(key ref.Val) (ref.Val, bool) {
	if v, ok := m.rawMap.Find(key); ok {
		return v, true
	}
	_, ok := key.(types.String)
	return m.absent, ok
}

func (m *lookupMap) Get(key ref.Val) ref.Val { v, _ := m.Find(key); return v }

// traitField shows a declared figure.
func traitField(t Trait) *field {
	read := func(v *traitsView, key string) (schemas.Amount, string) {
		if v.in.Facts == nil {
			return schemas.Amount{}, ""
		}
		return v.in.Facts.Trait(v.customer, t.Name, key, v.in.Now)
	}
	switch {
	case t.By:
		return keyedTrait(t, read)
	case t.Text:
		return text(t.Name, func(v *traitsView) string { _, s := read(v, ""); return s })
	default:
		return number(t.Name, func(v *traitsView) schemas.Amount { a, _ := read(v, ""); return a })
	}
}

func keyedTrait(t Trait, read func(*traitsView, string) (schemas.Amount, string)) *field {
	value, absent, typ := func(v *traitsView, key string) ref.Val { a, _ := read(v, key); return doubleOf(a) },
		ref.Val(types.Double(0)), types.DoubleType
	if t.Text {
		value = func(v *traitsView, key string) ref.Val { _, s := read(v, key); return types.String(s) }
		absent, typ = types.String(""), types.StringType
	}
	return part(t.Name, types.NewMapType(types.StringType, typ),
		func(v *traitsView) any {
			return &figures{
				lookupMap: lookupMap{absent: absent}, kept: v.customer.Traits().Values[t.Name].Entries,
				value: func(key string) ref.Val { return value(v, key) },
			}
		},
		func(v *traitsView) bool { return len(v.customer.Traits().Values[t.Name].Entries) > 0 })
}
