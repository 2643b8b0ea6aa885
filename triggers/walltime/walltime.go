// Package walltime turns wall times in a zone into instants.
//
// A wall time that a clock change skips means the next real instant, the end
// of the gap; one that occurs twice means the first. Go's time.Date leaves both
// open. The zones come with this package: a container may have none, and every
// customer would live in UTC.
package walltime

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Date is a day of the calendar in no zone. Day may be out of range: it
// normalises as in time.Date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that an instant falls on in a zone.
func DateOf(t schemas.Time, loc *time.Location) Date {
	y, m, d := time.UnixMicro(int64(t)).In(loc).Date() // the absent Time's midnight, too, is a date
	return Date{y, m, d}
}

// AddDays is the date n days later.
func (d Date) AddDays(n int) Date {
	y, m, day := time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, day}
}

// Weekday is the date's day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// At is the instant of a wall time, in minutes after midnight, on a date.
func At(d Date, minutes int, loc *time.Location) schemas.Time {
	wall := time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, time.UTC)
	guess := time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, loc)
	start, end := guess.ZoneBounds()

	// The wall time belongs to the guess's period, the one before or the one
	// after; of two real readings the earlier one counts.
	first, found := under(wall, guess)
	if !start.IsZero() {
		if t, ok := under(wall, start.Add(-1)); ok && (!found || t.Before(first)) {
			first, found = t, true
		}
	}
	if !end.IsZero() {
		if t, ok := under(wall, end); ok && (!found || t.Before(first)) {
			first, found = t, true
		}
	}
	if found {
		return schemas.FromTime(first)
	}
	// In a gap, Date's guess lies within the gap's width of the transition.
	if end.IsZero() || (!start.IsZero() && guess.Sub(start) < end.Sub(guess)) {
		return schemas.FromTime(start)
	}
	return schemas.FromTime(end)
}

// under reads a wall time with the UTC offset that holds at ref; not ok if
// that offset does not hold at the instant read.
func under(wall, ref time.Time) (time.Time, bool) {
	_, offset := ref.Zone()
	t := wall.Add(-time.Duration(offset) * time.Second).In(ref.Location())
	_, got := t.Zone()
	return t, got == offset
}

// Next is the first instant after `after` at which the clock in loc shows the
// given minutes after midnight, on one of the days; no days: on any.
func Next(after schemas.Time, minutes int, days []time.Weekday, loc *time.Location) schemas.Time {
	date := DateOf(after, loc)
	// The day before too: a gap can push a wall time past midnight.
	for n := -1; n <= 8; n++ {
		day := date.AddDays(n)
		if !contains(days, day.Weekday()) {
			continue
		}
		if t := At(day, minutes, loc); t > after {
			return t
		}
	}
	return At(date.AddDays(9), minutes, loc) // not reached: every week has all days
}

func contains(days []time.Weekday, day time.Weekday) bool {
	if len(days) == 0 {
		return true
	}
	for _, d := range days {
		if d == day {
			return true
		}
	}
	return false
}
