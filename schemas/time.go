package schemas

import (
	"fmt"
	"time"
)

// Time is an instant of the event or the wall clock, in microseconds since
// 1970-01-01T00:00:00Z. Zero means absent. Finer fractions of an event's time
// are cut off when it is decoded, so that state, timers and commands agree.
type Time int64

// FromTime converts; the zero time.Time becomes the absent Time.
func FromTime(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMicro())
}

// Std is the instant in UTC; the absent Time becomes the zero time.Time.
func (t Time) Std() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(t)).UTC()
}

// Add moves the instant by d, cut to microseconds.
func (t Time) Add(d time.Duration) Time { return t + Time(d/time.Microsecond) }

// Sub is the time from u to t, saturating at the limits of time.Duration.
func (t Time) Sub(u Time) time.Duration {
	const most = Time(1<<63-1) / 1000
	switch d := t - u; {
	case d > most:
		return 1<<63 - 1
	case d < -most:
		return -1 << 63
	default:
		return time.Duration(d) * time.Microsecond
	}
}

// AppendText appends the instant in RFC 3339, UTC, with as many digits of the
// second's fraction as it needs: 2026-03-01T10:00:00Z, 2026-03-01T10:00:00.25Z.
// The absent Time appends nothing.
func (t Time) AppendText(b []byte) ([]byte, error) {
	if t == 0 {
		return b, nil
	}
	return t.Std().AppendFormat(b, time.RFC3339Nano), nil
}

// MarshalText is AppendText on an empty slice; encoding/json uses it.
func (t Time) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// UnmarshalText is ParseTime; empty text is the absent Time.
func (t *Time) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*t = 0
		return nil
	}
	p, err := ParseTime(string(b))
	if err != nil {
		return err
	}
	*t = p
	return nil
}

func (t Time) String() string { b, _ := t.AppendText(nil); return string(b) }

// ParseTime reads an RFC 3339 timestamp with any offset, between 1970 and the
// end of 9999, cut to microseconds. T and Z may be small, as the standard has
// it; a leap second is refused.
func ParseTime(s string) (Time, error) {
	t, ok := parseTime([]byte(s))
	if !ok {
		return 0, fmt.Errorf("%q is not a time in RFC 3339 after 1970, such as 2026-03-01T10:00:00Z", excerpt(s))
	}
	return t, nil
}

// parseTime is strict, where time.Parse takes hours of one digit and commas
// for points: what one consumer of a topic reads, all should read.
func parseTime(b []byte) (Time, bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	century, year := twoDigits(b[0:]), twoDigits(b[2:])
	month, day := twoDigits(b[5:]), twoDigits(b[8:])
	hour, minute, second := twoDigits(b[11:]), twoDigits(b[14:]), twoDigits(b[17:])
	micros, rest, ok := fraction(b[19:])
	offset, zoned := zoneOffset(rest)
	if !ok || !zoned || min(century, year, hour, minute, second) < 0 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	days, ok := daysSince1970(century*100+year, month, day)
	if !ok {
		return 0, false
	}
	t := Time((int64(days)*86400+int64(hour*3600+minute*60+second-offset))*1e6 + int64(micros))
	return t, t > 0 && t <= maxTime
}

// daysSince1970 counts the days up to a date of the Gregorian calendar, not ok where
// there is no such date. Years begin in March, so that the leap day is their last
// (H. Hinnant, chrono-Compatible Low-Level Date Algorithms, days_from_civil).
func daysSince1970(year, month, day int) (days int, ok bool) {
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	if month < 3 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468, true
}

func daysIn(year, month int) int {
	switch {
	case month != 2:
		return 30 + (month+month/8)%2
	case year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	}
	return 28
}

// maxTime is the end of 9999 in UTC, the last instant that RFC 3339 can write.
const maxTime = Time(253402300799999999)

// twoDigits is -1 where b does not start with two digits.
func twoDigits(b []byte) int {
	if b[0] < '0' || b[0] > '9' || b[1] < '0' || b[1] > '9' {
		return -1
	}
	return int(b[0]-'0')*10 + int(b[1]-'0')
}

// fraction reads the second's fraction, if there is one, cut to microseconds.
func fraction(b []byte) (micros int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	b = b[1:]
	n := countDigits(b)
	for i, unit := 0, 100_000; i < n && unit > 0; i, unit = i+1, unit/10 {
		micros += int(b[i]-'0') * unit
	}
	return micros, b[n:], n > 0
}

// zoneOffset reads Z or an offset such as +02:00, in seconds.
func zoneOffset(b []byte) (seconds int, ok bool) {
	if len(b) == 1 && b[0]|0x20 == 'z' {
		return 0, true
	}
	if len(b) != len("+02:00") || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return 0, false
	}
	hours, minutes := twoDigits(b[1:]), twoDigits(b[4:])
	if min(hours, minutes) < 0 || hours > 23 || minutes > 59 {
		return 0, false
	}
	seconds = hours*3600 + minutes*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
