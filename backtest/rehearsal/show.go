package rehearsal

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// What is shown of something that nobody expected, in this order.
var (
	commandWords  = []string{"customer", "action", "trigger", "template", "channel", "step", "variant", "due_at", "offer"}
	decisionWords = []string{"time", "customer", "trigger", "key", "step", "outcome", "reason", "detail", "event_id"}
	waitWords     = []string{"due_at", "customer", "trigger", "key", "step", "held"}
)

// headline says how many there should be and are.
func headline(what string, want, got int) string {
	switch {
	case want == got:
		return fmt.Sprintf("%s, but not as expected", count(got, what))
	case want == 0:
		return fmt.Sprintf("expected no %s, got %d", what, got)
	default:
		return fmt.Sprintf("expected %s, got %d", count(want, what), got)
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// differenceOf shows an alignment: = as expected, ~ expected otherwise,
// - expected and not there, + there and not expected. Where not strict, there
// may be what was not expected.
func differenceOf(want []scenario.Item, got []map[string]any, pairs []pairing, words []string, strict bool) []string {
	var lines, alike []string
	mark := byte('=')
	for _, p := range pairs {
		line := ""
		switch {
		case p.got < 0:
			line = "- " + show(want[p.want].Want) + "   expected, not there"
		case p.want < 0 && !strict:
			line = "  " + brief(got[p.got], words)
		case p.want < 0:
			line = "+ " + brief(got[p.got], words) + "   not expected"
		case len(p.differs) == 0:
			line = "= " + brief(got[p.got], words)
		default:
			line = "~ " + brief(got[p.got], words)
		}
		if line[0] != mark {
			lines, alike, mark = append(lines, few(alike)...), nil, line[0]
		}
		if len(p.differs) == 0 {
			alike = append(alike, line)
			continue
		}
		lines = append(lines, line)
		for _, l := range differenceLines(p.differs) {
			lines = append(lines, "    "+l)
		}
	}
	return append(lines, few(alike)...)
}

// atEnds is how many of many lines of one kind are shown at either end.
const atEnds = 5

// few leaves out the middle of many lines of one kind, so that what differs is
// not lost among them.
func few(alike []string) []string {
	left := len(alike) - 2*atEnds
	if left < 2 {
		return alike
	}
	return slices.Concat(alike[:atEnds], []string{fmt.Sprintf("  … and %d more", left)}, alike[len(alike)-atEnds:])
}

func differenceLines(all []difference) []string {
	var lines []string
	for _, d := range all {
		switch {
		case d.missing:
			lines = append(lines, fmt.Sprintf("%s: expected %s, but there is none", d.path, show(d.want)))
		case d.want == nil:
			lines = append(lines, fmt.Sprintf("%s: expected none, got %s", d.path, show(d.got)))
		default:
			lines = append(lines, fmt.Sprintf("%s: expected %s, got %s", d.path, show(d.want), show(d.got)))
		}
	}
	return lines
}

func listOf(got []map[string]any, words []string) []string {
	var lines []string
	for _, g := range got {
		lines = append(lines, "+ "+brief(g, words))
	}
	return few(lines)
}

// brief shows the given fields of something, those it has.
func brief(m map[string]any, words []string) string {
	var parts []string
	for _, name := range words {
		if v, ok := m[name]; ok && !(name == "action" && v == string(schemas.Send)) {
			parts = append(parts, name+": "+show(v))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// plainForm is what YAML reads as the same text without quotes.
var plainForm = regexp.MustCompile(`^[A-Za-z_/][-A-Za-z0-9_./@+]*$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$`)

// show writes a value on one line, as it could stand in a scenario.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return string(v)
	case string:
		if plainForm.MatchString(v) && v != "true" && v != "false" && v != "null" {
			return v
		}
		return strconv.Quote(v)
	case []any:
		parts := make([]string, 0, len(v))
		for _, e := range v {
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+show(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}
