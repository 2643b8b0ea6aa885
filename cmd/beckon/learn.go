package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/beckon-io/beckon/backtest"
	"github.com/beckon-io/beckon/backtest/cycles"
	"github.com/beckon-io/beckon/backtest/eventfile"
)

type learnCmd struct {
	Cycles learnCyclesCmd `cmd:"" help:"Learn how many days pass until customers buy again, by category."`
}

func (learnCmd) Help() string {
	return `Examples:
  beckon learn cycles --events orders.jsonl.gz > triggers/cycles.yaml`
}

type learnCyclesCmd struct {
	Events []string  `required:"" sep:"none" placeholder:"FILE" help:"JSONL file of structured CloudEvents, plain, .gz or .zst; - for standard input. Repeatable."`
	Out    string    `placeholder:"FILE" help:"Where to write. Default: standard output."`
	Memory mebibytes `default:"256" placeholder:"MIB" help:"Memory for sorting events; more than that goes to temporary files."`
}

func (learnCyclesCmd) Help() string {
	return `Writes a cycles.yaml: for each category with at least 200 gaps between two purchases of the same
thing by the same customer the median gap in days, with the number of gaps and the quartiles as
comments. Review it and put it beside the triggers; cycle(sku) uses it for customers who have fewer
than five gaps of their own.

Examples:
  beckon learn cycles --events orders.jsonl.gz > triggers/cycles.yaml
  beckon learn cycles --events 2025.jsonl.zst --events 2026.jsonl.zst --out triggers/cycles.yaml`
}

func (c *learnCyclesCmd) Run(ctx context.Context, std streams) error {
	if err := c.Memory.check("--memory"); err != nil {
		return err
	}
	if err := readable(c.Events); err != nil {
		return err
	}
	if err := distinct(places("--events", c.Events, std.in), []place{{"--out", cmp.Or(c.Out, "-"), std.out}}); err != nil {
		return err
	}
	bar := newProgress(std.err)
	learner := cycles.NewLearner()
	bad := 0
	err := backtest.Each(ctx, backtest.Input{
		Events: eventfile.Config{Paths: c.Events, Stdin: stdinFor(ctx, c.Events, std.in), MaxBytes: c.Memory.bytes()},
		Bad: func(file string, line int, err error) {
			bad++
			bar.clear()
			fmt.Fprintf(std.err, "%s:%d: %v\n", file, line, err)
		},
		Progress: func(p backtest.Progress) { bar.printf("read %d lines, %d events done", p.Read, p.Applied) },
	}, learner.Add)
	bar.clear()
	if err != nil {
		return err
	}
	out, err := create(c.Out, std.out)
	if err != nil {
		return err
	}
	if err := finish(learner.Write(out), out); err != nil {
		return fmt.Errorf("write cycles: %w", err)
	}
	fmt.Fprintf(std.err, "%d orders, %d gaps, %d categories\n", learner.Orders, learner.Gaps, len(learner.Cycles()))
	if bad > 0 {
		fmt.Fprintf(std.err, "%d bad lines left out\n", bad)
		return errFound
	}
	return nil
}
