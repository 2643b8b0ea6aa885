package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cron is a schedule of the five classic fields, each a set of bits: minute
// hour day-of-month month day-of-week. Where both days are restricted either
// one suffices, as in every cron. Sunday is 0 (7 is read too).
type Cron struct {
	Minute, Hour, Day, Month, Weekday uint64

	AnyDay, AnyWeekday bool // the field is a star
}

type cronField struct {
	name        string
	least, most int
	names       []string // of the values from least on
}

var cronFields = []cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of week", 0, 7, weekdays},
}

// ParseCron reads "0 10 * * MON": stars, numbers, names, lists, ranges and
// steps.
func ParseCron(s string) (*Cron, error) {
	parts := strings.Fields(s)
	if len(parts) != len(cronFields) {
		return nil, fmt.Errorf("a schedule has 5 fields, not %d", len(parts))
	}
	var sets [5]uint64
	for i, f := range cronFields {
		set, err := f.parse(strings.ToLower(parts[i]))
		if err != nil {
			return nil, err
		}
		sets[i] = set
	}
	sets[4] = sets[4]&^(1<<7) | sets[4]>>7&1 // Sunday as 7
	c := &Cron{sets[0], sets[1], sets[2], sets[3], sets[4], parts[2] == "*", parts[4] == "*"}
	if c.AnyWeekday && !c.possible() {
		return nil, fmt.Errorf("day %s does not exist in month %s", parts[2], parts[3])
	}
	return c, nil
}

// possible tells whether some year has one of the days in one of the months.
func (c *Cron) possible() bool {
	for month, days := range []int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31} {
		if c.Month&(1<<(month+1)) != 0 && c.Day&(1<<(days+1)-1) != 0 {
			return true
		}
	}
	return false
}

func (f cronField) parse(s string) (uint64, error) {
	var set uint64
	for part := range strings.SplitSeq(s, ",") {
		body, step, stepped := strings.Cut(part, "/")
		every := 1
		if stepped {
			n, err := strconv.Atoi(step)
			if err != nil || n < 1 || n > f.most {
				return 0, fmt.Errorf("%s: %q is not a step", f.name, cut(step))
			}
			every = n
		}
		from, to := f.least, f.most
		if body != "*" {
			low, high, ranged := strings.Cut(body, "-")
			var err error
			if from, err = f.number(low); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = f.number(high); err != nil {
					return 0, err
				}
			case !stepped:
				to = from
			}
		} else if f.most == 7 {
			to = 6
		}
		if from > to {
			return 0, fmt.Errorf("%s: %s runs backwards", f.name, cut(part))
		}
		for n := from; n <= to; n += every {
			set |= 1 << n
		}
	}
	return set, nil
}

func (f cronField) number(s string) (int, error) {
	if i := slices.Index(f.names, s); i >= 0 {
		return f.least + i, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not known", f.name, cut(s))
	}
	if n < f.least || n > f.most {
		return 0, fmt.Errorf("%s: %d is not between %d and %d", f.name, n, f.least, f.most)
	}
	return n, nil
}
