package demo

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Clock is a clock that runs Speed times as fast as the real one. Safe for
// concurrent use.
type Clock struct {
	began time.Time // real
	from  schemas.Time
	speed float64 // simulated time per real time
}

// NewClock starts at an instant; perSecond is how much simulated time a real
// second takes.
func NewClock(from schemas.Time, perSecond time.Duration) *Clock {
	return &Clock{time.Now(), from, perSecond.Seconds()}
}

// Now is the simulated instant.
func (c *Clock) Now() schemas.Time {
	return c.from.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// Until is the real time that is left before the clock shows t.
func (c *Clock) Until(t schemas.Time) time.Duration {
	return time.Duration(float64(t.Sub(c.Now())) / c.speed)
}
