package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

type checkCmd struct {
	Dir string `arg:"" help:"Directory of triggers, read recursively, or one file."`
	output
}

func (checkCmd) Help() string {
	return `Reads every *.yaml below DIR (triggers, policy.yaml, cycles.yaml, traits.yaml) and prints all
mistakes of all files with their places. Exits with 1 if there is one.

Examples:
  beckon check triggers
  beckon check triggers --output json`
}

func (c *checkCmd) Run(std streams) error {
	files, err := readTriggers(c.Dir)
	if err != nil {
		return err
	}
	set, found := rule.Load(files, rule.Options{})
	if c.json() {
		err = json.NewEncoder(std.out).Encode(append(diag.List{}, found...))
	} else {
		err = found.Print(std.out)
	}
	switch {
	case err != nil:
		return err
	case found.Failed():
		fmt.Fprintf(std.err, "%s in %s\n", found.Summary(), c.Dir)
		return errFound
	case len(found) > 0:
		fmt.Fprintf(std.err, "%s in %s\n", found.Summary(), c.Dir)
	default:
		fmt.Fprintf(std.err, "%s is right: %d triggers\n", c.Dir, len(set.Triggers))
	}
	return nil
}

// readTriggers reads the files of a directory. None there is a slip in the
// command line.
func readTriggers(dir string) ([]rule.File, error) {
	files, err := rule.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{err}
	}
	return files, err
}

// load compiles the triggers of a directory; policy, if not empty, is the file
// that stands for its policy.yaml. Mistakes and warnings go to stderr.
func load(std streams, dir, policy string) (*rule.Set, error) {
	files, opts, err := triggerFiles(dir, policy)
	if err != nil {
		return nil, err
	}
	set, found := rule.Load(files, opts)
	if err := found.Print(std.err); err != nil {
		return nil, err
	}
	if found.Failed() {
		fmt.Fprintf(std.err, "beckon: %s in %s; nothing was started\n", found.Summary(), dir)
		return nil, errFound
	}
	return set, nil
}

// triggerFiles reads a directory, and the policy where it lies elsewhere.
func triggerFiles(dir, policy string) (files []rule.File, opts rule.Options, err error) {
	if files, err = readTriggers(dir); err != nil || policy == "" {
		return files, opts, err
	}
	data, err := readFile("policy", policy)
	if err != nil {
		return nil, opts, err
	}
	opts.Policy = &rule.File{Path: policy, Data: data}
	return files, opts, nil
}
