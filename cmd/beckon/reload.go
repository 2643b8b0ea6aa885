package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/processor/balance"
)

type reloadCmd struct {
	Newest bool   `help:"Take the files as the newest set though they were loaded before: after going back to older files, triggers that these lack end their runs."`
	Admin  string `placeholder:"HOST:PORT" help:"Reload this instance only. Default: all that the group knows."`
	configFlag
	output
}

func (reloadCmd) Help() string {
	return `Lets running instances load their triggers and policy again, as SIGHUP does. All or nothing: an instance
whose files have a mistake keeps what it has. Runs that wait go on with the version they began with.

Examples:
  beckon reload
  beckon reload --admin 127.0.0.1:8080
  beckon reload --output json`
}

// reloaded is what became of one instance.
type reloaded struct {
	Admin string `json:"admin"`
	Error string `json:"error,omitempty"`
	*console.Changed
}

func (c *reloadCmd) Run(ctx context.Context, std streams) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	addresses, err := c.instances(ctx, std)
	if err != nil {
		return err
	}
	query := url.Values{}
	if c.Newest {
		query.Set("newest", "true")
	}
	all := reload(ctx, addresses, query)
	if err := c.print(std, all); err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(r reloaded) bool { return r.Error != "" }) {
		return errFound
	}
	return nil
}

// reload asks all at once: one that hangs takes no time from the others.
func reload(ctx context.Context, addresses []string, query url.Values) []reloaded {
	all := make([]reloaded, len(addresses))
	var asked sync.WaitGroup
	for i, address := range addresses {
		asked.Go(func() {
			done, err := console.Post(ctx, http.DefaultClient, address, console.PathReload, query)
			all[i] = reloaded{Admin: address, Changed: done}
			if err != nil {
				all[i].Error = err.Error()
			}
		})
	}
	asked.Wait()
	return all
}

func (c *reloadCmd) print(std streams, all []reloaded) error {
	if c.json() {
		return json.NewEncoder(std.out).Encode(all)
	}
	for _, r := range all {
		switch {
		case r.Error != "":
			fmt.Fprintf(std.err, "beckon: %s\n", r.Error)
		case r.Changed.Changed:
			fmt.Fprintf(std.out, "%s: loaded set %s, generation %d\n", r.Admin, r.Set, r.Generation)
		default:
			fmt.Fprintf(std.out, "%s: set %s is loaded already\n", r.Admin, r.Set)
		}
	}
	return nil
}

// instances are the admin addresses to ask.
func (c *reloadCmd) instances(ctx context.Context, std streams) ([]string, error) {
	if c.Admin != "" {
		address, err := adminAddress(c.Admin)
		return []string{address}, err
	}
	cfg, k, err := c.reach(std)
	if err != nil {
		return nil, orAdmin(err)
	}
	addresses, err := processor.Admins(ctx, k, cfg.App)
	switch {
	case errors.Is(err, balance.ErrNobody):
		return nil, errNobodyRuns(cfg.App, err)
	case err == nil && len(addresses) == 0:
		return nil, fmt.Errorf("no instance of %s runs, or none has an admin API; start one with beckon run, and see that admin.listen is set", cfg.App)
	}
	return addresses, err
}
