package oracle

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// homes are the zones of the countries of cases.
var homes = map[string]string{
	"RO": "Europe/Bucharest", "GB": "Europe/London", "US": "America/New_York", "JP": "Asia/Tokyo",
}

// wall is what a clock on the wall shows in a zone, as if it were UTC, so that
// wall times compare like instants.
func wall(t schemas.Time, zone *time.Location) time.Time {
	in := t.Std().In(zone)
	return time.Date(in.Year(), in.Month(), in.Day(), in.Hour(), in.Minute(), in.Second(), in.Nanosecond(), time.UTC)
}

// shows is the first instant at which the clock shows a wall time or later: that
// is the end of the gap for one that is skipped, and the first one of two.
// Found by looking at the clock each quarter of an hour; all zones change at such.
func shows(target time.Time, zone *time.Location) schemas.Time {
	t := schemas.FromTime(target.Add(-15 * time.Hour))
	for wall(t, zone).Before(target) {
		t = t.Add(15 * time.Minute)
	}
	return t
}

// at is a wall time such as 21:00 on a day so many days after that of t.
func at(t schemas.Time, days int, clock string, zone *time.Location) time.Time {
	c, err := time.Parse("15:04", clock)
	if err != nil {
		panic("a case has a clock time " + clock)
	}
	w := wall(t, zone)
	return time.Date(w.Year(), w.Month(), w.Day()+days, c.Hour(), c.Minute(), 0, 0, time.UTC)
}

// next is the next time after t that the clock shows such a time on such a day.
func next(t schemas.Time, clock string, days []time.Weekday, zone *time.Location) schemas.Time {
	for d := -1; ; d++ {
		target := at(t, d, clock, zone)
		on := len(days) == 0
		for _, day := range days {
			on = on || day == target.Weekday()
		}
		if found := shows(target, zone); on && found > t {
			return found
		}
	}
}

// over is when the quiet hours end that an instant falls into; 0: into none.
func (q *quiet) over(t schemas.Time, zone *time.Location) schemas.Time {
	for d := -1; d <= 0; d++ {
		from, to := at(t, d, q.from, zone), at(t, d, q.to, zone)
		if !from.Before(to) {
			to = to.AddDate(0, 0, 1)
		}
		if end := shows(to, zone); shows(from, zone) <= t && t < end {
			return end
		}
	}
	return 0
}
