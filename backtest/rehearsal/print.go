package rehearsal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
)

// Text is how a report is printed for people.
type Text struct {
	All      bool // each scenario, not only those that fail
	Coverage bool
}

// Print prints a report for people: mistakes, then what does not hold, each at
// its place, then the figures.
func (t Text) Print(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	if err := r.Mistakes.Print(b); err != nil {
		return err
	}
	path := ""
	for i := range r.Results {
		res := &r.Results[i]
		if t.All && res.Path != path {
			path = res.Path
			fmt.Fprintf(b, "%s\n", path)
		}
		switch {
		case !res.OK():
			res.print(b)
		case t.All:
			fmt.Fprintf(b, "  ok    %s\n", res.Name)
		}
	}
	if t.Coverage {
		r.Coverage.print(b)
	}
	fmt.Fprintln(b, r.Summary())
	return b.Flush()
}

// print prints what does not hold.
func (r *Result) print(w io.Writer) {
	fmt.Fprintf(w, "FAIL  %s:%d: %s\n", r.Path, r.Line, r.Name)
	if r.Broken {
		fmt.Fprintf(w, "  not played: there are mistakes\n")
	}
	for i := range r.Failures {
		f := &r.Failures[i]
		fmt.Fprintf(w, "  %s:%d:%d: %s (steps[%d], at %v)\n", f.Path, f.Line, f.Col, f.Message, f.Step, f.Now)
		for _, line := range f.Detail {
			fmt.Fprintf(w, "      %s\n", line)
		}
	}
}

// Summary is the last line for people.
func (r *Report) Summary() string {
	failed := r.Failed()
	of := count(len(r.Results), "scenario")
	if left := r.Found - len(r.Results); left > 0 {
		of += fmt.Sprintf(" (%d others left out)", left)
	}
	switch {
	case failed == 0 && r.Mistakes.Failed():
		return of + " hold, but there are mistakes: " + r.Mistakes.Summary()
	case failed == 0:
		return of + ": all hold"
	default:
		return fmt.Sprintf("%s: %d failed", of, failed)
	}
}

// print prints what was covered.
func (c *Coverage) print(w io.Writer) {
	steps, taken, branches, went := 0, 0, 0, 0
	for _, f := range c.Triggers() {
		fmt.Fprintf(w, "%s %s: steps %d of %d, branches %d of %d", f.Trigger, f.Version, f.Taken, f.Steps, f.Went, f.Branches)
		if len(f.Reasons) > 0 {
			fmt.Fprintf(w, "; %s", strings.Join(f.Reasons, ", "))
		}
		fmt.Fprintln(w)
		for _, m := range f.Never {
			if f.File != "" && m.Line > 0 {
				fmt.Fprintf(w, "  %s:%d: never %s\n", f.File, m.Line, m.What)
			} else {
				fmt.Fprintf(w, "  never %s\n", m.What)
			}
		}
		steps, taken, branches, went = steps+f.Steps, taken+f.Taken, branches+f.Branches, went+f.Went
	}
	fmt.Fprintf(w, "steps %d of %d, branches %d of %d\n", taken, steps, went, branches)
	if never := c.NeverGiven(); len(never) > 0 {
		fmt.Fprintf(w, "reasons never given: %s\n", strings.Join(never, ", "))
	}
}

// The JSON of a report.
type (
	reportJSON struct {
		OK        bool           `json:"ok"`
		Scenarios []resultJSON   `json:"scenarios"`
		LeftOut   int            `json:"left_out"`
		Mistakes  diag.List      `json:"mistakes"`
		Coverage  []Covered      `json:"coverage,omitempty"`
		Never     []string       `json:"reasons_never_given,omitempty"`
		Figures   map[string]int `json:"figures"`
	}
	resultJSON struct {
		Path     string        `json:"path"`
		Line     int           `json:"line"`
		Name     string        `json:"name"`
		OK       bool          `json:"ok"`
		Broken   bool          `json:"broken,omitempty"`
		Failures []failureJSON `json:"failures,omitempty"`
	}
	failureJSON struct {
		Path    string       `json:"path"`
		Line    int          `json:"line"`
		Col     int          `json:"col"`
		Step    int          `json:"step"`
		Now     schemas.Time `json:"now"`
		Message string       `json:"message"`
		Detail  []string     `json:"detail,omitempty"`
	}
)

// JSON prints a report for programs.
func (r *Report) JSON(w io.Writer, coverage bool) error {
	all := reportJSON{
		OK: r.OK(), Scenarios: []resultJSON{}, LeftOut: r.Found - len(r.Results), Mistakes: append(diag.List{}, r.Mistakes...),
		Figures: map[string]int{"scenarios": len(r.Results), "failed": r.Failed()},
	}
	for i := range r.Results {
		res := &r.Results[i]
		out := resultJSON{Path: res.Path, Line: res.Line, Name: res.Name, OK: res.OK(), Broken: res.Broken}
		for _, f := range res.Failures {
			out.Failures = append(out.Failures, failureJSON{f.Path, f.Line, f.Col, f.Step, f.Now, f.Message, f.Detail})
		}
		all.Scenarios = append(all.Scenarios, out)
	}
	if coverage {
		all.Coverage, all.Never = r.Coverage.Triggers(), r.Coverage.NeverGiven()
	}
	return json.NewEncoder(w).Encode(all)
}
