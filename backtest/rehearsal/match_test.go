package rehearsal

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/triggers/scenario"
)

func TestValuesCompareByWhatTheyAreWorth(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		t.Fatal(err)
	}
	m := matcher{zone}
	number := func(s string) any { return json.Number(s) }
	for _, c := range []struct {
		want, got any
		equal     bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{number("10"), number("10.0"), true},
		{number("10"), "10.00", true},
		{number("10"), "ten", false},
		{number("10"), true, false},
		{"10", "10.00", false}, // texts are texts
		{true, true, true},
		{true, "true", false},
		{"/^CART-/", "CART-7K2M", true},
		{"/^CART-/", "XCART-7K2M", false},
		{"/(/", "(", false}, // no regular expression
		{"2026-03-02T12:00:00+02:00", "2026-03-02T10:00:00Z", true},
		{"2026-03-02 12:00", "2026-03-02T10:00:00Z", true}, // in the zone
		{"12:00", "2026-03-02T10:00:00Z", true},
		{"12:00:30", "2026-03-02T10:00:00Z", false},
		{"12:00", "12:00:00", false}, // no instant came
		{nil, nil, true},
		{nil, "a", false},
	} {
		if m.equal(c.want, c.got) != c.equal {
			t.Errorf("%v and %v: equal is %v", c.want, c.got, !c.equal)
		}
	}
}

func TestOnlyNamedFieldsCount(t *testing.T) {
	for _, c := range []struct{ want, got, differs string }{
		{`{"a": 1}`, `{"a": 1, "b": 2}`, ""},
		{`{"a": {"b": 1}}`, `{"a": {"b": 1, "c": 2}}`, ""},
		{`{"a": {"b": 1}}`, `{"a": {"b": 2}}`, "a.b"},
		{`{"a": [1, 2]}`, `{"a": [1, 3]}`, "a[1]"},
		{`{"a": [1]}`, `{"a": [1, 2]}`, "a"}, // lists are whole
		{`{"a": [{"b": 1}]}`, `{"a": [{"b": 1, "c": 2}]}`, ""},
		{`{"a": null}`, `{}`, ""},
		{`{"a": null}`, `{"a": 1}`, "a"},
		{`{"a": 1}`, `{}`, "a"},
		{`{"a": 0, "b": "", "c": false, "d": [], "e": {}}`, `{}`, ""}, // which commands leave out
		{`{"a": {"b": 1}}`, `{"a": 1}`, "a"},
		{`{"b": 1, "a": 1}`, `{"a": 2, "b": 2}`, "a b"},
	} {
		compared := 0
		var paths []string
		for _, d := range (matcher{time.UTC}).differs(decodedValue([]byte(c.want)), decodedValue([]byte(c.got)), "", &compared) {
			paths = append(paths, d.path)
		}
		if got := strings.Join(paths, " "); got != c.differs || compared == 0 {
			t.Errorf("%s and %s differ in %q, want %q", c.want, c.got, got, c.differs)
		}
	}
}

// What is nearly as expected stands beside it; order counts.
func TestAlignmentPairsWhatBelongsTogether(t *testing.T) {
	for _, c := range []struct {
		want, got string
		extra     bool
		pairs     string
	}{
		{"abc", "abc", false, "00 11 22"},
		{"abc", "ac", false, "00 1- 21"},
		{"ac", "abc", false, "00 -1 12"},
		{"ab", "ba", false, "0- 10 -1"}, // one of the two is out of place
		{"b", "aabaa", true, "-0 -1 02 -3 -4"},
		{"x", "a", false, "00"}, // one for another: shown as a difference
		{"", "a", false, "-0"},
		{"a", "", false, "0-"},
	} {
		var want []scenario.Item
		for _, r := range c.want {
			want = append(want, scenario.Item{Want: map[string]any{"template": string(r), "channel": "email"}})
		}
		var got []map[string]any
		for _, r := range c.got {
			got = append(got, map[string]any{"template": string(r), "channel": "email"})
		}
		var pairs []string
		for _, p := range (matcher{time.UTC}).align(want, got, c.extra) {
			pairs = append(pairs, place(p.want)+place(p.got))
		}
		if all := strings.Join(pairs, " "); all != c.pairs {
			t.Errorf("%q and %q are paired %s, want %s", c.want, c.got, all, c.pairs)
		}
	}
}

func place(i int) string {
	if i < 0 {
		return "-"
	}
	return string(rune('0' + i))
}
