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
	out    io.Writer // a line per command and per refusal
	status io.Writer // the line of figures
	live   bool      // the status is a terminal: repaint one line

	mu      sync.Mutex
	painted bool
	quiet   bool // history is being read: only count
	sent    map[string]map[string]int
	refused map[string]map[schemas.Reason]int
	started map[string]int
}

// NewView writes commands and refusals to out and figures to status; live
// says that status is a terminal.
func NewView(out, status io.Writer, live bool) *View {
	return &View{
		out: out, status: status, live: live,
		sent: map[string]map[string]int{}, refused: map[string]map[schemas.Reason]int{}, started: map[string]int{},
	}
}

// Command shows a command that is in the delivery topic.
func (v *View) Command(c *schemas.Command) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c.Action == schemas.Cancel {
		v.print("%s  %-10s %-22s %s called off, because of %s\n", stamp(c.DueAt), c.Customer, c.Trigger, c.Channel, c.Cause.EventType)
		return
	}
	add(v.sent, c.Trigger, c.Channel)
	v.print("%s  %-10s %-22s %s %s, because of %s at %s\n", stamp(c.DueAt), c.Customer, c.Trigger,
		c.Channel, c.Template, c.Cause.EventType, stamp(c.Cause.EventTime))
}

// Decision shows why a message was not sent.
func (v *View) Decision(d *schemas.Decision) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch d.Outcome {
	case schemas.Started:
		v.started[d.Trigger]++
	case schemas.Skipped, schemas.Held, schemas.Ended:
		if d.Reason == 0 {
			return
		}
		add(v.refused, d.Trigger, d.Reason)
		if !v.quiet {
			v.print("%s  %-10s %-22s no message: %s\n", stamp(d.Time), d.Customer, d.Trigger, d.Reason)
		}
	}
}

// Quiet says whether refusals are only counted, as while history is read.
func (v *View) Quiet(quiet bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.quiet = quiet
}

// Status shows the figures of the moment.
func (v *View) Status(now schemas.Time, in [3]int64, waiting int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	sent, refused := total(v.sent), total(v.refused)
	line := fmt.Sprintf("%s   in: %d browse, %d orders, %d shipments   waiting: %d customers   out: %d commands   not sent: %d",
		stamp(now), in[0], in[1], in[2], waiting, sent, refused)
	if v.live {
		fmt.Fprintf(v.status, "\r\x1b[K%s", line)
		v.painted = true
		return
	}
	fmt.Fprintln(v.status, line)
}

// print writes one line above the status line.
func (v *View) print(format string, args ...any) {
	if v.painted {
		fmt.Fprint(v.status, "\r\x1b[K")
		v.painted = false
	}
	fmt.Fprintf(v.out, format, args...)
}

// Summary says what came of everything.
func (v *View) Summary() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.print("\n")
	w := tabwriter.NewWriter(v.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TRIGGER\tSTARTED\tSENT\tNOT SENT\tWHY NOT")
	names := map[string]bool{}
	for _, m := range []map[string]bool{keys(v.sent), keys(v.refused), keys(v.started)} {
		maps.Copy(names, m)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		var why []string
		for _, r := range slices.SortedFunc(maps.Keys(v.refused[name]), func(a, b schemas.Reason) int {
			return cmp.Or(v.refused[name][b]-v.refused[name][a], int(a)-int(b))
		}) {
			why = append(why, fmt.Sprintf("%s %d", r, v.refused[name][r]))
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", name, v.started[name], count(v.sent[name]), count(v.refused[name]), strings.Join(why, ", "))
	}
	w.Flush()
}

// Triggers is how many triggers sent something.
func (v *View) Triggers() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.sent)
}

func stamp(t schemas.Time) string { return t.Std().Format("Mon 02 Jan 15:04") }

func add[K comparable](m map[string]map[K]int, name string, k K) {
	if m[name] == nil {
		m[name] = map[K]int{}
	}
	m[name][k]++
}

func count[K comparable](m map[K]int) (n int) {
	for _, c := range m {
		n += c
	}
	return n
}

func total[K comparable](m map[string]map[K]int) (n int) {
	for _, c := range m {
		n += count(c)
	}
	return n
}

func keys[T any](m map[string]T) map[string]bool {
	set := map[string]bool{}
	for k := range m {
		set[k] = true
	}
	return set
}
