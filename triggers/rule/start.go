package rule

import (
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// startKinds are the forms of `start`, by the key that tells them apart, with
// the other keys of each.
var startKinds = []struct {
	key  string
	also []string
}{
	{"on", []string{"when", "key", "each"}},
	{"date", []string{"every", "offset", "at"}},
	{"schedule", []string{"zone"}},
	{"at", []string{"zone"}}, // last: a date start has an `at` too
}

// start reads what begins a run.
func (l *loading) start(v value) startSpec {
	s := startSpec{clock: -1}
	f := l.mapping(v, "on", "when", "key", "each", "date", "every", "offset", "schedule", "at", "zone")
	if f == nil {
		return s
	}
	kind := -1
	for i, k := range startKinds {
		if _, ok := f[k.key]; ok {
			kind = i
			break
		}
	}
	if kind < 0 {
		l.fail(v, "start: {on: order.placed}", "needs one of `on`, `date`, `schedule` or `at`")
		return s
	}
	form := startKinds[kind]
	for key, e := range f {
		if key != form.key && !slices.Contains(form.also, key) {
			l.fail(e, "", "does not go with `%s`, which takes %s", form.key, orList(form.also))
		}
	}
	switch form.key {
	case "on":
		s.On = l.types(f["on"])
		if slices.Contains(s.On, schemas.CustomerErased.String()) && !l.lax {
			l.warn(f["on"], "", "nothing starts on customer.erased: by then nothing is known of the customer")
		}
		s.When, s.Key, s.Each = l.optionalCode(f, "when"), l.optionalCode(f, "key"), l.optionalCode(f, "each")
	case "date":
		l.dateStart(&s, f)
	case "schedule":
		if text := l.word(f["schedule"]); text != "" {
			cron, err := ParseCron(text)
			if err != nil {
				l.fail(f["schedule"], `minute hour day-of-month month day-of-week, as in "0 10 * * MON"`, "%s", err)
			}
			s.Schedule, s.cron = text, cron
		}
		s.Zone = l.startZone(f)
	case "at":
		l.instant(&s, f)
	}
	return s
}

func (l *loading) dateStart(s *startSpec, f fields) {
	s.Date = l.code(f["date"])
	if v, ok := f["every"]; ok {
		s.Every = l.oneOf(v, "year", "month", "week")
	}
	if v, ok := f["offset"]; ok {
		s.Offset = l.signedDuration(v)
	}
	if v, ok := f["at"]; ok {
		s.clock = l.clock(v)
		s.At = clock(s.clock).String()
	}
}

// instant reads `at: "2026-12-20T10:00"`: a wall time in the zone, or with an
// offset an instant.
func (l *loading) instant(s *startSpec, f fields) {
	v := f["at"]
	s.Zone = l.startZone(f)
	s.At = l.word(v)
	if s.At == "" {
		return
	}
	if t, err := time.Parse(time.RFC3339, s.At); err == nil {
		s.when, s.exact = schemas.FromTime(t), true
		if s.Zone != "" {
			l.fail(f["zone"], "leave the offset or the zone out", "the time %s has an offset of its own", s.At)
		}
		return
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s.At); err == nil {
			s.when = schemas.FromTime(t)
			return
		}
	}
	l.fail(v, "", `%q is not a date and time; write "2026-12-20T10:00"`, cut(s.At))
}

// startZone is `customer`, an IANA name, or empty for the policy's zone.
func (l *loading) startZone(f fields) string {
	v, ok := f["zone"]
	if !ok {
		return ""
	}
	if v.node.Value == "customer" {
		return "customer"
	}
	if loc := l.zone(v); loc != nil {
		return loc.String()
	}
	return ""
}
