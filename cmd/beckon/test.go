package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/beckon-io/beckon/backtest/rehearsal"
	"github.com/beckon-io/beckon/triggers/rule"
)

type testCmd struct {
	Dir      string `arg:"" help:"Directory of triggers and their scenarios (*_test.yaml), read recursively, or one file of scenarios."`
	Only     string `name:"run" placeholder:"REGEXP" help:"Play only the scenarios whose name matches."`
	Coverage bool   `help:"Say which steps and branches no scenario takes, and which reasons none meets."`
	Verbose  bool   `short:"v" help:"Name the scenarios that hold, too."`
	Output   string `enum:"text,json,junit" default:"text" help:"How the result is printed: text, json or junit."`
}

func (testCmd) Help() string {
	return `Plays scenarios in virtual time: what happens to customers, and what must come of it. Prints what
does not hold, each with its place, the difference and why a message was not sent. Exits with 1 if
a scenario fails or has a mistake. docs/TESTING.md explains the files.

Examples:
  beckon test triggers
  beckon test triggers --run 'not once ordered' -v
  beckon test triggers --coverage
  beckon test triggers --output junit > report.xml`
}

func (c *testCmd) Run(ctx context.Context, std streams) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	report, err := rehearsal.Run(ctx, opts)
	if err != nil {
		return err
	}
	if report.Found == 0 && !report.Mistakes.Failed() {
		return usagef("there are no scenarios in %s: they are in files *_test.yaml", c.Dir)
	}
	if len(report.Results) == 0 && c.Only != "" {
		return usagef("--run %s: none of %d scenarios has such a name", c.Only, report.Found)
	}
	switch c.Output {
	case "json":
		err = report.JSON(std.out, c.Coverage)
	case "junit":
		err = report.JUnit(std.out)
	default:
		err = rehearsal.Text{All: c.Verbose, Coverage: c.Coverage}.Print(std.out, report)
	}
	switch {
	case err != nil:
		return err
	case !report.OK():
		if c.Output != "text" {
			fmt.Fprintln(std.err, report.Summary())
		}
		return errFound
	}
	return nil
}

// options reads the files. The triggers of a file of scenarios are those beside
// it.
func (c *testCmd) options() (rehearsal.Options, error) {
	var opts rehearsal.Options
	if c.Only != "" {
		only, err := regexp.Compile(c.Only)
		if err != nil {
			return opts, usagef("--run: %w", err)
		}
		opts.Only = only
	}
	info, err := os.Stat(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return opts, usageError{err}
	}
	if err != nil {
		return opts, err
	}
	dir := c.Dir
	if !info.IsDir() {
		dir = filepath.Dir(c.Dir)
	}
	if opts.Triggers, err = rule.ReadDir(dir); err != nil {
		return opts, err
	}
	opts.Scenarios, err = rule.ReadScenarios(c.Dir)
	return opts, err
}
