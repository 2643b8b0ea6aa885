package expr

import (
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/beckon-io/beckon/schemas"
)

// structType is a type with named fields. CEL knows it under its name with an @
// before it, so that no expression can spell it.
type structType struct {
	name   string
	title  string // how messages call it
	cel    *types.Type
	fields []*field // in the order of the contract
	byName map[string]*field
	open   func(name string) *field // fields beyond the table; nil: there are none

	once   sync.Once
	byText []*field
}

// field is one field of a structType. The functions take the type's native
// pointer.
type field struct {
	name   string
	typ    *types.Type
	get    func(any) any  // a ref.Val or a native value that adapter wraps
	set    func(any) bool // what has() says
	amount func(any) schemas.Amount
	text   func(any) string       // what get gives, without a value of CEL's; nil: it is no text
	moment func(any) schemas.Time // the same of an instant
	label  string                 // name and colon, as JSON
	cel    *types.FieldType

	decimal bool // amount is written as a decimal string, else as a JSON number
	always  bool // written to JSON even where has() is false
	date    bool // written to JSON as YYYY-MM-DD
}

func newStruct(name string, fields ...*field) *structType {
	s := &structType{name: name, title: name, cel: types.NewObjectType("@" + name), byName: make(map[string]*field, len(fields))}
	for _, f := range fields {
		s.add(f)
	}
	return s
}

func (s *structType) add(f *field) {
	f.cel = &types.FieldType{
		Type:    f.typ,
		IsSet:   func(t any) bool { return f.set(t) },
		GetFrom: func(t any) (any, error) { return fail(f.get(t)) },
	}
	f.label = string(append(schemas.AppendQuoted(nil, f.name), ':'))
	s.fields = append(s.fields, f)
	s.byName[f.name] = f
}

// fail hands an error value on as a Go error, as field getters must.
func fail(v any) (any, error) {
	if err, ok := v.(*types.Err); ok {
		return nil, err
	}
	return v, nil
}

func (s *structType) field(name string) *field {
	if f := s.byName[name]; f != nil {
		return f
	}
	if s.open != nil {
		f := s.open(name)
		f.cel = &types.FieldType{
			Type:    f.typ,
			IsSet:   func(t any) bool { return f.set(t) },
			GetFrom: func(t any) (any, error) { return fail(f.get(t)) },
		}
		return f
	}
	return nil
}

// sortedFields are the fields by name, as JSON shows them.
func (s *structType) sortedFields() []*field {
	s.once.Do(func() {
		s.byText = slices.Clone(s.fields)
		slices.SortFunc(s.byText, func(a, b *field) int { return compareText(a.name, b.name) })
	})
	return s.byText
}

func (s *structType) names() []string {
	all := make([]string, len(s.fields))
	for i, f := range s.fields {
		all[i] = f.name
	}
	return all
}

// provider tells CEL about the struct types of one scope, on top of CEL's own
// types.
type provider struct {
	*types.Registry
	structs map[string]*structType
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if s := p.structs[name]; s != nil {
		return types.NewTypeTypeWithParam(s.cel), true
	}
	return nil, false
}

// FindIdent hides CEL's protobuf types: only the plain ones may be named.
func (p *provider) FindIdent(name string) (ref.Val, bool) {
	if strings.Contains(name, ".") {
		return nil, false
	}
	return p.Registry.FindIdent(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	if s := p.structs[name]; s != nil {
		return s.names(), true
	}
	return nil, false
}

func (p *provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	if s := p.structs[name]; s != nil {
		if f := s.field(fieldName); f != nil {
			return f.cel, true
		}
	}
	return nil, false
}

func (p *provider) NewValue(string, map[string]ref.Val) ref.Val {
	return types.NewErr("objects cannot be made in expressions")
}

// The constructors of fields, by type of the value.

func text[T any](name string, get func(*T) string) *field {
	return &field{
		name: name, typ: types.StringType,
		get:  func(t any) any { return types.String(get(t.(*T))) },
		set:  func(t any) bool { return get(t.(*T)) != "" },
		text: func(t any) string { return get(t.(*T)) },
	}
}

func moment[T any](name string, get func(*T) schemas.Time) *field {
	return &field{
		name: name, typ: types.TimestampType,
		get:    func(t any) any { return timestampOf(get(t.(*T))) },
		set:    func(t any) bool { return get(t.(*T)) != 0 },
		moment: func(t any) schemas.Time { return get(t.(*T)) },
	}
}

// day is a date, null for a text that is none. It is no moment: the midnight of
// 1970-01-01 would be the absent one.
func day[T any](name string, get func(*T) string) *field {
	return &field{
		name: name, typ: types.TimestampType, date: true,
		get: func(t any) any {
			if midnight, ok := dateOf(get(t.(*T))); ok {
				return types.Timestamp{Time: midnight}
			}
			return types.NullValue
		},
		set: func(t any) bool { _, ok := dateOf(get(t.(*T))); return ok },
	}
}

// dateOf is a day's midnight in UTC, not ok for what is no date, such as the 0001-01-01
// that some shops write for none.
func dateOf(day string) (midnight time.Time, ok bool) {
	midnight, err := time.Parse(time.DateOnly, day)
	return midnight, err == nil && !midnight.IsZero()
}

// money is an exact amount: a double in expressions, a decimal string in JSON.
func money[T any](name string, get func(*T) schemas.Amount) *field {
	f := number(name, get)
	f.decimal = true
	return f
}

// number is an exact amount, too, but a number in JSON.
func number[T any](name string, get func(*T) schemas.Amount) *field {
	return &field{
		name: name, typ: types.DoubleType,
		get:    func(t any) any { return doubleOf(get(t.(*T))) },
		set:    func(t any) bool { a := get(t.(*T)); return !a.IsZero() },
		amount: func(t any) schemas.Amount { return get(t.(*T)) },
	}
}

func count[T any](name string, get func(*T) int64) *field {
	return &field{
		name: name, typ: types.IntType,
		get: func(t any) any { return types.Int(get(t.(*T))) },
		set: func(t any) bool { return get(t.(*T)) != 0 },
		amount: func(t any) schemas.Amount {
			a, _ := schemas.NewAmount(get(t.(*T)), 0)
			return a
		},
	}
}

func flag[T any](name string, get func(*T) bool) *field {
	return &field{
		name: name, typ: types.BoolType,
		get: func(t any) any { return types.Bool(get(t.(*T))) },
		set: func(t any) bool { return get(t.(*T)) },
	}
}

// part is a nested value.
func part[T any](name string, typ *types.Type, get func(*T) any, set func(*T) bool) *field {
	return &field{
		name: name, typ: typ,
		get: func(t any) any { return get(t.(*T)) },
		set: func(t any) bool { return set(t.(*T)) },
	}
}

// shown makes a field appear in JSON even where it is empty.
func shown(f *field) *field { f.always = true; return f }

// timestampOf is null for the absent Time.
func timestampOf(t schemas.Time) ref.Val {
	if t == 0 {
		return types.NullValue
	}
	return types.Timestamp{Time: t.Std()}
}

var powersOf10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
}

// doubleOf is the nearest binary float. A coefficient below 2^53 divided by an
// exact power of ten is rounded once, hence right; the rest takes the slow way.
func doubleOf(a schemas.Amount) types.Double {
	neg, coef, scale := a.Parts()
	if coef >= 1<<53 || scale >= len(powersOf10) {
		return types.Double(a.Float())
	}
	f := float64(coef) / powersOf10[scale]
	if neg {
		f = -f
	}
	return types.Double(f)
}
