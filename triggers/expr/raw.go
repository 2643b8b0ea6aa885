package expr

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/mailru/easyjson/jlexer"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// maxRawDepth bounds nested objects and arrays; the event decoder refuses
// deeper ones already.
const maxRawDepth = 128

var errRaw = errors.New("data is no valid JSON")

// decodeRaw is a JSON value as CEL sees it: whole numbers that fit are ints,
// others doubles; loops over objects go through sorted keys, so that they are
// the same every time. What is nested in an object is decoded when it is asked
// for. The value refers to raw, which must not change.
func decodeRaw(raw []byte) (ref.Val, error) { return decodeNested(raw, 0) }

func decodeNested(raw []byte, depth int) (ref.Val, error) {
	if depth > maxRawDepth {
		return nil, errRaw
	}
	l := jlexer.Lexer{Data: raw}
	var v ref.Val
	switch {
	case l.IsDelim('{'):
		v = decodeObject(&l, depth)
	case l.IsDelim('['):
		v = decodeArray(&l, depth)
	default:
		v = decodeScalar(l.Raw())
	}
	l.Consumed()
	if l.Error() != nil || v == nil {
		return nil, errRaw
	}
	return v, nil
}

func decodeObject(l *jlexer.Lexer, depth int) ref.Val {
	m := &rawMap{depth: depth + 1}
	l.Delim('{')
	for !l.IsDelim('}') && l.Ok() {
		key := l.UnsafeString()
		l.WantColon()
		m.entries = append(m.entries, rawEntry{key: key, raw: l.Raw()})
		l.WantComma()
	}
	l.Delim('}')
	return m
}

func decodeArray(l *jlexer.Lexer, depth int) ref.Val {
	var vals []ref.Val
	l.Delim('[')
	for !l.IsDelim(']') && l.Ok() {
		v, err := decodeNested(l.Raw(), depth+1)
		if err != nil {
			l.AddError(err)
			return nil
		}
		vals = append(vals, v)
		l.WantComma()
	}
	l.Delim(']')
	return types.NewRefValList(adapter{}, vals)
}

// decodeScalar is nil for what is no JSON.
func decodeScalar(raw []byte) ref.Val {
	switch string(raw) {
	case "":
		return nil
	case "true":
		return types.True
	case "false":
		return types.False
	case "null":
		return types.NullValue
	}
	if raw[0] == '"' {
		text := jlexer.Lexer{Data: raw}
		s := text.String()
		if text.Error() != nil {
			return nil
		}
		return types.String(s)
	}
	return numberValue(string(raw))
}

func numberValue(s string) ref.Val {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return types.Int(i)
	}
	f, _ := strconv.ParseFloat(s, 64)
	if math.IsInf(f, 0) {
		return types.NewErr("number out of range")
	}
	return types.Double(f)
}

// rawMap is a map from texts. Entries stand in the order of the document until
// that of keys is needed.
type rawMap struct {
	entries []rawEntry
	depth   int // of the values
	sorted  bool
}

// rawEntry has its value as JSON, decoded, or both.
type rawEntry struct {
	key string
	raw []byte
	val ref.Val
}

func (m *rawMap) value(e *rawEntry) ref.Val {
	if e.val == nil {
		v, err := decodeNested(e.raw, m.depth)
		if err != nil {
			return types.WrapErr(err)
		}
		e.val = v
	}
	return e.val
}

// sort orders the keys; of equal ones the last written counts, as in most
// JSON decoders.
func (m *rawMap) sort() {
	if m.sorted {
		return
	}
	slices.SortStableFunc(m.entries, func(a, b rawEntry) int { return compareText(a.key, b.key) })
	kept := m.entries[:0]
	for i, e := range m.entries {
		if i+1 == len(m.entries) || m.entries[i+1].key != e.key {
			kept = append(kept, e)
		}
	}
	m.entries, m.sorted = kept, true
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// fewKeys are searched faster than sorted.
const fewKeys = 16

func (m *rawMap) find(key string) (ref.Val, bool) {
	if !m.sorted && len(m.entries) <= fewKeys {
		for i := len(m.entries) - 1; i >= 0; i-- {
			if m.entries[i].key == key {
				return m.value(&m.entries[i]), true
			}
		}
		return nil, false
	}
	m.sort()
	i, ok := slices.BinarySearchFunc(m.entries, key, func(e rawEntry, k string) int { return compareText(e.key, k) })
	if !ok {
		return nil, false
	}
	return m.value(&m.entries[i]), true
}

func (m *rawMap) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	return m.find(string(k))
}

func (m *rawMap) Get(key ref.Val) ref.Val {
	if v, ok := m.Find(key); ok {
		return v
	}
	return types.NewErr("no such key: %v", key.Value())
}

func (m *rawMap) Contains(key ref.Val) ref.Val {
	_, ok := m.Find(key)
	return types.Bool(ok)
}

func (m *rawMap) Size() ref.Val  { m.sort(); return types.Int(len(m.entries)) }
func (m *rawMap) Type() ref.Type { return types.MapType }
func (m *rawMap) Value() any     { return m }

func (m *rawMap) Equal(other ref.Val) ref.Val {
	o, ok := other.(traits.Mapper)
	if !ok || o.Size() != m.Size() {
		return types.False
	}
	for i := range m.entries {
		v, ok := o.Find(types.String(m.entries[i].key))
		if !ok || types.Equal(m.value(&m.entries[i]), v) != types.True {
			return types.False
		}
	}
	return types.True
}

func (m *rawMap) ConvertToNative(t reflect.Type) (any, error) {
	return nil, errors.New("a JSON object stays one")
}

func (m *rawMap) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.MapType:
		return m
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("a map cannot become a %s", t.TypeName())
}

func (m *rawMap) Iterator() traits.Iterator { m.sort(); return &rawIterator{of: m} }

type rawIterator struct {
	iterator
	of   *rawMap
	next int
}

func (it *rawIterator) HasNext() ref.Val { return types.Bool(it.next < len(it.of.entries)) }

func (it *rawIterator) Next() ref.Val {
	it.next++
	return types.String(it.of.entries[it.next-1].key)
}
