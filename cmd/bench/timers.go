package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/beckon-io/beckon/processor/bench"
)

// timersCommand fills beckon with customers who wait, then lets many waits end
// at one instant while other customers' orders go on being confirmed.
type timersCommand struct {
	place
	Waiting int `help:"Waits that stay." default:"10000000"`
	Due     int `help:"Waits that end at one instant." default:"100000"`
	Rate    int `help:"Other events a second meanwhile." default:"2000"`
	Cache   int `help:"state.cache_mib: waits need none of it." default:"256"`
}

const waitingTriggers = `name: waits
class: transactional
start: {on: order.placed, when: event.promised_at != null}
steps:
  - wait_until: event.promised_at
  - send: {template: promised, channels: [email]}
---
name: at-once
class: transactional
start: {on: order.placed, when: event.promised_at == null}
steps:
  - send: {template: order-confirmation, channels: [email]}
`

func (c *timersCommand) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	if err := bench.CreateTopics(ctx, a.broker, append([]string{"timers-commands"}, bench.Topics...)...); err != nil {
		return err
	}
	say("preloading %d orders of as many customers", c.Waiting)
	now := time.Now()
	if err := bench.Produce(ctx, a.broker, &bench.Orders{Prefix: "w", At: now, Promised: now.Add(30 * 24 * time.Hour)}, c.Waiting, 0, nil); err != nil {
		return err
	}
	child, _, err := a.runBeckon(ctx, settings{app: "timers", commands: "timers-commands", triggers: waitingTriggers, grace: "0s", lanes: 1, cacheMiB: c.Cache})
	if err != nil {
		return err
	}
	defer child.stop()
	limit, cancel := context.WithTimeout(ctx, 30*time.Minute)
	defer cancel()
	f, err := bench.Watch(limit, a.broker, "timers", child.pid(), a.brokerPID, func(context.Context) (bool, error) { return true, nil })
	if err != nil {
		return fmt.Errorf("%w\n%s", err, child.tail())
	}
	fmt.Printf("%d customers wait: %.0f events/s, %.2f us/event, RSS %d MiB now, %d MiB at most\n",
		c.Waiting, f.Throughput(), f.PerEvent(), bench.RSS(child.pid()), f.MaxRSS)
	return c.fire(limit, a, child)
}

func (c *timersCommand) fire(ctx context.Context, a *arena, child *child) error {
	due := time.Now().Add(30 * time.Second)
	traffic, stop := context.WithCancel(ctx)
	defer stop()
	steady := make(chan error, 1)
	go func() {
		steady <- bench.Produce(traffic, a.broker, &bench.Orders{Prefix: "o"}, c.Rate*600, c.Rate, nil)
	}()
	if err := bench.Produce(ctx, a.broker, &bench.Orders{Prefix: "d", Promised: due}, c.Due, 0, nil); err != nil {
		return err
	}
	seen, err := bench.Follow(ctx, a.broker, "timers-commands", c.Due, 5*time.Second)
	stop()
	if trouble := stopped(steady); trouble != nil {
		return trouble
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, child.tail())
	}
	first, last := seen.Waited[0], seen.Waited[len(seen.Waited)-1]
	fmt.Printf("%d waits due at one instant: the first command %.0f ms after it, all within %.2f s; RSS at most %d MiB\n",
		c.Due, float64(first.Sub(due).Microseconds())/1000, last.Sub(due).Seconds(), bench.MaxRSS(child.pid()))
	fmt.Printf("meanwhile at %d events/s the longest time without a command of an event just read: %d ms (in the 5 s before: %d ms)\n",
		c.Rate, seen.LongestPause(due, last).Milliseconds(), seen.LongestPause(due.Add(-5*time.Second), due).Milliseconds())
	return nil
}

// stopped waits for a producer that was told to stop. The error is of one that had
// failed before: figures without its events mean nothing.
func stopped(producer <-chan error) error {
	if err := <-producer; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
