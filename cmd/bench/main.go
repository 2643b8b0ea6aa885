// Command bench measures beckon. The first three do so on a real broker, against
// the least that an exactly-once consumer can do, in one run, interleaved; they
// need Java 17 and, the first time, Maven.
//
//	bench events         CPU time per event, with a breakdown by stage
//	bench latency        from event to command, at 5,000 events a second
//	bench timers         10 million waiting timers: memory, and 100,000 due at once
//	bench replenishment  how well cycle(sku) guesses the next purchase, on recorded orders
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/beckon-io/beckon/processor/bench"
)

type commandLine struct {
	Events        eventsCommand        `cmd:"" help:"CPU time per event beside a bare consume and produce."`
	Latency       latencyCommand       `cmd:"" help:"Time from event to command at a steady rate."`
	Timers        timersCommand        `cmd:"" help:"Memory of waiting timers, and many due at once."`
	Replenishment replenishmentCommand `cmd:"" help:"How well cycle(sku) guesses the next purchase."`
	Floor         floorCommand         `cmd:"" hidden:"" help:"The reference: a bare consume and produce."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	call := kong.Parse(&commandLine{}, kong.BindTo(ctx, (*context.Context)(nil)))
	call.FatalIfErrorf(call.Run())
}

// floorCommand is the reference as a process of its own, so that its CPU time
// can be told from everything else.
type floorCommand struct {
	Broker string `required:""`
	Group  string `required:""`
	Out    string `required:""`
}

func (c *floorCommand) Run(ctx context.Context) error {
	return bench.Floor(ctx, c.Broker, c.Group, c.Out)
}

// place is what every benchmark stands on: a broker, a folder, a binary.
type place struct {
	Dir    string `help:"Folder for the broker and the state; default: a temporary one." type:"path"`
	Broker string `help:"Use a running broker instead of starting one: host:port."`
	Keep   bool   `help:"Keep the folder."`
}

// say prints a line of progress; figures go to standard output.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
