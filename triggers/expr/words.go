package expr

import (
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// words are CEL's types as messages call them.
var words = map[string]string{
	"double": "number", "int": "whole number", "uint": "whole number", "bool": "true or false", "string": "text",
	"timestamp": "timestamp", "duration": "duration", "null": "null", "null_type": "null", "bytes": "bytes", "dyn": "value of any type",
	"google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration", "type": "type",
}

// plainType is a type in plain words, without an article.
func plainType(t *types.Type) string {
	switch t.Kind() {
	case types.ListKind:
		return "list"
	case types.MapKind:
		return "map"
	case types.OpaqueKind:
		return "optional value"
	case types.NullTypeKind:
		return "null"
	case types.DynKind, types.AnyKind, types.TypeParamKind:
		return "value of any type"
	case types.TypeKind:
		return "type"
	}
	return plainTypeName(t.TypeName())
}

// plainTypeName is plainType for a type as CEL's messages write it.
func plainTypeName(name string) string {
	if w := words[name]; w != "" {
		return w
	}
	name = strings.TrimPrefix(name, "@")
	base, _, params := strings.Cut(name, "(")
	switch {
	case base == "list" || base == "map":
		return base
	case base == "optional_type":
		return "optional value"
	case params:
		return base
	}
	return name
}

// plainName is the type of a value in plain words.
func plainName(v ref.Val) string {
	if o, ok := v.(*object); ok {
		return o.of.name
	}
	return plainTypeName(v.Type().TypeName())
}

// article puts a or an before a word; null and bytes take none.
func article(word string) string {
	switch {
	case word == "null" || word == "bytes" || word == "true or false":
		return word
	case strings.ContainsRune("aeio", rune(word[0])):
		return "an " + word
	}
	return "a " + word
}

// wanted says what a place asks for.
var wanted = map[Want]string{
	Bool:      "true or false",
	Timestamp: "a timestamp",
	Text:      "a text or number",
	List:      "a list",
	Figure:    "a number",
	Texts:     "a text or a list of texts",
}

// checkResult tells what is wrong with a result type, nil if it fits.
func checkResult(src string, out *types.Type, want Want) *Issue {
	k := out.Kind()
	fits := isDynamic(out)
	hint := ""
	switch want {
	case Any:
		fits = k != types.BytesKind && k != types.TypeKind
	case Bool:
		fits = fits || k == types.BoolKind
		if k == types.ListKind || k == types.MapKind {
			hint = "write size(…) > 0"
		}
	case Timestamp:
		fits = fits || k == types.TimestampKind || k == types.NullTypeKind
		if k == types.DurationKind {
			hint = "add it to a timestamp, as in event.time + hours(12)"
		}
	case Text:
		fits = fits || isText(out)
	case List:
		fits = fits || k == types.ListKind
	case Figure:
		fits = fits || isNumber(out)
	case Texts:
		elem := elementType(out)
		fits = fits || isText(out) || k == types.ListKind && (isDynamic(elem) || isText(elem))
	}
	if fits {
		return nil
	}
	asked := wanted[want]
	if want == Any {
		asked = "something that JSON can show"
	}
	line, col := firstPlace(src)
	return &Issue{line, col, "this must be " + asked + " but is " + article(plainType(out)), hint}
}

// isText tells a type whose values have a canonical text.
func isText(t *types.Type) bool {
	k := t.Kind()
	return k == types.StringKind || isNumber(t) || k == types.BoolKind || k == types.TimestampKind
}

// firstPlace is where the expression begins, after blanks.
func firstPlace(src string) (line, col int) {
	line, col = 1, 1
	for _, r := range src {
		switch r {
		case '\n':
			line, col = line+1, 1
		case ' ', '\t', '\r':
			col++
		default:
			return line, col
		}
	}
	return 1, 1
}

// comparisonHint says how to compare what cannot be equal.
func comparisonHint(l, r *types.Type) string {
	switch a, b := l.Kind(), r.Kind(); {
	case a == types.TimestampKind && b == types.StringKind || a == types.StringKind && b == types.TimestampKind:
		return `write timestamp("2026-03-01T00:00:00Z") for a moment`
	case a == types.NullTypeKind || b == types.NullTypeKind:
		return "only timestamps and durations can be null; ask with has(…) whether a field is there"
	case isNumber(l) && b == types.StringKind || a == types.StringKind && isNumber(r):
		return "write the number without quotes"
	}
	return ""
}
