package expr

import (
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"

	"cel.dev/cel-go/common/types"
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
		f = part(s.Name, attributesType, func(v *eventView) any {
			return decode(&v.eventAttributes, v.event.Attributes)
		}, nil)
	}
	if f != nil {
		f.set = func(t any) bool { return t.(*eventView).event.Present.Has(s.ID) }
	}
	return f
}

var attributesType = types.NewMapType(types.StringType, types.DynType)

// eventStruct is the type of `event` for a set of event types: the union of
// their fields. Where one of them is not in the schema, its data can have any
// field, so names beyond the union are looked up in the raw object, and all
// data fields are of unknown type.
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
	case 1, 2:
	default:
		s.title = "none of these events"
	}
	open := slices.ContainsFunc(eventTypes, func(t string) bool { return schemas.KindOf(t) == schemas.KindUnknown })
	for _, name := range eventTypes {
		for _, known := range schemas.FieldsOf(schemas.KindOf(name)) {
			f := eventField(known)
			if f == nil || s.byName[f.name] != nil {
				continue
			}
			if open {
				f = typedOrRaw(f)
			}
			s.add(f)
		}
	}
	if open {
		s.open = rawEventField
	}
	return s
}

// typedOrRaw reads a schema's field from events that have it, and the raw
// field from others.
func typedOrRaw(known *field) *field {
	has := func(v *eventView) bool {
		return slices.ContainsFunc(schemas.FieldsOf(v.event.Kind), func(f schemas.Field) bool { return f.Name == known.name })
	}
	raw := rawEventField(known.name)
	return &field{
		name: known.name, typ: types.DynType,
		get: func(t any) any {
			if has(t.(*eventView)) {
				return known.get(t)
			}
			return raw.get(t)
		},
		set: func(t any) bool {
			if has(t.(*eventView)) {
				return known.set(t)
			}
			return raw.set(t)
		},
	}
}

func rawEventField(name string) *field {
	return &field{
		name: name, typ: types.DynType,
		get: func(t any) any { return t.(*eventView).rawField(name) },
		set: func(t any) bool { return t.(*eventView).hasRaw(name) },
	}
}
