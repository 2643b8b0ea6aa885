package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/beckon-io/beckon/backtest"
	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// appName is the ce_source of commands where no beckon.yaml gives the app a
// name.
const appName = "beckon"

type backtestCmd struct {
	Triggers   string    `required:"" placeholder:"DIR" help:"Directory of triggers."`
	Policy     string    `placeholder:"FILE" help:"Policy to use instead of the policy.yaml among the triggers."`
	Events     []string  `required:"" sep:"none" placeholder:"FILE" help:"JSONL file of structured CloudEvents, plain, .gz or .zst, in any order; - for standard input. Repeatable."`
	Until      string    `placeholder:"TIME|+DURATION" help:"Where time stops: an instant, or so long after the last event. Default: at the last event."`
	Grace      string    `placeholder:"DURATION" help:"Replaces the policy's grace."`
	SecretFile string    `placeholder:"FILE" help:"File with the secret for unique codes."`
	Commands   string    `placeholder:"OUT.jsonl" help:"Where commands go, one structured CloudEvent a line; packed if named .gz or .zst. Default: standard output."`
	Decisions  string    `placeholder:"OUT.jsonl" help:"Where decisions go, one a line. Default: nowhere."`
	Report     string    `hidden:"" placeholder:"OUT.html"`
	Compare    string    `hidden:"" placeholder:"DIR2"`
	Memory     mebibytes `default:"256" placeholder:"MIB" help:"Memory for sorting events; more than that goes to temporary files."`
}

func (backtestCmd) Help() string {
	return `Lets recorded events happen again in virtual time and writes the commands that the triggers would
have sent. Standard error gets a summary. Lines that are no event are reported and left out; then the
exit status is 1 although everything else was done.

Examples:
  beckon backtest --triggers triggers --events march.jsonl.gz
  beckon backtest --triggers triggers --events orders.jsonl --events carts.jsonl --until +7d --commands out.jsonl
  zcat march.jsonl.gz | beckon backtest --triggers triggers --events - --decisions why.jsonl > commands.jsonl`
}

func (c *backtestCmd) Run(ctx context.Context, std streams) error {
	started := time.Now()
	opts, err := c.options(ctx, std)
	if err != nil {
		return err
	}
	out, err := c.open(std)
	if err != nil {
		return err
	}
	bar := newProgress(std.err)
	opts.Sink = out
	opts.Bad = func(file string, line int, err error) {
		bar.clear()
		fmt.Fprintf(std.err, "%s:%d: %v\n", file, line, err)
	}
	opts.Progress = func(p backtest.Progress) {
		bar.printf("read %d lines, %d events done", p.Read, p.Applied)
	}
	sum, err := backtest.Run(ctx, opts)
	bar.clear()
	if err := out.finish(err); err != nil {
		return err
	}
	if err := sum.Print(std.err); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "took %v\n", time.Since(started).Round(time.Millisecond))
	if sum.Bad > 0 {
		return errFound
	}
	return nil
}

// options checks the flags and loads what they name.
func (c *backtestCmd) options(ctx context.Context, std streams) (backtest.Options, error) {
	var opts backtest.Options
	if c.Report != "" || c.Compare != "" {
		return opts, usagef("--report and --compare are not in this version; run twice and compare what --commands and --decisions write")
	}
	var until backtest.Until
	var err error
	if c.Until != "" {
		if until, err = backtest.ParseUntil(c.Until, duration); err != nil {
			return opts, usagef("--%w", err)
		}
	}
	if err := c.Memory.check("--memory"); err != nil {
		return opts, err
	}
	if err := readable(c.Events); err != nil {
		return opts, err
	}
	if err := distinct(c.inputs(std), c.outputs(std)); err != nil {
		return opts, err
	}
	set, err := filesIn(c.Triggers, c.Policy).load(std)
	if err != nil {
		return opts, err
	}
	if err := noTriggers(c.Triggers, set).Print(std.err); err != nil {
		return opts, err
	}
	grace := set.Policy.Grace
	if c.Grace != "" {
		if grace, err = graceOf(c.Grace); err != nil {
			return opts, err
		}
	}
	var secret []byte
	if c.SecretFile != "" {
		if secret, err = readSecret(c.SecretFile); err != nil {
			return opts, err
		}
	}
	if keepable(set, secret) != nil {
		fmt.Fprintln(std.err, "no --secret-file: codes are not those that customers get")
	}
	return backtest.Options{
		Engine: engine.New(engine.Config{App: appName, Set: set, Secret: secret, Lookup: true}),
		Grace:  grace,
		Until:  until,
		Input:  backtest.Input{Events: eventfile.Config{Paths: c.Events, Stdin: stdinFor(ctx, c.Events, std.in), MaxBytes: c.Memory.bytes()}},
	}, nil
}

func graceOf(text string) (time.Duration, error) {
	grace, err := duration(text)
	if err != nil {
		return 0, usagef("--grace: %w", err)
	}
	if grace < 0 {
		return 0, usagef("--grace is %s; no event is appended before it happens: it must be 0 or more", text)
	}
	return grace, nil
}

// inputs are the files that are read, and the scenarios beside the triggers. A
// folder that cannot be read is told when its triggers are loaded.
func (c *backtestCmd) inputs(std streams) []place {
	all := places("--events", c.Events, std.in)
	if c.Policy != "" {
		all = append(all, place{"--policy", c.Policy, nil})
	}
	if c.SecretFile != "" {
		all = append(all, place{"--secret-file", c.SecretFile, nil})
	}
	for _, read := range []func(string) ([]rule.File, error){rule.ReadDir, rule.ReadScenarios} {
		files, _ := read(c.Triggers)
		for _, f := range files {
			all = append(all, place{"--triggers", f.Path, nil})
		}
	}
	return all
}

func (c *backtestCmd) outputs(std streams) []place {
	all := []place{{"--commands", cmp.Or(c.Commands, "-"), std.out}}
	if c.Decisions != "" {
		all = append(all, place{"--decisions", c.Decisions, std.out})
	}
	return all
}

// readable refuses paths that are not there, and - given twice, whose second
// half would be empty.
func readable(paths []string) error {
	n := 0
	for _, p := range paths {
		if p == eventfile.Stdin {
			n++
			continue
		}
		if info, err := os.Stat(p); err != nil {
			return usagef("--events: %w", err)
		} else if info.IsDir() {
			return usagef("--events: %s is a directory", p)
		}
	}
	if n > 1 {
		return usagef("--events - is given %d times; standard input can be read once", n)
	}
	return nil
}

// open makes the files for the results.
func (c *backtestCmd) open(std streams) (*results, error) {
	commands, err := create(c.Commands, std.out)
	if err != nil {
		return nil, err
	}
	if c.Decisions == "" {
		return newResults(commands, nil), nil
	}
	decisions, err := create(c.Decisions, std.out)
	if err != nil {
		return nil, finish(err, commands)
	}
	return newResults(commands, decisions), nil
}
