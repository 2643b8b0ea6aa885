package rule

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/policy"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// scalar is a single value as text; false, with a mistake noted, for anything
// else.
func (l *loading) scalar(v value, what string) (string, bool) {
	n := v.node
	switch {
	case n.Kind != yaml.ScalarNode || v.null():
		l.fail(v, "", "expects %s, not %s", what, v.shape())
	case n.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(n.Tag, "!!"):
		l.fail(v, "put a value that begins with ! into quotes", "%s is read as a YAML tag", cut(n.Tag))
	case strings.TrimSpace(n.Value) == "":
		l.fail(v, "", "expects %s, not an empty text", what)
	default:
		return n.Value, true
	}
	return "", false
}

func (l *loading) word(v value) string { s, _ := l.scalar(v, "a text"); return s }

// words is a list of texts, or one alone; repeated ones are mistakes.
func (l *loading) words(v value) []string {
	var all []string
	for _, e := range l.items(v, true) {
		s, ok := l.scalar(e, "a text")
		if !ok {
			continue
		}
		if slices.Contains(all, s) {
			l.fail(e, "", "%q stands twice", cut(s))
			continue
		}
		all = append(all, s)
	}
	if v.node.Kind == yaml.SequenceNode && len(v.node.Content) == 0 {
		l.fail(v, "", "the list is empty")
	}
	return all
}

// oneOf is a word out of a closed list; the empty text if it is not.
func (l *loading) oneOf(v value, known ...string) string {
	s, ok := l.scalar(v, "one of "+strings.Join(known, ", "))
	if !ok {
		return ""
	}
	if !slices.Contains(known, s) {
		l.fail(v, diag.DidYouMean(s, known), "%q is not known; write %s", cut(s), orList(known))
		return ""
	}
	return s
}

// whole is a whole number in a range.
func (l *loading) whole(v value, least, most int) int {
	s, ok := l.scalar(v, "a whole number")
	if !ok {
		return least
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || v.node.Tag == "!!str":
		l.fail(v, "", "%q is not a whole number", cut(s))
	case n < least || n > most:
		l.fail(v, "", "%d is out of range; write %d to %d", n, least, most)
	default:
		return n
	}
	return least
}

// truth is true or false.
func (l *loading) truth(v value) bool {
	s, ok := l.scalar(v, "true or false")
	if ok && s != "true" && s != "false" || ok && v.node.Tag == "!!str" {
		l.fail(v, "write true or false", "%q is neither true nor false", cut(s))
	}
	return s == "true"
}

// amount is a decimal number, as a number or as text.
func (l *loading) amount(v value) (schemas.Amount, bool) {
	s, ok := l.scalar(v, "a number")
	if !ok {
		return schemas.Amount{}, false
	}
	a, err := schemas.ParseAmount(s)
	if err != nil {
		l.fail(v, "", "%s", err)
		return a, false
	}
	return a, true
}

// duration is a time span that is not negative.
func (l *loading) duration(v value) span {
	d := l.signedDuration(v)
	if d < 0 {
		l.fail(v, "", "%s is negative", d)
		return 0
	}
	return d
}

func (l *loading) signedDuration(v value) span {
	s, ok := l.scalar(v, "a duration such as 45m or 1d12h")
	if !ok {
		return 0
	}
	d, err := parseSpan(s)
	if err != nil {
		l.fail(v, "", "%s", err)
	}
	return d
}

// positive is a duration longer than zero.
func (l *loading) positive(v value) span {
	before := len(l.list)
	d := l.duration(v)
	if d == 0 && len(l.list) == before {
		l.fail(v, "", "must be longer than 0s")
	}
	return d
}

// clock is a wall time, in minutes after midnight.
func (l *loading) clock(v value) int {
	s, ok := l.scalar(v, `a time such as "10:00"`)
	if !ok {
		return 0
	}
	m, err := parseClock(s)
	if err != nil {
		l.fail(v, "", "%s", err)
	}
	return m
}

// share is a percentage.
func (l *loading) share(v value) policy.Share {
	s, ok := l.scalar(v, "a share such as 5%")
	if !ok {
		return 0
	}
	p, err := parseShare(s)
	if err != nil {
		l.fail(v, "", "%s", err)
	}
	return p
}

// zone is a time zone by its IANA name.
func (l *loading) zone(v value) *time.Location {
	s, ok := l.scalar(v, "a time zone such as Europe/Bucharest")
	if !ok {
		return nil
	}
	loc := walltime.Zone(s)
	if loc == nil {
		l.fail(v, "", "%q is not a time zone; write an IANA name such as Europe/Bucharest", cut(s))
		return nil
	}
	return loc
}
