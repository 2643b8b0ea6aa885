package main

import (
	"context"
	"fmt"
	"time"

	"github.com/beckon-io/beckon/processor/bench"
)

// latencyCommand measures the time from an event's time, which is the moment
// it is sent, to its command being visible read_committed. An order leads to a
// command at once.
type latencyCommand struct {
	place
	Rate   int           `help:"Events a second." default:"5000"`
	For    time.Duration `help:"How long to measure." default:"40s"`
	Warmup time.Duration `help:"How long before that." default:"18s"`
}

const orderTrigger = `name: order-confirmation
class: transactional
start: {on: order.placed, key: event.order_id}
steps:
  - send: {template: order-confirmation, channels: [email], context: {order: event.order_id}}
---
` + cartTrigger

func (c *latencyCommand) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	if err := bench.CreateTopics(ctx, a.broker, append([]string{"latency-commands"}, bench.Topics...)...); err != nil {
		return err
	}
	child, _, err := a.runBeckon(ctx, settings{app: "latency", commands: "latency-commands", triggers: orderTrigger, grace: "0s", lanes: 1})
	if err != nil {
		return err
	}
	defer child.stop()
	n := int((c.Warmup + c.For + 5*time.Second).Seconds() * float64(c.Rate))
	shop := bench.NewShop(1, 100_000, n, time.Now(), time.Hour)
	shop.Live(time.Now)
	limit, cancel := context.WithCancel(ctx)
	defer cancel()
	produced := make(chan error, 1)
	go func() { produced <- bench.Produce(limit, a.broker, shop, n, c.Rate, nil) }()
	l, err := bench.Latencies(ctx, a.broker, "latency-commands", c.Warmup, c.For)
	cancel()
	if trouble := stopped(produced); trouble != nil {
		return trouble
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, child.tail())
	}
	fmt.Printf("event to command at %d events/s, %d commands: p50 %d ms, p90 %d, p99 %d, p99.9 %d, max %d\n",
		c.Rate, l.Len(), l.At(0.5), l.At(0.9), l.At(0.99), l.At(0.999), l.At(1))
	return nil
}
