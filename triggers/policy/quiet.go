package policy

import (
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// Covers tells whether the window holds for a channel and class. A nil Quiet
// covers nothing.
func (q *Quiet) Covers(channel string, class schemas.Class) bool {
	if q == nil || q.From == q.To {
		return false
	}
	if len(q.Channels) > 0 && !slices.Contains(q.Channels, channel) {
		return false
	}
	if len(q.Classes) == 0 {
		return class == schemas.Marketing
	}
	return slices.Contains(q.Classes, class)
}

// Until is when the window that t lies in ends; not ok outside of one. The
// window is half-open: its first instant is quiet, its last bound is not.
// Bounds that a clock change skips or repeats are read as in walltime.
func (q *Quiet) Until(t schemas.Time, loc *time.Location) (end schemas.Time, ok bool) {
	today := walltime.DateOf(t, loc)
	for n := -1; n <= 0; n++ {
		day, last := today.AddDays(n), today.AddDays(n)
		if q.From > q.To {
			last = last.AddDays(1)
		}
		end = walltime.At(last, q.To, loc)
		if walltime.At(day, q.From, loc) <= t && t < end {
			return end, true
		}
	}
	return 0, false
}

// Window is the window as the delivery service is told of it.
func (q *Quiet) Window(loc *time.Location) *schemas.Quiet {
	return &schemas.Quiet{From: clock(q.From), To: clock(q.To), Zone: loc.String()}
}

func clock(minutes int) string {
	return string([]byte{
		byte('0' + minutes/600%10), byte('0' + minutes/60%10), ':',
		byte('0' + minutes%60/10), byte('0' + minutes%10),
	})
}
