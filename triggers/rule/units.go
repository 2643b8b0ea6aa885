package rule

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/policy"
)

const (
	day     = 24 * time.Hour
	maxSpan = 3660 * day // ten years: longer is a slip of the pen
)

// span is a time span as people write it: 90s 45m 1h 7d 2w, also summed:
// 1d12h. A day is 24 hours.
type span time.Duration

var units = []struct {
	letter byte
	size   time.Duration
}{{'w', 7 * day}, {'d', day}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}

// parseSpan reads a time span, with a minus sign before it where it is
// negative.
func parseSpan(s string) (span, error) {
	body, negative := strings.CutPrefix(s, "-")
	if body != "" && strings.Trim(body, "0123456789") == "" {
		return 0, fmt.Errorf("%s has no unit; write %sm or %ss", cut(s), cut(s), cut(s))
	}
	total, seen := time.Duration(0), ""
	for rest := body; rest != "" || total == 0 && seen == ""; {
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil || len(digits) == len(rest) || len(digits) > 9 {
			return 0, notSpan(s)
		}
		letter := rest[len(digits)]
		size := unitSize(letter)
		if size == 0 || strings.IndexByte(seen, letter) >= 0 {
			return 0, notSpan(s)
		}
		if time.Duration(n) > maxSpan/size || total+time.Duration(n)*size > maxSpan {
			return 0, fmt.Errorf("%s is longer than %d days", cut(s), maxSpan/day)
		}
		total += time.Duration(n) * size
		seen += string(letter)
		rest = rest[len(digits)+1:]
	}
	if negative {
		total = -total
	}
	return span(total), nil
}

func unitSize(letter byte) time.Duration {
	for _, u := range units {
		if u.letter == letter {
			return u.size
		}
	}
	return 0
}

// notSpan says what a duration looks like, with the author's own one put right
// where it can be guessed ("5 days", "1.5h", "2H").
func notSpan(s string) error {
	if guess := guessSpan(s); guess != "" {
		return fmt.Errorf("%q is not a duration; write %s", cut(s), guess)
	}
	return fmt.Errorf("%q is not a duration; write it with the units w, d, h, m, s: 45m or 1d12h", cut(s))
}

var unitNames = map[string]byte{
	"second": 's', "sec": 's', "minute": 'm', "min": 'm', "hour": 'h', "hr": 'h', "day": 'd', "week": 'w', "wk": 'w',
	"s": 's', "m": 'm', "h": 'h', "d": 'd', "w": 'w',
}

func guessSpan(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if at < 1 {
		return ""
	}
	number, err := strconv.ParseFloat(s[:at], 64)
	name := strings.TrimSpace(s[at:])
	letter := unitNames[name]
	if letter == 0 && len(name) > 2 { // no plural: ms is something else
		letter = unitNames[strings.TrimSuffix(name, "s")]
	}
	if err != nil || letter == 0 {
		if joined := strings.ReplaceAll(s, " ", ""); joined != s {
			if _, err := parseSpan(joined); err == nil {
				return joined
			}
		}
		return ""
	}
	d := time.Duration(number * float64(unitSize(letter))).Truncate(time.Second)
	if d <= 0 || d > maxSpan {
		return ""
	}
	return span(d).String()
}

// String is the span in its canonical form, largest unit first; weeks are
// written as days.
func (d span) String() string {
	if d == 0 {
		return "0s"
	}
	sign := ""
	rest := time.Duration(d)
	if rest < 0 {
		sign, rest = "-", -rest
	}
	var b strings.Builder
	b.WriteString(sign)
	for _, u := range units[1:] {
		if n := rest / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%c", n, u.letter)
			rest -= n * u.size
		}
	}
	return b.String()
}

func (d span) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// staleSpan is a span whose zero means `off`.
type staleSpan span

func (d staleSpan) MarshalJSON() ([]byte, error) {
	if d == 0 {
		return []byte(`"off"`), nil
	}
	return span(d).MarshalJSON()
}

// parseClock reads "09:30" as minutes after midnight.
func parseClock(s string) (int, error) {
	h, m, found := strings.Cut(s, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !found || err1 != nil || err2 != nil || len(h) > 2 || len(m) != 2 || hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, fmt.Errorf(`%q is not a time of day; write "09:30" or "21:00"`, cut(s))
	}
	return hour*60 + minute, nil
}

// clock is a wall time for the canonical form.
type clock int

func (c clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

func (c clock) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// parseShare reads "5%" or "2.5%".
func parseShare(s string) (policy.Share, error) {
	number, found := strings.CutSuffix(s, "%")
	a, err := schemas.ParseAmount(strings.TrimSpace(number))
	if err != nil {
		return 0, fmt.Errorf("%q is not a share; write it as 5%%", cut(s))
	}
	if !found {
		return 0, fmt.Errorf("%s has no percent sign; write %s%%", cut(s), guessPercent(a))
	}
	neg, coef, scale := a.Parts()
	for ; scale < 2 && coef <= 10_000; scale++ {
		coef *= 10
	}
	for ; scale > 2 && coef%10 == 0; scale-- {
		coef /= 10
	}
	switch {
	case neg || coef > 10_000 && scale <= 2 || a.Float() > 100:
		return 0, fmt.Errorf("%s is not between 0%% and 100%%", cut(s))
	case scale > 2:
		return 0, fmt.Errorf("%s is finer than a hundredth of a percent", cut(s))
	}
	return policy.Share(coef), nil
}

// guessPercent is what somebody meant who wrote 5 or 0.05.
func guessPercent(a schemas.Amount) string {
	if f := a.Float(); f > 0 && f < 1 {
		return strconv.FormatFloat(f*100, 'f', -1, 64)
	}
	return a.String()
}

// percent is a share for the canonical form.
type percent policy.Share

func (p percent) MarshalJSON() ([]byte, error) {
	return json.Marshal(strconv.FormatFloat(float64(p)/100, 'f', -1, 64) + "%")
}
