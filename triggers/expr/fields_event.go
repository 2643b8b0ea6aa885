package expr

import (
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// eventTexts and eventMoments and eventAmounts read the schema's fields.
var (
	eventTexts = map[string]func(*schemas.Event) string{
		"sku":           func(e *schemas.Event) string { return e.SKU },
		"category":      func(e *schemas.Event) string { return e.Category },
		"currency":      func(e *schemas.Event) string { return e.Currency },
		"session_id":    func(e *schemas.Event) string { return e.SessionID },
		"cart_id":       func(e *schemas.Event) string { return e.CartID },
		"order_id":      func(e *schemas.Event) string { return e.OrderID },
		"shipment_id":   func(e *schemas.Event) string { return e.ShipmentID },
		"carrier":       func(e *schemas.Event) string { return e.Carrier },
		"tracking_code": func(e *schemas.Event) string { return e.TrackingCode },
		"tracking_url":  func(e *schemas.Event) string { return e.TrackingURL },
		"email":         func(e *schemas.Event) string { return e.Email },
		"phone":         func(e *schemas.Event) string { return e.Phone },
		"timezone":      func(e *schemas.Event) string { return e.Timezone },
		"country":       func(e *schemas.Event) string { return e.Country },
		"locale":        func(e *schemas.Event) string { return e.Locale },
		"birthday":      func(e *schemas.Event) string { return e.Birthday },
		"referred_by":   func(e *schemas.Event) string { return e.ReferredBy },
		"channel":       func(e *schemas.Event) string { return e.Channel },
		"purpose":       func(e *schemas.Event) string { return e.Purpose },
		"anonymous_id":  func(e *schemas.Event) string { return e.AnonymousID },
		"tier":          func(e *schemas.Event) string { return e.Tier },
		"kind":          func(e *schemas.Event) string { return e.FeedbackKind },
		"command_id":    func(e *schemas.Event) string { return e.CommandID },
		"code":          func(e *schemas.Event) string { return e.Code },
		"customer":      func(e *schemas.Event) string { return e.Customer },
		"trigger":       func(e *schemas.Event) string { return e.Trigger },
	}
	eventMoments = map[string]func(*schemas.Event) schemas.Time{
		"promised_at": func(e *schemas.Event) schemas.Time { return e.PromisedAt },
		"expires_at":  func(e *schemas.Event) schemas.Time { return e.ExpiresAt },
	}
	eventAmounts = map[string]func(*schemas.Event) schemas.Amount{
		"price":          func(e *schemas.Event) schemas.Amount { return e.Price },
		"total":          func(e *schemas.Event) schemas.Amount { return e.Total },
		"score":          func(e *schemas.Event) schemas.Amount { return e.Score },
		"replenish_days": func(e *schemas.Event) schemas.Amount { return e.ReplenishDays },
	}
	eventCounts = map[string]func(*schemas.Event) int64{
		"points": func(e *schemas.Event) int64 { return e.Points },
		"stock":  func(e *schemas.Event) int64 { return e.Stock },
	}
	eventFlags = map[string]func(*schemas.Event) bool{
		"granted":    func(e *schemas.Event) bool { return e.Granted },
		"low_margin": func(e *schemas.Event) bool { return e.LowMargin },
	}
)

// eventField is how expressions read one field of the schema, nil for a field
// that this room does not know yet (a test visits all).
func eventField(s schemas.Field) *field {
	var f *field
	switch s.Type {
	case schemas.String:
		if get := eventTexts[s.Name]; get != nil {
			f = text(s.Name, func(v *eventView) string { return get(v.event) })
		}
	case schemas.Timestamp:
		if get := eventMoments[s.Name]; get != nil {
			f = moment(s.Name, func(v *eventView) schemas.Time { return get(v.event) })
		}
	case schemas.AmountType, schemas.Number:
		if get := eventAmounts[s.Name]; get != nil {
			f = number(s.Name, func(v *eventView) schemas.Amount { return get(v.event) })
			f.decimal = s.Type == schemas.AmountType
		}
	case schemas.Int:
		if get := eventCounts[s.Name]; get != nil {
			f = count(s.Name, func(v *eventView) int64 { return get(v.event) })
		}
	case schemas.Bool:
		if get := eventFlags[s.Name]; get != nil {
			f = flag(s.Name, func(v *eventView) bool { return get(v.event) })
		}
	case schemas.ItemList:
		f = part(s.Name, types.NewListType(itemType.cel), func(v *eventView) any { return &v.event.Items }, nil)
	case schemas.StringList:
		f = part(s.Name, types.NewListType(types.StringType), func(v *eventView) any { return v.event.Codes }, nil)
	case schemas.Object:
		switch s.Name {
		case "attributes":
			f = part(s.Name, attributesType, func(v *eventView) any { return (*evaluation)(v).decode(&v.eventAttributes, v.event.Attributes) }, nil)
		case "offer":
			f = part(s.Name, attributesType, func(v *eventView) any { return (*evaluation)(v).decode(&v.eventOffer, v.event.Offer) }, nil)
		}
	}
	if f != nil {
		f.set = func(t any) bool { return t.(*eventView).event.Present.Has(s.ID) }
	}
	return f
}

var attributesType = types.NewMapType(types.StringType, types.DynType)

// eventStruct is the type of `event` for a set of event types: the union of
// their fields. Where one of them is not in the schema, its data can have any
// field, so names beyond the union are looked up in the raw object.
func eventStruct(eventTypes []string) *structType {
	s := newStruct("event",
		text("id", func(v *eventView) string { return v.event.ID }),
		text("type", func(v *eventView) string { return v.event.Type }),
		moment("time", func(v *eventView) schemas.Time { return v.event.Time }),
		text("source", func(v *eventView) string { return v.event.Source }),
		text("subject", func(v *eventView) string { return v.event.Subject }),
		part("data", types.DynType, func(v *eventView) any { return v.raw() }, func(*eventView) bool { return true }),
	)
	switch s.title = strings.Join(eventTypes, " or "); len(eventTypes) {
	case 0:
		s.title = "an occurrence"
	case 1, 2:
	default:
		s.title = "none of these events"
	}
	open := slices.ContainsFunc(eventTypes, func(t string) bool { return schemas.KindOf(t) == schemas.KindUnknown })
	if slices.Contains(eventTypes, schemas.ProductUpdated.String()) {
		for _, f := range changeFields(open) {
			s.add(f)
		}
	}
	for _, name := range eventTypes {
		for _, known := range schemas.FieldsOf(schemas.KindOf(name)) {
			f := eventField(known)
			if f == nil || s.byName[f.name] != nil {
				continue
			}
			if open {
				f = typedOrRaw(f, known.Type)
			}
			s.add(f)
		}
	}
	if open {
		s.open = rawEventField
	}
	return s
}

// typedOrRaw reads a schema's field from events of known types, and converts
// the raw field of others to its type.
func typedOrRaw(known *field, typ schemas.FieldType) *field {
	raw := rawEventField(known.name)
	foreign := func(t any) bool { return t.(*eventView).event.Kind == schemas.KindUnknown }
	f := &field{name: known.name, typ: known.typ, decimal: known.decimal}
	f.set = func(t any) bool {
		if foreign(t) {
			v := t.(*eventView)
			return v.hasRaw(known.name) && !isNull(v.rawField(known.name))
		}
		return known.set(t)
	}
	f.get = func(t any) any {
		switch {
		case !foreign(t):
			return known.get(t)
		case !f.set(t):
			return known.get(&eventView{event: noEvent})
		}
		v, _ := raw.get(t).(ref.Val)
		return convertRaw(v, typ)
	}
	if known.amount != nil {
		f.amount = func(t any) schemas.Amount {
			if !foreign(t) {
				return known.amount(t)
			}
			if !f.set(t) {
				return schemas.Amount{}
			}
			v, _ := raw.get(t).(ref.Val)
			a, _, _ := figureOf(v)
			return a
		}
	}
	return f
}

// convertRaw makes a raw value one of the schema's types, or an error.
func convertRaw(v ref.Val, typ schemas.FieldType) ref.Val {
	switch typ {
	case schemas.AmountType, schemas.Number:
		if a, ok, _ := figureOf(v); ok {
			return doubleOf(a)
		}
	case schemas.Int:
		if i, ok := v.(types.Int); ok {
			return i
		}
	case schemas.Bool:
		if b, ok := v.(types.Bool); ok {
			return b
		}
	case schemas.String:
		if s, err := textOf(v); err == nil {
			return types.String(s)
		}
	case schemas.Timestamp:
		if s, ok := v.(types.String); ok {
			if t, err := schemas.ParseTime(string(s)); err == nil {
				return timestampOf(t)
			}
		}
	case schemas.ItemList:
		if l, ok := v.(traits.Lister); ok {
			items := list[schemas.Item](itemsOf(l))
			return &items
		}
	case schemas.StringList, schemas.Object:
		return v
	}
	return types.NewErr("type conversion error")
}

func rawEventField(name string) *field {
	return &field{
		name: name, typ: types.DynType,
		get: func(t any) any { return t.(*eventView).rawField(name) },
		set: func(t any) bool { return t.(*eventView).hasRaw(name) },
	}
}
