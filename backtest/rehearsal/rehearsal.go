// Package rehearsal plays scenarios in virtual time, through the engine and the
// task that a backtest has, and says where they differ from what is expected:
// what was to come and did not, and the reason why not.
//
// Waits end as in a running app: before an event of time t those with
// due + grace < t. Where a step looks at what has become of things, those that
// are due by then end too, grace or not. The wall clock is the virtual clock,
// but after an outage.
package rehearsal

import (
	"context"
	"errors"
	"regexp"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// Options say what to play.
type Options struct {
	Triggers  []rule.File    // of the directory: triggers, policy, traits, cycles
	Scenarios []rule.File    // *_test.yaml
	Only      *regexp.Regexp // scenarios whose name matches; nil: all
}

// Report is what has become of the scenarios.
type Report struct {
	Results  []Result  // in the order of files
	Mistakes diag.List // in triggers and scenarios
	Found    int       // scenarios, played or not
	Coverage *Coverage
}

// Result is what has become of one scenario.
type Result struct {
	scenario.Spot
	Name     string
	Failures []Failure // none: it holds
	Broken   bool      // it could not be played: the mistakes tell why
}

// OK tells whether the scenario holds.
func (r *Result) OK() bool { return !r.Broken && len(r.Failures) == 0 }

// Failed counts the scenarios that do not hold.
func (r *Report) Failed() int {
	n := 0
	for i := range r.Results {
		if !r.Results[i].OK() {
			n++
		}
	}
	return n
}

// OK tells whether all is well: nothing is wrong, and something was played.
func (r *Report) OK() bool { return r.Failed() == 0 && !r.Mistakes.Failed() && len(r.Results) > 0 }

// Run plays the scenarios. The error is the context's.
func Run(ctx context.Context, opts Options) (*Report, error) {
	report := &Report{Coverage: newCoverage()}
	l := &loader{dir: opts.Triggers, sets: map[loadKey]loaded{}, compilers: map[*rule.Set]*expr.Compiler{}}
	set, found := rule.Load(opts.Triggers, rule.Options{})
	report.Mistakes = found
	if set != nil {
		report.Coverage.add(set)
	}
	for _, f := range opts.Scenarios {
		file := scenario.Read(f)
		for _, s := range file.Scenarios {
			report.Found++
			if opts.Only != nil && !opts.Only.MatchString(s.Name) {
				continue
			}
			result := report.play(ctx, l, file, s)
			if err := ctx.Err(); err != nil {
				return report, err
			}
			report.Results = append(report.Results, result)
		}
		report.Mistakes = append(report.Mistakes, file.Docs.Found()...)
	}
	report.Mistakes = report.Mistakes.Sort()
	return report, nil
}

// play plays one scenario. One with mistakes is not played. It stops where the
// context ends, also in the middle: a story may be years long.
func (r *Report) play(ctx context.Context, l *loader, file *scenario.File, s *scenario.Scenario) Result {
	result := Result{Spot: s.Spot, Name: s.Name}
	before := file.Docs.Mistakes()
	sets, checks, found := l.compile(file.Path, s)
	r.Mistakes = append(r.Mistakes, found...)
	if s.Broken || sets == nil || file.Docs.Mistakes() > before {
		result.Broken = true
		return result
	}
	p := &player{s: s, cover: r.Coverage, stopped: ctx.Err}
	for _, set := range sets {
		r.Coverage.add(set)
	}
	err := p.play(sets, checks)
	result.Failures = p.failures
	var wrong *mistake
	switch {
	case errors.As(err, &wrong):
		r.Mistakes = append(r.Mistakes, wrong.Diagnostic)
		result.Broken = true
	case err != nil:
		r.Mistakes = append(r.Mistakes, diag.Diagnostic{Place: s.Place, Source: s.Source, Message: err.Error()})
		result.Broken = true
	}
	return result
}
