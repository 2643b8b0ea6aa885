package backtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Options say what to run.
type Options struct {
	Input
	Engine Decider
	Grace  time.Duration
	Until  Until
	Sink   Sink
}

// Until is where time stops. The zero value is the last event.
type Until struct {
	At    schemas.Time  // an instant: later events are not looked at
	After time.Duration // else so long after the last event
}

// Run lets all events happen and gives the figures. Bad lines are reported,
// counted and left out; an error means that the run could not be finished.
func Run(ctx context.Context, opts Options) (Summary, error) {
	sum := newSummary()
	in := opts.Input
	in.until = opts.Until.At
	in.Bad = func(file string, line int, err error) {
		sum.Bad++
		opts.Bad(file, line, err)
	}
	t := newTask(opts.Engine, opts.Grace, tally{opts.Sink, &sum})
	later, err := in.each(ctx, func(ev *schemas.Event) error {
		sum.event(ev)
		return t.apply(ev)
	})
	if err != nil {
		return sum, err
	}
	sum.Later = later
	if sum.Events == 0 && opts.Until.At == 0 {
		return sum, nil // there is no last event for time to go on from
	}
	sum.End = opts.Until.end(sum.Last)
	if err := t.finish(sum.End); err != nil {
		return sum, err
	}
	sum.count(t)
	return sum, nil
}

// end is when time stops, given the last event.
func (u Until) end(last schemas.Time) schemas.Time {
	if u.At != 0 {
		return u.At
	}
	return last.Add(u.After)
}

// ParseUntil reads TIME or +DURATION; duration reads a duration as triggers
// write it.
func ParseUntil(s string, duration func(string) (time.Duration, error)) (Until, error) {
	if after, ok := strings.CutPrefix(s, "+"); ok {
		d, err := duration(after)
		if err != nil {
			return Until{}, fmt.Errorf("until %q: %w", s, err)
		}
		if d < 0 {
			return Until{}, fmt.Errorf("until %q lies before the last event", s)
		}
		return Until{After: d}, nil
	}
	at, err := schemas.ParseTime(s)
	if err != nil {
		return Until{}, fmt.Errorf("until %q is neither a time such as 2026-03-01T10:00:00Z nor +DURATION such as +2d", s)
	}
	if at == 0 {
		return Until{}, errors.New("until may not be 1970-01-01T00:00:00Z")
	}
	return Until{At: at}, nil
}
