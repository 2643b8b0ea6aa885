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
// end of 9999, cut to microseconds.
func ParseTime(s string) (Time, error) {
	t, ok := parseTime([]byte(s))
	if !ok {
		return 0, fmt.Errorf("%q is not a time in RFC 3339 after 1970, such as 2026-03-01T10:00:00Z", excerpt(s))
	}
	return t, nil
}
