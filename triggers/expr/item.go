package expr

import (
	"errors"
	"fmt"
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// elementOf is an element of a list as Input.Item. Of records those are elements that
// lists hold; the others (event, customer and what is in it, run) are views of the
// evaluation, which is over before anybody asks the element.
func elementOf(v ref.Val) (any, error) {
	if o, ok := v.(*object); ok {
		switch n := o.native.(type) {
		case *schemas.Item:
			c := *n
			return &c, nil
		case *state.View:
			c := *n
			return &c, nil
		case *state.Order:
			c := *n
			return &c, nil
		case *state.Coupon:
			c := *n
			return &c, nil
		}
	}
	return v, outlives(v)
}

// outlives tells whether a value may be asked when its evaluation is over; an error
// names what in it may not.
func outlives(v ref.Val) error {
	switch v := v.(type) {
	case *object:
		if !isElement(v.of.cel) {
			return fmt.Errorf("%s cannot be an element", article(plainType(v.of.cel)))
		}
	case *types.Optional:
		return errors.New("an optional value cannot be an element")
	case *figures:
		return errors.New("a trait of many keys cannot be an element")
	case *rawMap, nativeList:
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if err := outlives(v.Get(it.Next())); err != nil {
				return err
			}
		}
	case traits.Lister:
		for i := range v.Size().(types.Int) {
			if err := outlives(v.Get(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isElement tells the records that lists hold from the others.
func isElement(t *types.Type) bool {
	return slices.Contains([]string{itemType.cel.TypeName(), viewType.cel.TypeName(), orderType.cel.TypeName(), couponType.cel.TypeName()}, t.TypeName())
}

// checkElement finds what can be no element of a list by its type.
func checkElement(src string, t *types.Type) *Issue {
	switch t.Kind() {
	case types.StructKind:
		if isElement(t) {
			return nil
		}
	case types.ListKind, types.MapKind:
		for _, part := range t.Parameters() {
			if issue := checkElement(src, part); issue != nil {
				return issue
			}
		}
		return nil
	case types.OpaqueKind:
	default:
		return nil
	}
	line, col := firstPlace(src)
	return &Issue{line, col, article(plainType(t)) + " cannot be an element", "list what each run is about, as event.items or [event.order_id]"}
}

// ItemJSON appends an element of List as JSON, for state.StartEvent.Item.
func (e *Expr) ItemJSON(item any, buf []byte) ([]byte, error) {
	out, err := appendValue(buf, adapter{}.NativeToValue(item))
	if err != nil {
		return buf, fmt.Errorf("write the element: %w", err)
	}
	return out, nil
}

// ItemFromJSON is the element that ItemJSON wrote, as Input.Item.
func (e *Expr) ItemFromJSON(b []byte) (any, error) {
	v, err := decodeRaw(b)
	if err != nil {
		return nil, fmt.Errorf("read the element: %w", err)
	}
	if e.elem.Kind() != types.StructKind {
		return v, nil
	}
	m, ok := v.(*rawMap)
	if !ok {
		return nil, errors.New("read the element: it is no JSON object")
	}
	switch e.elem.TypeName() {
	case itemType.cel.TypeName():
		item := itemOf(m)
		return &item, nil
	case viewType.cel.TypeName():
		return &state.View{SKU: m.text("sku"), Category: m.text("category"), Price: m.amount("price"), At: m.time("at")}, nil
	case orderType.cel.TypeName():
		return orderOf(m), nil
	case couponType.cel.TypeName():
		return couponOf(m), nil
	}
	return nil, fmt.Errorf("read the element: a %s cannot be one", plainType(e.elem))
}

func itemOf(m *rawMap) schemas.Item {
	return schemas.Item{SKU: m.text("sku"), Quantity: m.amount("quantity"), Price: m.amount("price"), Category: m.text("category")}
}

// itemsOf leaves out what is no object.
func itemsOf(l traits.Lister) (items []schemas.Item) {
	for i := range l.Size().(types.Int) {
		if item, ok := l.Get(i).(*rawMap); ok {
			items = append(items, itemOf(item))
		}
	}
	return items
}

func orderOf(m *rawMap) *state.Order {
	o := &state.Order{
		ID: m.text("order_id"), At: m.time("at"), Total: m.amount("total"), Currency: m.text("currency"), PromisedAt: m.time("promised_at"),
	}
	for s := state.Placed; s.String() != ""; s++ {
		if s.String() == m.text("status") {
			o.Status = s
		}
	}
	v, _ := m.find("items")
	if items, ok := v.(traits.Lister); ok {
		o.Items = itemsOf(items)
	}
	return o
}

func couponOf(m *rawMap) *state.Coupon {
	free, _ := m.find("free_shipping")
	return &state.Coupon{
		Code: m.text("code"), Trigger: m.text("trigger"), OrderID: m.text("order_id"),
		Offer: state.CouponOffer{
			Kind: m.text("kind"), Value: m.text("value"), Currency: m.text("currency"), Minimum: m.text("minimum"),
			FreeShipping: free == types.True,
		},
		IssuedAt: m.time("issued_at"), ExpiresAt: m.time("expires_at"), UsedAt: m.time("used_at"),
	}
}

func (m *rawMap) text(key string) string {
	v, _ := m.find(key)
	s, _ := v.(types.String)
	return string(s)
}

func (m *rawMap) amount(key string) schemas.Amount {
	v, ok := m.find(key)
	if !ok {
		return schemas.Amount{}
	}
	a, _, _ := figureOf(v)
	return a
}

func (m *rawMap) time(key string) schemas.Time {
	t, _ := schemas.ParseTime(m.text(key))
	return t
}
