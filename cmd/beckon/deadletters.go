package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/beckon-io/beckon/processor/deadletter"
	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/schemas"
)

type deadLettersCmd struct {
	List   deadLettersListCmd   `cmd:"" help:"Print what could not be processed, and why."`
	Replay deadLettersReplayCmd `cmd:"" help:"Put dead letters back to where they came from."`
}

func (deadLettersCmd) Help() string {
	return `Examples:
  beckon dead-letters list
  beckon dead-letters replay --class wrong_type`
}

// letterFilter chooses dead letters.
type letterFilter struct {
	Topic   string   `placeholder:"TOPIC" help:"Only those that came from this topic."`
	Class   string   `placeholder:"CLASS" help:"Only those with this class of reason, such as bad_json."`
	Since   string   `placeholder:"TIME" help:"Only those written at this time or later."`
	Before  string   `placeholder:"TIME" help:"Only those written before this time."`
	Letters []string `arg:"" optional:"" name:"letter" help:"Only these: PARTITION/OFFSET in the dead-letter topic, as list prints them."`
}

func (f *letterFilter) filter() (deadletter.Filter, error) {
	out := deadletter.Filter{Topic: f.Topic, Class: f.Class}
	var err error
	if out.Since, err = instantFlag("--since", f.Since); err != nil {
		return out, err
	}
	if out.Until, err = instantFlag("--before", f.Before); err != nil {
		return out, err
	}
	for _, l := range f.Letters {
		p, o, _ := strings.Cut(l, "/")
		partition, err1 := strconv.ParseInt(p, 10, 32)
		offset, err2 := strconv.ParseInt(o, 10, 64)
		if err1 != nil || err2 != nil {
			return out, usagef("%q is not PARTITION/OFFSET", l)
		}
		out.Letters = append(out.Letters, deadletter.Place{Partition: int32(partition), Offset: offset})
	}
	return out, nil
}

func instantFlag(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := schemas.ParseTime(s)
	if err != nil {
		return time.Time{}, usagef("%s: %w", name, err)
	}
	return t.Std(), nil
}

// letters is what both commands need.
func (f *letterFilter) letters(std streams, c *configFlag) (app, topic string, k kafka.Config, filter deadletter.Filter, err error) {
	if filter, err = f.filter(); err != nil {
		return "", "", k, filter, err
	}
	cfg, k, err := c.reach(std)
	if err != nil {
		return "", "", k, filter, err
	}
	return cfg.App, cfg.DeadLetters.Topic, k, filter, nil
}

type deadLettersListCmd struct {
	letterFilter
	Replayed bool `help:"Those that were replayed, too."`
	configFlag
	output
}

func (deadLettersListCmd) Help() string {
	return `Examples:
  beckon dead-letters list
  beckon dead-letters list --class bad_json --output json | jq -r .value`
}

func (c *deadLettersListCmd) Run(ctx context.Context, std streams) error {
	_, topic, k, filter, err := c.letters(std, &c.configFlag)
	if err != nil {
		return err
	}
	filter.Replayed = c.Replayed
	n := 0
	err = deadletter.List(ctx, k, topic, filter, func(l *deadletter.Listed) error {
		n++
		return printLetter(std.out, l, c.json())
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%s in %s\n", counted(n, "dead letter"), topic)
	return nil
}

func printLetter(w io.Writer, l *deadletter.Listed, json bool) error {
	var line []byte
	if json {
		line = l.AppendJSON(nil)
	} else {
		line = l.AppendText(nil)
	}
	_, err := w.Write(append(line, '\n'))
	return err
}

type deadLettersReplayCmd struct {
	letterFilter
	DryRun bool `help:"Only print what would be replayed."`
	configFlag
	output
}

func (deadLettersReplayCmd) Help() string {
	return `Puts dead letters back into the partition they came from, each once, however often this is called.

Examples:
  beckon dead-letters replay --dry-run
  beckon dead-letters replay --class wrong_type
  beckon dead-letters replay 0/17 3/4`
}

func (c *deadLettersReplayCmd) Run(ctx context.Context, std streams) error {
	app, topic, k, filter, err := c.letters(std, &c.configFlag)
	if err != nil {
		return err
	}
	r := deadletter.Replay{Kafka: k, App: app, Topic: topic, Filter: filter, DryRun: c.DryRun}
	var failed error
	r.Each = func(l *deadletter.Listed) {
		if err := printLetter(std.out, l, c.json()); err != nil && failed == nil {
			failed = err
		}
	}
	res, err := r.Run(ctx)
	if err == nil || res != (deadletter.Result{}) {
		tellReplay(std.err, res, c.DryRun)
	}
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case res.Homeless > 0, res.Truncated > 0:
		return errFound
	}
	return nil
}

func tellReplay(w *os.File, res deadletter.Result, dry bool) {
	verb := "replayed"
	if dry {
		verb = "would be replayed"
	}
	fmt.Fprintf(w, "%s %s\n", counted(res.Replayed, "dead letter"), verb)
	if res.Homeless > 0 {
		fmt.Fprintf(w, "%d do not say where they came from, or their topic is gone\n", res.Homeless)
	}
	if res.Truncated > 0 {
		fmt.Fprintf(w, "%d left alone: the value or the key was cut, being too large for the cluster; beckon dead-letters list shows which. Write the events to their topics again\n", res.Truncated)
	}
}
