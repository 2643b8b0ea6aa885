package expr

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/beckon-io/beckon/schemas"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// maxJSON is how much JSON a result is appended to before no more is, which is more than any
// caller keeps: a list of lists of events would fill the memory.
const maxJSON = 1 << 20

// appendValue appends a value as JSON: objects and maps with sorted keys,
// instants in RFC 3339, durations as triggers write them.
func appendValue(b []byte, v ref.Val) ([]byte, error) {
	if len(b) > maxJSON {
		return nil, fmt.Errorf("more than %d bytes of JSON", maxJSON)
	}
	switch v := v.(type) {
	case types.Null:
		return append(b, "null"...), nil
	case types.Bool:
		return strconv.AppendBool(b, bool(v)), nil
	case types.Int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case types.Uint:
		return strconv.AppendUint(b, uint64(v), 10), nil
	case types.Double:
		return appendDouble(b, float64(v))
	case types.String:
		return schemas.AppendQuoted(b, string(v)), nil
	case types.Bytes:
		return nil, errors.New("bytes have no place in JSON; write string(…)")
	case types.Timestamp:
		return append(appendInstant(append(b, '"'), v.Time), '"'), nil
	case types.Duration:
		return append(appendDuration(append(b, '"'), v.Duration), '"'), nil
	case *types.Optional:
		if !v.HasValue() {
			return append(b, "null"...), nil
		}
		return appendValue(b, v.GetValue())
	case *object:
		return v.of.appendJSON(b, v.native)
	case traits.Mapper:
		return appendMap(b, v)
	case traits.Lister:
		return appendList(b, v)
	}
	return nil, fmt.Errorf("a %s has no place in JSON", plainName(v))
}

func appendDouble(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("the number is infinite or not a number")
	}
	if f == 0 {
		return append(b, '0'), nil
	}
	format := byte('f')
	if abs := math.Abs(f); abs < 1e-6 || abs >= 1e21 {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64), nil
}

// appendInstant keeps the zone that local() gave; all others are in UTC.
func appendInstant(b []byte, t time.Time) []byte {
	return t.Truncate(time.Microsecond).AppendFormat(b, time.RFC3339Nano)
}

// appendMoment writes null or an instant.
func appendMoment(b []byte, t schemas.Time) ([]byte, error) {
	if t == 0 {
		return append(b, "null"...), nil
	}
	b, err := t.AppendText(append(b, '"'))
	return append(b, '"'), err
}

// appendDuration writes 1d12h, 90s, 0s; below a second 0.25s.
func appendDuration(b []byte, d time.Duration) []byte {
	if d == 0 {
		return append(b, "0s"...)
	}
	if d < 0 {
		b = append(b, '-')
	}
	left := uint64(d.Abs())
	for _, u := range []struct {
		size time.Duration
		name byte
	}{{24 * time.Hour, 'd'}, {time.Hour, 'h'}, {time.Minute, 'm'}} {
		if n := left / uint64(u.size); n > 0 {
			b = append(strconv.AppendUint(b, n, 10), u.name)
			left %= uint64(u.size)
		}
	}
	if left > 0 {
		b = strconv.AppendFloat(b, float64(left/1000)/1e6, 'f', -1, 64)
		b = append(b, 's')
	}
	return b
}

func appendList(b []byte, l traits.Lister) ([]byte, error) {
	b = append(b, '[')
	n := int(l.Size().(types.Int))
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, l.Get(types.Int(i))); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, m traits.Mapper) ([]byte, error) {
	b = append(b, '{')
	for i, k := range sortedKeys(m) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(schemas.AppendQuoted(b, keyText(k)), ':')
		v, _ := m.Find(k)
		var err error
		if b, err = appendValue(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// sortedKeys are a map's keys in the order of their texts.
func sortedKeys(m traits.Mapper) []ref.Val {
	var keys []ref.Val
	for it := m.Iterator(); it.HasNext() == types.True; {
		keys = append(keys, it.Next())
	}
	slices.SortStableFunc(keys, func(a, b ref.Val) int {
		if c := compareText(keyText(a), keyText(b)); c != 0 {
			return c
		}
		return compareText(a.Type().TypeName(), b.Type().TypeName())
	})
	return keys
}

func keyText(k ref.Val) string {
	s, _ := textOf(k)
	return s
}

// textOf is the canonical text of a string, number, bool or instant.
func textOf(v ref.Val) (string, error) {
	switch v := v.(type) {
	case types.String:
		return string(v), nil
	case types.Int, types.Uint, types.Double, types.Bool:
		b, err := appendValue(nil, v)
		return string(b), err
	case types.Timestamp:
		return string(appendInstant(nil, v.Time.UTC())), nil
	case types.Null:
		return "", errors.New("the value is null")
	}
	return "", fmt.Errorf("a %s is no text, number or bool", plainName(v))
}

// appendJSON appends an object's fields that are there, by sorted names.
func (s *structType) appendJSON(b []byte, native any) ([]byte, error) {
	b = append(b, '{')
	first := true
	for _, f := range s.sortedFields() {
		if !f.always && !f.set(native) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, f.label...)
		var err error
		if b, err = f.appendJSON(b, native); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON appends one field of an object, amounts exactly.
func (f *field) appendJSON(b []byte, native any) ([]byte, error) {
	switch {
	case f.amount != nil && f.decimal:
		b, err := f.amount(native).AppendText(append(b, '"'))
		return append(b, '"'), err
	case f.amount != nil:
		return f.amount(native).AppendText(b)
	case f.text != nil:
		return schemas.AppendQuoted(b, f.text(native)), nil
	case f.moment != nil:
		return appendMoment(b, f.moment(native))
	}
	v := f.get(native)
	if date, ok := v.(types.Timestamp); ok && f.date {
		return append(date.AppendFormat(append(b, '"'), time.DateOnly), '"'), nil
	}
	return appendNative(b, v)
}

// appendNative appends what a field's get gives: of native values without
// wrapping them for CEL, as a command shows a whole cart or order.
func appendNative(b []byte, v any) ([]byte, error) {
	if err, ok := v.(*types.Err); ok {
		return nil, err
	}
	if l := listOf(v); l != nil {
		return l.appendJSON(b)
	}
	if s := structOf(v); s != nil {
		return s.appendJSON(b, v)
	}
	return appendValue(b, adapter{}.NativeToValue(v))
}

// figureOf is a number as an amount: exact for an int, through the shortest
// decimal for a double.
func figureOf(v ref.Val) (a schemas.Amount, ok bool, err error) {
	switch n := v.(type) {
	case types.Null:
		return a, false, nil
	case types.Int:
		a, err = schemas.NewAmount(int64(n), 0)
	case types.Uint:
		a, err = schemas.ParseAmount(strconv.FormatUint(uint64(n), 10))
	case types.Double:
		var b []byte
		if b, err = appendDouble(nil, float64(n)); err == nil {
			a, err = schemas.ParseAmount(string(b))
		}
	case types.String: // of raw data, where amounts may be texts
		a, err = schemas.ParseAmount(string(n))
	default:
		err = fmt.Errorf("a %s is no number", plainName(v))
	}
	return a, err == nil, err
}
