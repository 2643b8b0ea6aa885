package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func instant(t testing.TB, s string) schemas.Time {
	t.Helper()
	at, err := schemas.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// start compiles the start of a trigger.
func start(t testing.TB, text string) *rule.Start {
	t.Helper()
	file := rule.File{Path: "t.yaml", Data: []byte("name: t\nstart: " + text + "\nsteps: [{stop: true}]\n")}
	set, list := rule.Load([]rule.File{file}, rule.Options{})
	if list.Failed() {
		t.Fatalf("%s: %v", text, list)
	}
	return &set.Triggers[0].Start
}

func shown(all []Occurrence) string {
	var lines []string
	for _, o := range all {
		lines = append(lines, o.ID+" "+o.At.String())
	}
	return strings.Join(lines, "\n")
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		what, start, zone, after string
		want                     []string
	}{
		{"each Monday", `{schedule: "0 10 * * MON"}`, "Europe/Bucharest", "2026-03-02T08:00:00Z", []string{
			"2026-03-09T10:00 2026-03-09T08:00:00Z", "2026-03-16T10:00 2026-03-16T08:00:00Z",
			"2026-03-23T10:00 2026-03-23T08:00:00Z", "2026-03-30T10:00 2026-03-30T07:00:00Z"}},
		{"the moment before", `{schedule: "0 10 * * MON"}`, "Europe/Bucharest", "2026-03-02T07:59:59.999999Z", []string{
			"2026-03-02T10:00 2026-03-02T08:00:00Z"}},
		{"a skipped hour occurs at its end", `{schedule: "30 3 * * *"}`, "Europe/Bucharest", "2026-03-28T12:00:00Z", []string{
			"2026-03-29T03:30 2026-03-29T01:00:00Z", "2026-03-30T03:30 2026-03-30T00:30:00Z"}},
		{"of one instant there is one", `{schedule: "0 3,4 * * *"}`, "Europe/Bucharest", "2026-03-28T12:00:00Z", []string{
			"2026-03-29T03:00 2026-03-29T01:00:00Z", "2026-03-30T03:00 2026-03-30T00:00:00Z"}},
		{"a repeated hour counts once", `{schedule: "30 3 * * *"}`, "Europe/Bucharest", "2026-10-24T12:00:00Z", []string{
			"2026-10-25T03:30 2026-10-25T00:30:00Z", "2026-10-26T03:30 2026-10-26T01:30:00Z"}},
		{"from within the repeated hour", `{schedule: "45 * * * *"}`, "Europe/Bucharest", "2026-10-25T01:30:00Z", []string{
			"2026-10-25T04:45 2026-10-25T02:45:00Z"}},
		{"either day suffices", `{schedule: "0 9 1 * SUN"}`, "UTC", "2026-03-25T00:00:00Z", []string{
			"2026-03-29T09:00 2026-03-29T09:00:00Z", "2026-04-01T09:00 2026-04-01T09:00:00Z", "2026-04-05T09:00 2026-04-05T09:00:00Z"}},
		{"leap days", `{schedule: "0 9 29 2 *"}`, "UTC", "2096-03-01T00:00:00Z", []string{"2104-02-29T09:00 2104-02-29T09:00:00Z"}},
		{"every quarter of an hour", `{schedule: "*/15 * * * *"}`, "Asia/Kolkata", "2026-03-02T18:29:59Z", []string{
			"2026-03-03T00:00 2026-03-02T18:30:00Z", "2026-03-03T00:15 2026-03-02T18:45:00Z"}},
		{"one moment", `{at: "2026-12-20T10:00"}`, "America/New_York", "2026-12-20T00:00:00Z", []string{"2026-12-20T10:00 2026-12-20T15:00:00Z", "none"}},
		{"one moment to the second", `{at: "2026-12-20T10:00:07"}`, "America/New_York", "2026-12-20T00:00:00Z", []string{"2026-12-20T10:00:07 2026-12-20T15:00:07Z", "none"}},
		{"one instant", `{at: "2026-12-20T10:00:00+02:00"}`, "America/New_York", "2026-12-20T00:00:00Z", []string{"2026-12-20T08:00:00Z 2026-12-20T08:00:00Z", "none"}},
	} {
		s, loc, after := start(t, c.start), zone(t, c.zone), instant(t, c.after)
		var got []string
		for range c.want {
			o, ok := Next(s, after, loc)
			if !ok {
				got = append(got, "none")
				break
			}
			got = append(got, shown([]Occurrence{o}))
			after = o.At
		}
		if got, want := strings.Join(got, "\n"), strings.Join(c.want, "\n"); got != want {
			t.Errorf("%s, %s in %s after %s:\n%s\nwant\n%s", c.what, c.start, c.zone, c.after, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		what, start, date, zone, from string
		want                          []string
	}{
		{"a birthday, three days before", `{date: customer.birthday, every: year, offset: -3d, at: "10:00"}`, "1990-03-05T00:00:00Z", "Europe/Bucharest", "2026-01-01T00:00:00Z", []string{
			"2026-03-02T10:00 2026-03-02T08:00:00Z", "2027-03-02T10:00 2027-03-02T08:00:00Z"}},
		{"the same day west of Greenwich", `{date: customer.birthday, every: year, at: "10:00"}`, "1990-03-05T00:00:00Z", "America/New_York", "2026-01-01T00:00:00Z", []string{
			"2026-03-05T10:00 2026-03-05T15:00:00Z"}},
		{"29 February is kept on the 28th in other years", `{date: customer.birthday, every: year, at: "10:00"}`, "1992-02-29T00:00:00Z", "UTC", "2026-01-01T00:00:00Z", []string{
			"2026-02-28T10:00 2026-02-28T10:00:00Z", "2027-02-28T10:00 2027-02-28T10:00:00Z", "2028-02-29T10:00 2028-02-29T10:00:00Z"}},
		{"the offset counts from the day it is kept", `{date: customer.birthday, every: year, offset: 1d}`, "1992-02-29T00:00:00Z", "UTC", "2027-01-01T00:00:00Z", []string{
			"2027-03-01T00:00 2027-03-01T00:00:00Z", "2028-03-01T00:00 2028-03-01T00:00:00Z"}},
		{"months without a 31st", `{date: customer.created_at, every: month}`, "2026-01-31T12:00:00Z", "UTC", "2026-02-01T00:00:00Z", []string{
			"2026-02-28T12:00 2026-02-28T12:00:00Z", "2026-03-31T12:00 2026-03-31T12:00:00Z", "2026-04-30T12:00 2026-04-30T12:00:00Z"}},
		{"weeks keep their time of day", `{date: customer.created_at, every: week}`, "2026-03-23T12:00:00.5Z", "Europe/Bucharest", "2026-03-23T12:00:00.5Z", []string{
			"2026-03-23T14:00:00.5 2026-03-23T12:00:00.5Z", "2026-03-30T14:00:00.5 2026-03-30T11:00:00.5Z"}},
		{"the day of a moment is the zone's", `{date: customer.created_at, every: year, at: "09:00"}`, "2025-03-05T23:30:00Z", "Europe/Bucharest", "2026-01-01T00:00:00Z", []string{
			"2026-03-06T09:00 2026-03-06T07:00:00Z"}},
		{"days of the offset keep the time of day over a clock change", `{date: customer.birthday, every: year, offset: -3d, at: "10:00"}`, "1990-03-31T00:00:00Z", "Europe/Bucharest", "2026-01-01T00:00:00Z", []string{
			"2026-03-28T10:00 2026-03-28T08:00:00Z"}},
		{"hours of it move the instant", `{date: customer.birthday, every: year, offset: 1d12h, at: "10:00"}`, "1990-03-05T00:00:00Z", "UTC", "2026-01-01T00:00:00Z", []string{
			"2026-03-06T22:00 2026-03-06T22:00:00Z"}},
		{"a year ahead of a date by its offset", `{date: customer.birthday, every: year, offset: 400d}`, "2026-01-01T00:00:00Z", "UTC", "2026-06-01T00:00:00Z", []string{
			"2027-02-05T00:00 2027-02-05T00:00:00Z"}},
		{"a skipped hour occurs at its end", `{date: customer.birthday, every: year, at: "03:30"}`, "1990-03-29T00:00:00Z", "Europe/Bucharest", "2026-01-01T00:00:00Z", []string{
			"2026-03-29T03:30 2026-03-29T01:00:00Z"}},
	} {
		s := start(t, c.start)
		d := Of(s, instant(t, c.date), zone(t, c.zone))
		n := d.First(instant(t, c.from))
		var got []Occurrence
		for i := range c.want {
			got = append(got, d.Number(n+i))
		}
		if got, want := shown(got), strings.Join(c.want, "\n"); got != want {
			t.Errorf("%s, %s of %s in %s:\n%s\nwant\n%s", c.what, c.start, c.date, c.zone, got, want)
		}
	}
}

func TestDatesThatDoNotRepeat(t *testing.T) {
	for _, c := range []struct{ start, date, want string }{
		{`{date: customer.orders.last_at, offset: 36h}`, "2026-03-28T10:00:00Z", "2026-03-30T01:00 2026-03-29T22:00:00Z"},
		{`{date: customer.orders.last_at, offset: 2d, at: "10:00"}`, "2026-03-28T10:00:00Z", "2026-03-30T10:00 2026-03-30T07:00:00Z"},
		{`{date: customer.birthday}`, "2026-03-30T00:00:00Z", "2026-03-30T00:00 2026-03-29T21:00:00Z"},
	} {
		d := Of(start(t, c.start), instant(t, c.date), zone(t, "Europe/Bucharest"))
		if got := shown([]Occurrence{d.Number(0)}); got != c.want || d.Repeats() {
			t.Errorf("%s of %s: %s, want %s", c.start, c.date, got, c.want)
		}
	}
}

// Number and First agree, and occurrences follow each other, whatever the zone
// does.
func TestOccurrencesFollowEachOther(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Bucharest", "Australia/Lord_Howe", "Pacific/Apia", "America/Asuncion"} {
		for _, every := range []string{"year", "month", "week"} {
			s := start(t, `{date: customer.created_at, every: `+every+`, offset: -1d, at: "02:15"}`)
			d := Of(s, instant(t, "2008-01-31T20:00:00Z"), zone(t, name))
			for n := range 600 {
				this, next := d.Number(n), d.Number(n+1)
				if next.At <= this.At || next.ID <= this.ID {
					t.Fatalf("%s, each %s: %v, then %v", name, every, this, next)
				}
				if got := d.First(this.At); got != n {
					t.Fatalf("%s, each %s: the first from %v on is number %d, want %d", name, every, this, got, n)
				}
				if got := d.First(this.At + 1); got != n+1 {
					t.Fatalf("%s, each %s: the first after %v is number %d, want %d", name, every, this, got, n+1)
				}
			}
		}
	}
}

func TestNamesAreReadInAnyZone(t *testing.T) {
	for id, want := range map[string]string{
		"2026-12-20T10:00":       "2026-12-20T15:00:00Z",
		"2026-03-08T02:30":       "2026-03-08T07:00:00Z", // skipped
		"2026-12-20T10:00:07.25": "2026-12-20T15:00:07.25Z",
	} {
		if got, ok := Read(id, zone(t, "America/New_York")); !ok || got.String() != want {
			t.Errorf("%s: %s, %v; want %s", id, got, ok, want)
		}
	}
	if _, ok := Read("2026-12-20T10:00:00Z", time.UTC); ok {
		t.Error("an instant reads as a wall time")
	}
}

func BenchmarkNext(b *testing.B) {
	loc := zone(b, "Europe/Bucharest")
	for _, text := range []string{`{schedule: "0 10 * * MON"}`, `{schedule: "* * * * *"}`, `{schedule: "0 9 29 2 *"}`, `{at: "2026-12-20T10:00"}`} {
		s, after := start(b, text), instant(b, "2026-03-02T08:00:00Z")
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				Next(s, after, loc)
			}
		})
	}
}
