package expr

import (
	"fmt"
	"reflect"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Values stay native pointers (*schemas.Item, *state.Order, …) for as long as
// a path such as customer.cart.items[0].sku walks through them; CEL's planner
// calls a field's getter on the pointer. Only what leaves a path is wrapped:
// objects and lists by reference, numbers and times by value.

// adapter wraps native values for CEL.
type adapter struct{}

// NativeToValue implements types.Adapter.
func (adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case ref.Val:
		return v
	case nil:
		return types.NullValue
	}
	if l := listOf(v); l != nil {
		return l
	}
	if s := structOf(v); s != nil {
		return &object{s, v}
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// structOf is the type of a native pointer, nil for other values.
func structOf(v any) *structType {
	switch v := v.(type) {
	case *schemas.Item:
		return itemType
	case *state.View:
		return viewType
	case *state.Order:
		return orderType
	case *state.Coupon:
		return couponType
	case *state.Cart:
		return cartType
	case *state.Orders:
		return ordersType
	case *state.Run:
		return runType
	case *eventView:
		return v.scope.event
	case *customerView:
		return v.scope.customer
	case *traitsView:
		return v.scope.traits
	}
	return nil
}

// object is a value with named fields: its type and a native pointer.
type object struct {
	of     *structType
	native any
}

func (o *object) Type() ref.Type { return o.of.cel }
func (o *object) Value() any     { return o.native }

func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	if v := reflect.ValueOf(o.native); v.Type().AssignableTo(t) {
		return o.native, nil
	}
	return nil, fmt.Errorf("%s cannot become a %v", o.of.name, t)
}

func (o *object) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return o.of.cel
	}
	return types.NewErr("%s cannot become a %s", o.of.name, t.TypeName())
}

// Equal compares field by field.
func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	if !ok || p.of != o.of {
		return types.False
	}
	if p.native == o.native {
		return types.True
	}
	for _, f := range o.of.fields {
		a, b := f.get(o.native), f.get(p.native)
		if types.Equal(adapter{}.NativeToValue(a), adapter{}.NativeToValue(b)) != types.True {
			return types.False
		}
	}
	return types.True
}

// Get and IsSet serve paths whose type the checker does not know.
func (o *object) Get(index ref.Val) ref.Val {
	f := o.find(index)
	if f == nil {
		return types.NewErr("no such key: %v", index.Value())
	}
	return adapter{}.NativeToValue(f.get(o.native))
}

func (o *object) IsSet(index ref.Val) ref.Val {
	f := o.find(index)
	return types.Bool(f != nil && f.set(o.native))
}

func (o *object) find(index ref.Val) *field {
	name, _ := index.(types.String)
	return o.of.field(string(name))
}

// nativeList is a list of native structs, as CEL sees it and as it is read
// without CEL.
type nativeList interface {
	traits.Lister
	len() int
	texts(of *field) []string // of each element
	appendJSON(b []byte) ([]byte, error)
}

// listOf is a native list, nil for other values.
func listOf(v any) nativeList {
	switch v := v.(type) {
	case *[]schemas.Item:
		return (*list[schemas.Item])(v)
	case *[]state.View:
		return (*list[state.View])(v)
	case *[]state.Order:
		return (*list[state.Order])(v)
	case *[]state.Coupon:
		return (*list[state.Coupon])(v)
	}
	return nil
}

// list is a nativeList; elements are wrapped when they are asked for. It is the
// slice itself and takes no memory of its own.
type list[T any] []T

func (l *list[T]) Type() ref.Type { return types.ListType }
func (l *list[T]) Value() any     { return l } // a slice CEL would take apart itself
func (l *list[T]) Size() ref.Val  { return types.Int(l.len()) }
func (l *list[T]) len() int       { return len(*l) }
func (l *list[T]) at(i int) ref.Val {
	return adapter{}.NativeToValue(any(&(*l)[i]))
}

func (l *list[T]) texts(of *field) []string {
	all := make([]string, l.len())
	for i := range all {
		all[i] = of.text(&(*l)[i])
	}
	return all
}

func (l *list[T]) appendJSON(b []byte) ([]byte, error) {
	b = append(b, '[')
	for i := range *l {
		if i > 0 {
			b = append(b, ',')
		}
		one := &(*l)[i]
		var err error
		if b, err = structOf(one).appendJSON(b, one); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (l *list[T]) Get(index ref.Val) ref.Val {
	i, err := types.GetOrError(index)
	if err != nil {
		return types.WrapErr(err)
	}
	if i < 0 || i >= l.len() {
		return types.NewErr("index out of bounds: %d", i)
	}
	return l.at(i)
}

// plain is the list as CEL's own, for what is asked rarely.
func (l *list[T]) plain() traits.Lister {
	vals := make([]ref.Val, l.len())
	for i := range vals {
		vals[i] = l.at(i)
	}
	return types.NewRefValList(adapter{}, vals)
}

func (l *list[T]) Add(other ref.Val) ref.Val { return l.plain().Add(other) }

func (l *list[T]) Contains(v ref.Val) ref.Val { return l.plain().Contains(v) }

func (l *list[T]) Equal(other ref.Val) ref.Val { return l.plain().Equal(other) }

func (l *list[T]) ConvertToNative(t reflect.Type) (any, error) { return l.plain().ConvertToNative(t) }

func (l *list[T]) ConvertToType(t ref.Type) ref.Val { return l.plain().ConvertToType(t) }

func (l *list[T]) Iterator() traits.Iterator { return &listIterator[T]{of: l} }

type listIterator[T any] struct {
	iterator
	of   *list[T]
	next int
}

func (it *listIterator[T]) HasNext() ref.Val { return types.Bool(it.next < it.of.len()) }

func (it *listIterator[T]) Next() ref.Val {
	it.next++
	return it.of.at(it.next - 1)
}

// iterator is the part of traits.Iterator that nobody asks an iterator for.
type iterator struct{}

func (iterator) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("an iterator is no value")
}
func (iterator) ConvertToType(ref.Type) ref.Val { return types.NewErr("an iterator is no value") }
func (iterator) Equal(ref.Val) ref.Val          { return types.False }
func (iterator) Type() ref.Type                 { return types.IteratorType }
func (iterator) Value() any                     { return nil }
