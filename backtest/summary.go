package backtest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/beckon-io/beckon/schemas"
)

// Summary is the figures of a run.
type Summary struct {
	Events      int // that happened
	Bad         int // lines that were no event
	Later       int // events after the end, left out; their lines are not looked at further
	Customers   int
	Waiting     int // customers that still wait for something at the end
	First, Last schemas.Time
	End         schemas.Time // where time stopped; 0: it never began, as nothing happened

	Commands map[string]int // messages sent, by trigger
	Canceled int            // of them, called off again
	Ended    map[schemas.Reason]int
	Skipped  map[schemas.Reason]int
}

func newSummary() Summary {
	return Summary{Commands: map[string]int{}, Ended: map[schemas.Reason]int{}, Skipped: map[schemas.Reason]int{}}
}

func (s *Summary) event(ev *schemas.Event) {
	if s.Events == 0 {
		s.First = ev.Time
	}
	s.Events++
	s.Last = ev.Time
}

// count looks at what is left at the end.
func (s *Summary) count(t *task) {
	for subject, rec := range t.records {
		if subject[:min(1, len(subject))] == "\x00" {
			continue
		}
		s.Customers++
		if rec.wake != 0 {
			s.Waiting++
		}
	}
}

// tally counts what goes to a sink.
type tally struct {
	Sink
	sum *Summary
}

func (t tally) Command(c *schemas.Command) error {
	if c.Action == schemas.Cancel {
		t.sum.Canceled++
	} else {
		t.sum.Commands[c.Trigger]++
	}
	return t.Sink.Command(c)
}

func (t tally) Decision(d *schemas.Decision) error {
	switch d.Outcome {
	case schemas.Skipped:
		t.sum.Skipped[d.Reason]++
	case schemas.Ended:
		if d.Reason != 0 {
			t.sum.Ended[d.Reason]++
		}
	}
	return t.Sink.Decision(d)
}

// Print prints the figures for people.
func (s *Summary) Print(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if s.Events > 0 {
		fmt.Fprintf(tab, "events\t%d\tof %d customers, %v to %v\n", s.Events, s.Customers, s.First, s.Last)
	} else {
		fmt.Fprintf(tab, "events\t0\tnothing happened\n")
	}
	if s.Bad > 0 {
		fmt.Fprintf(tab, "bad lines\t%d\tleft out\n", s.Bad)
	}
	if s.Later > 0 {
		fmt.Fprintf(tab, "later events\t%d\tleft out, as time stops at %v\n", s.Later, s.End)
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(s.Commands)) {
		total += s.Commands[name]
	}
	fmt.Fprintf(tab, "commands\t%d\n", total)
	for _, name := range slices.Sorted(maps.Keys(s.Commands)) {
		fmt.Fprintf(tab, "  %s\t%d\n", name, s.Commands[name])
	}
	if s.Canceled > 0 {
		fmt.Fprintf(tab, "called off\t%d\t\n", s.Canceled)
	}
	printReasons(tab, "skipped", s.Skipped)
	printReasons(tab, "ended", s.Ended)
	if s.End != 0 {
		fmt.Fprintf(tab, "still waiting\t%d\tcustomers, at %v\n", s.Waiting, s.End)
	}
	return tab.Flush()
}

func printReasons(w io.Writer, title string, by map[schemas.Reason]int) {
	total := 0
	for _, n := range by {
		total += n
	}
	fmt.Fprintf(w, "%s\t%d\n", title, total)
	for _, r := range schemas.Reasons() {
		if by[r] > 0 {
			fmt.Fprintf(w, "  %v\t%d\n", r, by[r])
		}
	}
}
