package expr

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/interpreter"
)

// ErrCost is in the chain of an error when an evaluation was stopped because
// it took too much work.
var ErrCost = errors.New("the expression takes too much work on this data")

// errInternal is a panic in CEL or in this room, which CEL caught: a bug.
const errInternal = "internal error"

// failures are the words for CEL's run-time errors, by their beginnings. CEL's
// own texts quote values, which may be the customer's.
var failures = []struct{ prefix, words string }{
	{"internal error", errInternal},
	{"index out of bounds", "the list has no such element"},
	{"index '", "the list has no such element"},
	{"cannot slice", "the list has no such part"},
	{"division by zero", "division by zero"},
	{"divide by zero", "division by zero"},
	{"modulus by zero", "division by zero"},
	{"integer overflow", "a number is too large"},
	{"unsigned integer overflow", "a number is too large"},
	{"duration out of range", "a duration is too long"},
	{"duration overflow", "a duration is too long"},
	{"timestamp overflow", "a timestamp is out of range"},
	{"range", "a number is out of range"},
	{"no such overload", "an operation does not fit the type of the data"},
	{"type conversion error", "a value cannot be converted"},
	{"invalid RFC 3339 timestamp", "a text is no RFC 3339 timestamp"},
	{"unsupported timestamp", "a text is no RFC 3339 timestamp"},
	{"strconv.", "a text is no number"},
	{"optional.none() dereference", "an optional value is missing"},
	{"error parsing regexp", "a regular expression cannot be read"},
	{"unknown time zone", "there is no such time zone"},
	{"data is no", "the event's data is no JSON object"},
	{"number out of range", "a number is too large"},
	{"within needs", "within needs a timestamp and a duration"},
	{"precision", "the precision is too large"},
	{"text too long", "a text is too long"},
	{"list too long", "a list is too long"},
	{"lists.range", "the range is too long"},
}

// explain puts a failure of an evaluation into words without data.
func (e *Expr) explain(err error) error {
	var stopped interpreter.EvalCancelledError
	if errors.As(err, &stopped) {
		return ErrCost
	}
	m := err.Error()
	if _, key, ok := strings.Cut(m, "no such key: "); ok {
		if strings.Contains(e.source, key) {
			return fmt.Errorf("the data has no field %s", key)
		}
		return errors.New("the data has no such field")
	}
	for _, f := range failures {
		if strings.HasPrefix(m, f.prefix) {
			return errors.New(f.words)
		}
	}
	return errors.New("the data does not fit the expression")
}
