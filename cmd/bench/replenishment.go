package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/beckon-io/beckon/backtest"
	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/backtest/forecast"
	"github.com/beckon-io/beckon/schemas"
)

// replenishmentCommand compares cycle(sku) with other formulas on the last
// quarter of a file of orders.
type replenishmentCommand struct {
	Events []string `required:"" sep:"none" placeholder:"FILE" help:"JSONL file of orders, plain, .gz or .zst. Repeatable."`
	Room   int32    `default:"30" help:"Days at the end that are left for purchases to come, and not guessed from."`
}

func (c *replenishmentCommand) Run(ctx context.Context) error {
	if slices.Contains(c.Events, eventfile.Stdin) {
		return errors.New("--events -: events are read twice, which standard input cannot be; name a file")
	}
	var last schemas.Time
	if err := c.each(ctx, func(ev *schemas.Event) { last = ev.Time }); err != nil {
		return err
	}
	trial := forecast.NewTrial(forecast.LastQuarter(last, c.Room))
	if err := c.each(ctx, trial.Add); err != nil {
		return err
	}
	return trial.Write(os.Stdout)
}

func (c *replenishmentCommand) each(ctx context.Context, use func(*schemas.Event)) error {
	bad := 0
	err := backtest.Each(ctx, backtest.Input{
		Events: eventfile.Config{Paths: c.Events},
		Bad:    func(file string, line int, err error) { bad++; say("%s:%d: %v", file, line, err) },
	}, use)
	if err == nil && bad > 0 {
		err = fmt.Errorf("%d bad lines", bad)
	}
	return err
}
