package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// control is the process's set of triggers in the hands of the admin API and of
// SIGHUP.
type control struct {
	*sets.Keeper
	p         *process
	reloading sync.Mutex
}

var _ console.Control = (*control)(nil)

// keepSets writes down what was loaded, before anything is decided by it.
func (p *process) keepSets(ctx context.Context, cfg *processor.Config) (*control, error) {
	k, err := sets.Open(ctx, sets.Config{App: cfg.App, Instance: cfg.Instance, Kafka: cfg.Kafka, Now: cfg.Now, Log: p.log})
	if err != nil {
		return nil, fmt.Errorf("keep the sets of triggers: %w", err)
	}
	p.onStop(k.Close)
	if err := k.Load(ctx, p.set, false); err != nil {
		return nil, fmt.Errorf("keep the sets of triggers: %w", err)
	}
	cfg.Engine, cfg.Versions = p.engine(k.Set()), k
	return &control{Keeper: k, p: p}, nil
}

func (p *process) engine(set *rule.Set) *engine.Engine {
	return engine.New(engine.Config{App: p.cfg.App, Set: set, Secret: p.secret, Lookup: lookups(p.cfg)})
}

// serve lets a processor use what is loaded, now and from now on.
func (c *control) serve(proc *processor.Processor) {
	c.Follow(func(set *rule.Set) {
		proc.SetEngine(c.p.engine(set))
		c.p.rules.Store(set)
	})
}

// Triggers is what is loaded and paused.
func (c *control) Triggers() sets.Status { return c.Status() }

// Pause stops a trigger on all instances, or lets it go on.
func (c *control) Pause(ctx context.Context, trigger string, paused bool, by string) (bool, error) {
	return pauseIn(ctx, c.Keeper, trigger, paused, by)
}

// Reload loads the files again. All or nothing: what is wrong with them is in
// the error, and nothing has changed.
func (c *control) Reload(ctx context.Context, newest bool) error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	set, err := c.p.files.loadAgain()
	if err != nil {
		return err
	}
	if err := keepable(set, c.p.secret); err != nil {
		return fmt.Errorf("%w: %w", console.ErrRefused, err)
	}
	if was, is := c.p.set.Policy.Grace, set.Policy.Grace; was != is {
		return fmt.Errorf("%w: grace is %s in the policy and %s in this process, whose clocks go by it: restart to change it", console.ErrRefused, is, was)
	}
	if err := c.Load(ctx, set, newest); err != nil {
		return err
	}
	c.p.warnOfNone(set)
	return nil
}

// warnOfNone says in the log that a set is empty. As the newest one it ends every
// run there is.
func (p *process) warnOfNone(set *rule.Set) {
	if len(set.Triggers) == 0 {
		p.log.Warn("there is no trigger in the folder; nothing will be sent", "triggers", p.files.where)
	}
}

// loadAgain reads the files without a word; mistakes are in the error.
func (f ruleFiles) loadAgain() (*rule.Set, error) {
	set, found, err := f.compile()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", console.ErrRefused, err)
	}
	if found.Failed() {
		var b strings.Builder
		if err := found.Print(&b); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %s in %s\n%s", console.ErrRefused, found.Summary(), f.where, b.String())
	}
	return set, nil
}

// hangups reloads at each SIGHUP until ctx ends.
func (c *control) hangups(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.p.hangup:
		}
		err := c.Reload(ctx, false)
		switch {
		case err == nil, ctx.Err() != nil:
		case errors.Is(err, console.ErrRefused):
			c.p.log.Error("triggers were not loaded; those in use stay", "err", err)
		default:
			c.p.log.Error("triggers were not loaded; those in use stay. Send SIGHUP again", "err", err)
		}
	}
}
