package walltime

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc := Zone(name)
	if loc == nil {
		t.Fatalf("no zone %s", name)
	}
	return loc
}

func TestWhatIsNoZone(t *testing.T) {
	for _, name := range []string{"", "Local", "localtime", "Europe", "Europe/", "../UTC", "/etc/localtime", "Nowhere/Town"} {
		if loc := Zone(name); loc != nil {
			t.Errorf("%q is %v", name, loc)
		}
	}
}

func TestWallTimesAroundClockChanges(t *testing.T) {
	for _, c := range []struct {
		what, zone string
		date       Date
		minutes    int
		want       string
	}{
		{"plain winter", "Europe/Bucharest", Date{2026, 1, 15}, 9 * 60, "2026-01-15T07:00:00Z"},
		{"plain summer", "Europe/Bucharest", Date{2026, 7, 15}, 9 * 60, "2026-07-15T06:00:00Z"},
		{"gap moves to its end", "Europe/Bucharest", Date{2026, 3, 29}, 3*60 + 30, "2026-03-29T01:00:00Z"},
		{"gap's own start is skipped too", "Europe/Bucharest", Date{2026, 3, 29}, 3 * 60, "2026-03-29T01:00:00Z"},
		{"fold means the first", "Europe/Bucharest", Date{2026, 10, 25}, 3*60 + 30, "2026-10-25T00:30:00Z"},
		{"west: gap", "America/New_York", Date{2026, 3, 8}, 2*60 + 30, "2026-03-08T07:00:00Z"},
		{"west: fold", "America/New_York", Date{2026, 11, 1}, 1*60 + 30, "2026-11-01T05:30:00Z"},
		{"half-hour change", "Australia/Lord_Howe", Date{2026, 10, 4}, 2*60 + 10, "2026-10-03T15:30:00Z"},
		{"midnight that does not exist", "America/Asuncion", Date{2023, 10, 1}, 0, "2023-10-01T04:00:00Z"},
		{"a whole day skipped", "Pacific/Apia", Date{2011, 12, 30}, 10 * 60, "2011-12-30T10:00:00Z"},
		{"no clock changes", "UTC", Date{2026, 3, 29}, 3*60 + 30, "2026-03-29T03:30:00Z"},
		{"fixed zone", "Asia/Kolkata", Date{2026, 3, 29}, 0, "2026-03-28T18:30:00Z"},
	} {
		if got := At(c.date, c.minutes, zone(t, c.zone)).String(); got != c.want {
			t.Errorf("%s: At(%v, %d, %s) = %s, want %s", c.what, c.date, c.minutes, c.zone, got, c.want)
		}
	}
}

func TestNextIsStrictlyLater(t *testing.T) {
	loc := zone(t, "Europe/Bucharest")
	for _, c := range []struct {
		after string
		clock int
		days  []time.Weekday
		want  string
	}{
		{"2026-01-15T07:59:59Z", 10 * 60, nil, "2026-01-15T08:00:00Z"},
		{"2026-01-15T08:00:00Z", 10 * 60, nil, "2026-01-16T08:00:00Z"},
		{"2026-01-15T08:00:00Z", 10 * 60, []time.Weekday{time.Thursday}, "2026-01-22T08:00:00Z"}, // a Thursday
		{"2026-01-15T12:00:00Z", 10 * 60, []time.Weekday{time.Monday, time.Friday}, "2026-01-16T08:00:00Z"},
		{"2026-03-28T20:00:00Z", 3*60 + 30, nil, "2026-03-29T01:00:00Z"},
	} {
		after, _ := schemas.ParseTime(c.after)
		if got := Next(after, c.clock, c.days, loc).String(); got != c.want {
			t.Errorf("Next(%s, %d, %v) = %s, want %s", c.after, c.clock, c.days, got, c.want)
		}
	}
}
