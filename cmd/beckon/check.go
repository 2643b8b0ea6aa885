package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

type checkCmd struct {
	Dir       string `arg:"" help:"Directory of triggers, read recursively, or one file."`
	Templates string `placeholder:"FILE" help:"The delivery service's templates, a name a line; others that triggers send are warned of."`
	Strict    bool   `help:"Exit with 1 for warnings too."`
	output
}

func (checkCmd) Help() string {
	return `Reads every *.yaml below DIR (triggers, policy.yaml, cycles.yaml, traits.yaml) and prints all
mistakes of all files with their places. Exits with 1 if there is one.

Warns of what is legal and hardly meant: what can't happen, triggers that fight, messages to every
customer, templates that are not in the list, expensive expressions. docs/TRIGGERS.md explains each.

Examples:
  beckon check triggers
  beckon check triggers --strict --templates templates.txt
  beckon check triggers --output json`
}

func (c *checkCmd) Run(std streams) error {
	files, err := readTriggers(c.Dir)
	if err != nil {
		return err
	}
	review, err := c.review()
	if err != nil {
		return err
	}
	set, found := rule.Load(files, rule.Options{Review: review})
	found = append(found, noTriggers(c.Dir, set)...)
	if c.json() {
		err = json.NewEncoder(std.out).Encode(append(diag.List{}, found...))
	} else {
		err = found.Print(std.out)
	}
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		fmt.Fprintf(std.err, "%s is right: %s\n", c.Dir, counted(len(set.Triggers), "trigger"))
		return nil
	}
	fmt.Fprintf(std.err, "%s in %s\n", found.Summary(), c.Dir)
	if found.Failed() || c.Strict {
		return errFound
	}
	return nil
}

// review is what to warn of. A list of templates has a name a line; blank lines
// and those that begin with # are left out.
func (c *checkCmd) review() (*rule.Review, error) {
	review := &rule.Review{}
	if c.Templates == "" {
		return review, nil
	}
	data, err := readFile("templates", c.Templates)
	if err != nil {
		return nil, err
	}
	review.Templates = []string{} // an empty list has none; no list is nil
	for line := range strings.Lines(string(data)) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			review.Templates = append(review.Templates, name)
		}
	}
	return review, nil
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

// ruleFiles are where a process has its triggers from, at its start and when it
// loads them again. compile reads the files as they are now, without a word.
type ruleFiles struct {
	where   string
	compile func() (*rule.Set, diag.List, error)
}

// filesIn are the triggers of a directory; policy, if not empty, is the file that
// stands for its policy.yaml.
func filesIn(dir, policy string) ruleFiles {
	return ruleFiles{dir, func() (*rule.Set, diag.List, error) {
		files, opts, err := triggerFiles(dir, policy)
		if err != nil {
			return nil, nil, err
		}
		set, found := rule.Load(files, opts)
		return set, found, nil
	}}
}

// load compiles triggers to start with. Mistakes and warnings go to stderr.
func (f ruleFiles) load(std streams) (*rule.Set, error) {
	set, found, err := f.compile()
	if err != nil {
		return nil, err
	}
	if err := found.Print(std.err); err != nil {
		return nil, err
	}
	if found.Failed() {
		fmt.Fprintf(std.err, "beckon: %s in %s; nothing was started\n", found.Summary(), f.where)
		return nil, errFound
	}
	return set, nil
}

// noTriggers warns of a directory that was read and from which nothing will ever
// be sent: mostly the wrong one, or one that was not mounted.
func noTriggers(dir string, set *rule.Set) diag.List {
	if set == nil || len(set.Triggers) > 0 {
		return nil
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil
	}
	return diag.List{{Place: diag.Place{Path: dir}, Warning: true,
		Message: "there is no trigger here; nothing will be sent", Hint: "triggers are read from files *.yaml and *.yml; is it the right folder?"}}
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
