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

var errRawDepth = errors.New("JSON nested too deep")

// decodeRaw is a JSON value as CEL sees it: whole numbers that fit are ints,
// others doubles; objects keep their keys sorted, so that looping over them
// is the same every time.
func decodeRaw(raw []byte) (ref.Val, error) {
	l := jlexer.Lexer{Data: raw}
	v := decodeValue(&l, 0)
	l.Consumed()
	if err := l.Error(); err != nil {
		return nil, errors.New("data is no valid JSON")
	}
	return v, nil
}

func decodeValue(l *jlexer.Lexer, depth int) ref.Val {
	if depth > maxRawDepth {
		l.AddError(errRawDepth)
		return types.NullValue
	}
	switch {
	case l.IsDelim('{'):
		return decodeObject(l, depth)
	case l.IsDelim('['):
		var vals []ref.Val
		l.Delim('[')
		for !l.IsDelim(']') && l.Ok() {
			vals = append(vals, decodeValue(l, depth+1))
			l.WantComma()
		}
		l.Delim(']')
		return types.NewRefValList(adapter{}, vals)
	}
	raw := l.Raw()
	if len(raw) == 0 {
		return types.NullValue
	}
	switch raw[0] {
	case '"':
		text := jlexer.Lexer{Data: raw}
		return types.String(text.String())
	case 't', 'f':
		return types.Bool(raw[0] == 't')
	case 'n':
		return types.NullValue
	default:
		return numberValue(string(raw))
	}
}

func decodeObject(l *jlexer.Lexer, depth int) ref.Val {
	m := &rawMap{}
	l.Delim('{')
	for !l.IsDelim('}') && l.Ok() {
		key := l.String()
		l.WantColon()
		m.entries = append(m.entries, rawEntry{key, decodeValue(l, depth+1)})
		l.WantComma()
	}
	l.Delim('}')
	m.sort()
	return m
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

// rawMap is a map from texts with sorted keys.
type rawMap struct{ entries []rawEntry }

type rawEntry struct {
	key string
	val ref.Val
}

// sort orders the keys; of equal ones the last written counts, as in most
// JSON decoders.
func (m *rawMap) sort() {
	slices.SortStableFunc(m.entries, func(a, b rawEntry) int { return compareText(a.key, b.key) })
	kept := m.entries[:0]
	for i, e := range m.entries {
		if i+1 == len(m.entries) || m.entries[i+1].key != e.key {
			kept = append(kept, e)
		}
	}
	m.entries = kept
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

func (m *rawMap) find(key string) (ref.Val, bool) {
	i, ok := slices.BinarySearchFunc(m.entries, key, func(e rawEntry, k string) int { return compareText(e.key, k) })
	if !ok {
		return nil, false
	}
	return m.entries[i].val, true
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

func (m *rawMap) Size() ref.Val  { return types.Int(len(m.entries)) }
func (m *rawMap) Type() ref.Type { return types.MapType }
func (m *rawMap) Value() any     { return m }

func (m *rawMap) Equal(other ref.Val) ref.Val {
	o, ok := other.(traits.Mapper)
	if !ok || o.Size() != m.Size() {
		return types.False
	}
	for _, e := range m.entries {
		v, ok := o.Find(types.String(e.key))
		if !ok || types.Equal(e.val, v) != types.True {
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

func (m *rawMap) Iterator() traits.Iterator { return &rawIterator{of: m} }

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
