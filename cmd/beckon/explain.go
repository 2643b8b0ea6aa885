package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/processor/balance"
)

type explainCmd struct {
	Customer string `arg:"" help:"Customer id, the subject of the events."`
	Admin    string `placeholder:"HOST:PORT" help:"Admin API to ask. Default: that of the instance which owns the customer, as the group says."`
	configFlag
	output
}

func (explainCmd) Help() string {
	return `Prints what is known about a customer, what waits until when, what was sent, and the latest decisions
with their reasons. Starts, and what repeat makes of them, are not among these.

Examples:
  beckon explain ana
  beckon explain ana --output json | jq .waits
  beckon explain ana --admin 127.0.0.1:8080`
}

// patience is how long an answer may take, rebalances of the group included.
const patience = 30 * time.Second

func (c *explainCmd) Run(ctx context.Context, std streams) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e, err := c.ask(ctx, std)
	if err != nil {
		return err
	}
	if c.json() {
		err = json.NewEncoder(std.out).Encode(e)
	} else {
		err = e.Text(std.out)
	}
	if err == nil && !e.Known {
		return errFound
	}
	return err
}

func (c *explainCmd) ask(ctx context.Context, std streams) (*console.Explanation, error) {
	if c.Customer == "" || c.Customer[0] == 0 {
		return nil, usagef("%q is no customer id", c.Customer)
	}
	if c.Admin != "" {
		address, err := adminAddress(c.Admin)
		if err != nil {
			return nil, err
		}
		return console.Ask(ctx, http.DefaultClient, address, c.Customer)
	}
	cfg, k, err := c.reach(std)
	if err != nil {
		return nil, orAdmin(err)
	}
	for {
		e, err := c.askOwner(ctx, cfg.App, func() (balance.Assigned, error) {
			return processor.FindOwner(ctx, k, cfg.App, c.Customer)
		})
		if errors.Is(err, balance.ErrNobody) {
			return nil, errNobodyRuns(cfg.App, err)
		}
		again := errors.Is(err, balance.ErrNoOwner) || errors.Is(err, console.ErrElsewhere)
		if !again || ctx.Err() != nil {
			return e, err
		}
		select { // the group is rebalancing
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
}

func (c *explainCmd) askOwner(ctx context.Context, app string, find func() (balance.Assigned, error)) (*console.Explanation, error) {
	owner, err := find()
	if err != nil {
		return nil, err
	}
	if owner.Admin == "" {
		return nil, fmt.Errorf("instance %s of %s owns the customer but has no admin API; set admin.listen", owner.Instance, app)
	}
	return console.Ask(ctx, http.DefaultClient, owner.Admin, c.Customer)
}
