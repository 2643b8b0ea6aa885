package rehearsal

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// matcher compares expectations with what came out, both as decoded JSON with
// numbers as json.Number. zone is that of expected wall times.
type matcher struct{ zone *time.Location }

// difference is one field that is not as expected.
type difference struct {
	path      string
	want, got any
	missing   bool // there is no such field
}

// differs lists where got is not as want says, in the order of fields' names,
// and counts the single values that were compared. Fields that want does not
// name are not looked at; a null in want is a field that must not be there.
func (m matcher) differs(want, got any, path string, compared *int) []difference {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			*compared++
			return []difference{{path: path, want: want, got: got}}
		}
		var all []difference
		for _, name := range slices.Sorted(maps.Keys(want)) {
			inner := name
			if path != "" {
				inner = path + "." + name
			}
			v, there := have[name]
			if !there {
				*compared++
				if want[name] != nil && !isEmpty(want[name]) {
					all = append(all, difference{path: inner, want: want[name], missing: true})
				}
				continue
			}
			all = append(all, m.differs(want[name], v, inner, compared)...)
		}
		return all
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			*compared++
			return []difference{{path: path, want: want, got: got}}
		}
		var all []difference
		for i := range want {
			all = append(all, m.differs(want[i], have[i], fmt.Sprintf("%s[%d]", path, i), compared)...)
		}
		return all
	}
	*compared++
	if m.equal(want, got) {
		return nil
	}
	return []difference{{path: path, want: want, got: got}}
}

// isEmpty tells whether a value is one that JSON leaves out here: commands and
// customers have no empty fields.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		a, err := schemas.ParseAmount(string(v))
		return err == nil && a.IsZero()
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return v == nil
}

// equal compares single values: numbers and amounts by what they are worth,
// instants whatever their offset, texts between slashes as regular expressions.
func (m matcher) equal(want, got any) bool {
	if want == got {
		return true
	}
	switch want := want.(type) {
	case json.Number:
		return sameNumber(string(want), got)
	case string:
		have, ok := got.(string)
		if !ok {
			return false
		}
		if scenario.IsPattern(want) {
			re, err := regexp.Compile(want[1 : len(want)-1])
			return err == nil && re.MatchString(have)
		}
		return m.sameTime(want, have)
	}
	return false
}

// sameNumber compares a number with a number or an amount's text.
func sameNumber(want string, got any) bool {
	text, ok := got.(string)
	if n, number := got.(json.Number); number {
		text, ok = string(n), true
	}
	if !ok {
		return false
	}
	a, err1 := schemas.ParseAmount(want)
	b, err2 := schemas.ParseAmount(text)
	return err1 == nil && err2 == nil && a.Cmp(b) == 0
}

// sameTime compares instants, or a time of day with an instant's.
func (m matcher) sameTime(want, got string) bool {
	have, err := schemas.ParseTime(got)
	if err != nil {
		return false
	}
	if at, ok := scenario.ParseInstant(want, m.zone); ok {
		return at == have
	}
	for _, form := range []string{"15:04", "15:04:05"} {
		if clock, err := time.Parse(form, want); err == nil {
			return have.Std().In(m.zone).Format("15:04:05") == clock.Format("15:04:05")
		}
	}
	return false
}
