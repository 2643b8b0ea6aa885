// Package calendar tells when starts by date, by schedule and at one instant
// begin runs, in a zone.
//
// An occurrence is named by its wall time, as 2026-12-20T10:00, with seconds
// where there are any: the same name in every zone, so that a customer who
// travels can be told to have had it. Only an instant written with an offset of
// its own has no wall time; its name is that instant in UTC.
//
// A wall time that a clock change skips occurs at the end of the gap, one that
// comes twice the first time; both keep their names. No clock is read and no
// zone loaded here.
package calendar

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// Occurrence is one moment at which a start begins runs.
type Occurrence struct {
	ID string
	At schemas.Time
}

// Next is the first occurrence of a schedule, or of a single instant, after a
// moment, zero being the beginning of time; not ok where there is none. loc is
// the zone that the start holds in.
func Next(s *rule.Start, after schemas.Time, loc *time.Location) (o Occurrence, ok bool) {
	after = max(after, 1)
	switch {
	case s.Cron != nil:
		return nextCron(s.Cron, after, loc)
	case s.At == 0:
		return o, false
	case s.Absolute:
		o = Occurrence{s.At.String(), s.At}
	default:
		o = wallOccurrence(s.At.Std(), loc, 0)
	}
	return o, o.At > after
}

// scheduleYears is how far ahead a schedule is looked for. Of 29 February the
// next one is at most eight years away.
const scheduleYears = 9

// nextCron looks through wall times from that of after on: all before it occur
// at or before that moment.
func nextCron(c *rule.Cron, after schemas.Time, loc *time.Location) (Occurrence, bool) {
	wall := after.Std().In(loc)
	day := walltime.DateOf(after, loc)
	from := wall.Hour()*60 + wall.Minute()
	for last := day.Year + scheduleYears; day.Year <= last; from = 0 {
		if c.Month&(1<<day.Month) == 0 {
			day = walltime.Date{Year: day.Year, Month: day.Month + 1, Day: 1}.AddDays(0)
			continue
		}
		if onDay(c, day) {
			if at, minutes, ok := nextInDay(c, day, from, after, loc); ok {
				return Occurrence{nameOf(wallOf(day, minutes)), at}, true
			}
		}
		day = day.AddDays(1)
	}
	return Occurrence{}, false
}

// onDay is cron's rule: where both days are restricted either suffices.
func onDay(c *rule.Cron, day walltime.Date) bool {
	inMonth, inWeek := c.Day&(1<<day.Day) != 0, c.Weekday&(1<<day.Weekday()) != 0
	if c.AnyDay || c.AnyWeekday {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

func nextInDay(c *rule.Cron, day walltime.Date, from int, after schemas.Time, loc *time.Location) (at schemas.Time, minutes int, ok bool) {
	for hour := from / 60; hour < 24; hour++ {
		if c.Hour&(1<<hour) == 0 {
			continue
		}
		for minute := range 60 {
			minutes = hour*60 + minute
			if minutes < from || c.Minute&(1<<minute) == 0 {
				continue
			}
			if at = walltime.At(day, minutes, loc); at > after {
				return at, minutes, true
			}
		}
	}
	return 0, 0, false
}

// wallOf is a wall time in the fields of a time in UTC.
func wallOf(d walltime.Date, minutes int) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, time.UTC)
}

// wallOccurrence occurs when the clock in loc shows a wall time; later is added
// to both.
func wallOccurrence(wall time.Time, loc *time.Location, later time.Duration) Occurrence {
	whole := wall.Truncate(time.Minute)
	date := walltime.Date{Year: whole.Year(), Month: whole.Month(), Day: whole.Day()}
	at := walltime.At(date, whole.Hour()*60+whole.Minute(), loc).Add(wall.Sub(whole) + later)
	return Occurrence{nameOf(wall.Add(later)), at}
}

// Read is when a wall time comes in a zone, from its name; not ok for a name
// that is an instant.
func Read(id string, loc *time.Location) (at schemas.Time, ok bool) {
	wall, err := time.Parse("2006-01-02T15:04", id)
	if err != nil {
		if wall, err = time.Parse("2006-01-02T15:04:05", id); err != nil {
			return 0, false
		}
	}
	return wallOccurrence(wall, loc, 0).At, true
}

func nameOf(wall time.Time) string {
	layout := "2006-01-02T15:04"
	if wall.Second() != 0 || wall.Nanosecond() != 0 {
		layout = "2006-01-02T15:04:05.999999"
	}
	return wall.Format(layout)
}
