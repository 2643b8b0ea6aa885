package rule

import "time"

// ParseDuration reads a duration as triggers write it: 90s, 45m, 1d12h. A day
// is 24 hours.
func ParseDuration(s string) (time.Duration, error) {
	d, err := parseSpan(s)
	return time.Duration(d), err
}
