package calendar

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/walltime"
)

const day = 24 * time.Hour

// Dated is a date of a customer and what a start makes of it: the date itself is
// number 0, and where it repeats the anniversaries are 1, 2 and so on.
//
// A date at midnight in UTC is a day of the calendar, as birthdays are, and
// begins at midnight in the zone. Any other is a moment, on the day that the
// zone has then, at its time of day. `at` replaces the time of day. Whole days of
// the offset move the day, so that the time of day stays; what is left of it
// moves the instant. Only a moment without `every` and `at` is moved by exactly
// the offset.
type Dated struct {
	start *rule.Start
	loc   *time.Location
	date  schemas.Time
	day   walltime.Date
	clock time.Duration // after midnight
	exact bool
}

// Of reads a date in the customer's zone.
func Of(s *rule.Start, date schemas.Time, loc *time.Location) Dated {
	d := Dated{start: s, loc: loc, date: date}
	whole := date%schemas.Time(day/time.Microsecond) == 0
	switch {
	case whole:
		d.day = walltime.DateOf(date, time.UTC)
	default:
		wall := date.Std().In(loc)
		d.day = walltime.DateOf(date, loc)
		d.clock = time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute +
			time.Duration(wall.Second())*time.Second + time.Duration(wall.Nanosecond())
		d.exact = s.Every == "" && s.Clock < 0
	}
	if s.Clock >= 0 {
		d.clock = time.Duration(s.Clock) * time.Minute
	}
	return d
}

// Repeats tells whether there are anniversaries.
func (d *Dated) Repeats() bool { return d.start.Every != "" }

// Number is occurrence n.
func (d *Dated) Number(n int) Occurrence {
	if d.exact {
		at := d.date.Add(d.start.Offset)
		return Occurrence{nameOf(at.Std().In(d.loc)), at}
	}
	days := int(d.start.Offset / day)
	on := d.anniversary(n).AddDays(days)
	wall := wallOf(on, 0).Add(d.clock)
	return wallOccurrence(wall, d.loc, d.start.Offset-time.Duration(days)*day)
}

// First is the number of the first occurrence at or after a moment.
func (d *Dated) First(at schemas.Time) int {
	period := map[string]int{"year": 366, "month": 31, "week": 7}[d.start.Every]
	if period == 0 {
		return 0
	}
	elapsed := at.Sub(d.date.Add(d.start.Offset))
	n := max(0, int(elapsed/day)/period-1) // or a few before it
	for d.Number(n).At < at {
		n++
	}
	return n
}

// anniversary is the day of occurrence n, before the offset. A day that the
// month lacks is kept on its last one.
func (d *Dated) anniversary(n int) walltime.Date {
	switch on := d.day; d.start.Every {
	case "year":
		return clamped(on.Year+n, on.Month, on.Day)
	case "month":
		months := int(on.Month) - 1 + n
		return clamped(on.Year+months/12, time.Month(months%12+1), on.Day)
	case "week":
		return on.AddDays(7 * n)
	default:
		return on
	}
}

func clamped(year int, month time.Month, d int) walltime.Date {
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return walltime.Date{Year: year, Month: month, Day: min(d, last)}
}
