package demo

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/beckon-io/beckon/schemas"
)

// View shows what goes in, what waits, what comes out and why something did
// not. Safe for concurrent use.
type View struct {
	to    Screen
	opens schemas.Time

	mu      sync.Mutex
	footer  footer
	sent    map[string]int
	refused map[string]map[schemas.Reason]int
	started map[string]int
}

// Screen is where a View is seen.
type Screen struct {
	Out    io.Writer // a line per command and per refusal, and the summary
	Status io.Writer // the figures
	Live   bool      // Status is a terminal: the figures stay below the lines
	Colour bool      // Out is a terminal that shows colours
}

// NewView shows what happens from when the shop opens. What was decided about
// its history before is neither shown nor counted.
func NewView(to Screen, opens schemas.Time) *View {
	return &View{
		to: to, opens: opens, footer: footer{to: to.Status},
		sent: map[string]int{}, refused: map[string]map[schemas.Reason]int{}, started: map[string]int{},
	}
}

// Command shows a command that is in the delivery topic.
func (v *View) Command(c *schemas.Command) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c.Action == schemas.Cancel {
		v.line(c.DueAt, c.Customer, c.Trigger, grey, fmt.Sprintf("%-5s called off", c.Channel), c.Cause.EventType)
		return
	}
	v.sent[c.Trigger]++
	v.line(c.DueAt, c.Customer, c.Trigger, green, fmt.Sprintf("%-5s %s", c.Channel, c.Template),
		fmt.Sprintf("%s %s", c.Cause.EventType, minute(c.Cause.EventTime)))
}

// Decision shows why a message was not sent.
func (v *View) Decision(d *schemas.Decision) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case d.Time < v.opens:
	case d.Outcome == schemas.Started:
		v.started[d.Trigger]++
	case d.Reason != 0 && d.Trigger != "":
		if v.refused[d.Trigger] == nil {
			v.refused[d.Trigger] = map[schemas.Reason]int{}
		}
		v.refused[d.Trigger][d.Reason]++
		v.line(d.Time, d.Customer, d.Trigger, grey, "no message", d.Reason.String())
	}
}

// Status shows the figures of the moment; waits are by trigger.
func (v *View) Status(now schemas.Time, in [3]int64, waits map[string]int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	refused := 0
	for _, reasons := range v.refused {
		refused += sum(reasons)
	}
	figures := fmt.Sprintf("%s   in: %d browse, %d orders, %d shipments   waiting: %d   out: %d   not sent: %d",
		now.Std().Format("Mon 02 Jan 15:04"), in[0], in[1], in[2], sum(waits), sum(v.sent), refused)
	if !v.to.Live {
		fmt.Fprintln(v.to.Status, figures)
		return
	}
	v.footer.show(figures, "waiting: "+ranked(waits))
}

const (
	green = "\x1b[32m"
	grey  = "\x1b[90m"
	plain = "\x1b[0m"
)

// line prints one line above the figures.
func (v *View) line(at schemas.Time, customer, trigger, colour, what, why string) {
	text := fmt.Sprintf("%s  %-9s %-20s %-24s %s", minute(at), customer, trigger, what, why)
	if v.to.Colour {
		text = colour + text + plain
	}
	v.print(text + "\n")
}

func (v *View) print(text string) {
	v.footer.hide()
	fmt.Fprint(v.to.Out, text)
	v.footer.paint()
}

// Summary says what came of everything. It is the last thing that is shown.
func (v *View) Summary() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.footer.hide()
	v.footer = footer{to: v.to.Status}
	names := map[string]bool{}
	for name := range v.started {
		names[name] = true
	}
	for name := range v.sent {
		names[name] = true
	}
	for name := range v.refused {
		names[name] = true
	}
	fmt.Fprintln(v.to.Out)
	w := tabwriter.NewWriter(v.to.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TRIGGER\tSTARTED\tSENT\tNOT SENT\tWHY NOT")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", name, v.started[name], v.sent[name], sum(v.refused[name]), ranked(v.refused[name]))
	}
	w.Flush()
}

// Triggers is how many triggers sent something.
func (v *View) Triggers() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.sent)
}

func minute(t schemas.Time) string { return t.Std().Format("02 Jan 15:04") }

func sum[K comparable](counts map[K]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// ranked lists counts, the highest first.
func ranked[K comparable](counts map[K]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprintf("%v %d", k, counts[k]))
	}
	return strings.Join(all, ", ")
}
