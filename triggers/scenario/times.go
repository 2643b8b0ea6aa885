package scenario

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// localForms are wall times in the scenario's zone.
var localForms = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

// ParseInstant reads an instant: RFC 3339, or a wall time without an offset in
// the zone. A wall time that a clock change skips or repeats is read as in
// walltime.
func ParseInstant(s string, zone *time.Location) (schemas.Time, bool) {
	if t, err := schemas.ParseTime(s); err == nil {
		return t, true
	}
	for _, form := range localForms {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		date := walltime.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
		return walltime.At(date, t.Hour()*60+t.Minute(), zone).Add(time.Duration(t.Second()) * time.Second), true
	}
	return 0, false
}

// instant reads an instant out of a file.
func instant(n rule.Node, zone *time.Location) schemas.Time {
	s, ok := n.Text("a time such as 2026-03-01T10:00:00Z")
	if !ok {
		return 0
	}
	t, ok := ParseInstant(s, zone)
	if !ok {
		n.Fail("2026-03-01T10:00:00Z, or 2026-03-01 10:00 in the scenario's `zone`", "%q is not a time", s)
	}
	return t
}

// isClock tells a time of day from an instant: it begins with one or two digits
// and a colon.
func isClock(s string) bool {
	return len(s) <= 5 && len(s) >= 4 && s[len(s)-3] == ':'
}
