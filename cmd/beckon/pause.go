package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
)

type pauseCmd struct{ pausing }

func (pauseCmd) Help() string {
	return `Stops a trigger, or everything, on all instances within seconds, until it is resumed; restarts don't end
a pause. Nothing new is sent: no run starts (rule_disabled), and steps that come due stay where they
are. Events still count: what would end a run ends it. What is resumed goes on where it stood, unless it
is stale by then.

It is written to the app's topic of triggers, so it works with no instance running, too.

Examples:
  beckon pause
  beckon pause cart-abandonment
  beckon pause cart-abandonment --admin 127.0.0.1:8080`
}

func (c *pauseCmd) Run(ctx context.Context, std streams) error { return c.run(ctx, std, true) }

type resumeCmd struct{ pausing }

func (resumeCmd) Help() string {
	return `Ends a pause. Without a name it ends the pause of everything; triggers that were paused by name stay so.

Examples:
  beckon resume
  beckon resume cart-abandonment`
}

func (c *resumeCmd) Run(ctx context.Context, std streams) error { return c.run(ctx, std, false) }

// pausing is what the two have in common.
type pausing struct {
	Trigger string `arg:"" optional:"" help:"Name of a trigger. Default: everything."`
	Admin   string `placeholder:"HOST:PORT" help:"Ask the admin API of this instance instead of writing to Kafka."`
	configFlag
	output
}

// pauseState is what became of a pause, as --output json prints it.
type pauseState struct {
	Trigger string `json:"trigger,omitempty"` // none: everything
	Paused  bool   `json:"paused"`
	Changed bool   `json:"changed"`
}

func (c *pausing) run(ctx context.Context, std streams, paused bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	changed, err := c.change(ctx, std, paused)
	if err != nil {
		return err
	}
	if c.json() {
		return json.NewEncoder(std.out).Encode(pauseState{c.Trigger, paused, changed})
	}
	what, how := "everything", map[bool]string{true: "paused", false: "resumed"}[paused]
	if c.Trigger != "" {
		what = c.Trigger
	}
	if !changed {
		how = map[bool]string{true: "is paused already", false: "is not paused"}[paused]
	}
	_, err = fmt.Fprintf(std.out, "%s: %s\n", what, how)
	return err
}

func (c *pausing) change(ctx context.Context, std streams, paused bool) (bool, error) {
	if c.Admin != "" {
		path := map[bool]string{true: console.PathPause, false: console.PathResume}[paused]
		query := url.Values{}
		if by := byWhom(); by != "" {
			query.Set("by", by)
		}
		if c.Trigger != "" {
			query.Set("trigger", c.Trigger)
		}
		address, err := adminAddress(c.Admin)
		if err != nil {
			return false, err
		}
		done, err := console.Post(ctx, http.DefaultClient, address, path, query)
		if err != nil {
			return false, err
		}
		return done.Changed, nil
	}
	cfg, k, err := c.reach(std)
	if err != nil {
		return false, orAdmin(err)
	}
	keeper, err := sets.Open(ctx, sets.Config{App: cfg.App, Kafka: k, Now: func() schemas.Time { return schemas.FromTime(time.Now()) }})
	if err != nil {
		return false, err
	}
	changed, err := pauseIn(ctx, keeper, c.Trigger, paused, byWhom())
	return changed, errors.Join(err, keeper.Close(ctx))
}

// pauseIn pauses or resumes. As pausing does, resuming refuses a name that
// nobody knows: what was meant would stay paused.
func pauseIn(ctx context.Context, k *sets.Keeper, trigger string, paused bool, by string) (bool, error) {
	changed, err := k.Pause(ctx, trigger, paused, by)
	if err != nil || changed || paused || trigger == "" {
		return changed, err
	}
	status := k.Status()
	var known, held []string
	for _, e := range status.Newest.Triggers {
		known = append(known, e.Name)
	}
	for _, p := range status.Paused {
		if p.Trigger != "" {
			held = append(held, p.Trigger)
		}
	}
	if slices.Contains(known, trigger) {
		return false, nil
	}
	hint := cmp.Or(diag.DidYouMean(trigger, held), diag.DidYouMean(trigger, known))
	if hint == "" && len(held) > 0 {
		hint = "paused by name: " + strings.Join(held, ", ")
	}
	if hint != "" {
		hint = "; " + hint
	}
	return false, fmt.Errorf("%w: nothing by the name %q is paused, and the newest set of this app has no such trigger%s", sets.ErrUnknownTrigger, trigger, hint)
}

// byWhom is kept with a pause, for those who wonder.
func byWhom() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
