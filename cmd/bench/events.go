package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/beckon-io/beckon/processor/bench"
)

// eventsCommand measures CPU time per event. The floor writes one record for
// each record in; beckon runs cart-abandonment and keeps what it knows of each
// customer.
type eventsCommand struct {
	place
	Events    int `help:"How many events." default:"3000000"`
	Customers int `help:"How many customers." default:"300000"`
	Rounds    int `help:"How often each contender runs, in turn." default:"3"`
	Lanes     int `help:"Lanes of beckon." default:"1"`

	Pin bool `help:"Contenders have core 0 to themselves, everything else has core 1." default:"true" negatable:""`

	Against []string `help:"Other builds of beckon to run in turn with this one." type:"existingfile"`

	// Of beckon's last round.
	noProfile error // why there is none
	heap      int   // MiB that Go's heap had in use at its end
}

const cartTrigger = `name: cart-abandonment
use: cart-abandonment
stale: off
`

func (c *eventsCommand) Run(ctx context.Context) error {
	if c.Pin {
		if err := leaveCore0(ctx); err != nil {
			return err
		}
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	a.pinned = c.Pin
	want, err := c.preload(ctx, a)
	if err != nil {
		return err
	}
	var floors, beckons []bench.Figures
	others := make([][]bench.Figures, len(c.Against))
	fmt.Println("contender  CPU us/event  of it kernel  second half  events/s  max RSS MiB  broker us/event")
	for round := range c.Rounds {
		f, err := c.floor(ctx, a, round)
		if err != nil {
			return err
		}
		print("floor", f)
		floors = append(floors, f)
		for i, binary := range c.Against {
			name := fmt.Sprintf("other-%d", i)
			if f, err = c.beckon(ctx, a.with(binary), name, round, want); err != nil {
				return err
			}
			print(name, f)
			others[i] = append(others[i], f)
		}
		if f, err = c.beckon(ctx, a, "beckon", round, want); err != nil {
			return err
		}
		print("beckon", f)
		beckons = append(beckons, f)
	}
	floor, beckon := median(floors), median(beckons)
	for i, figures := range others {
		fmt.Printf("\nmedian of %s: %.2f us an event", c.Against[i], median(figures))
	}
	fmt.Printf("\nmedians: floor %.2f us, beckon %.2f us an event, ratio %.2f; each run of beckon sent exactly the %d commands expected\n",
		floor, beckon, beckon/floor, want.Commands)
	fmt.Printf("memory of beckon in the last round: at most %d MiB resident; at the end %d MiB of Go's heap in use, of which records of customers may take %d\n",
		beckons[len(beckons)-1].MaxRSS, c.heap, defaultCacheMiB)
	if c.noProfile == nil {
		c.noProfile = breakdown(os.Stdout, a.profile(), beckon)
	}
	if c.noProfile != nil {
		fmt.Printf("\nwhere beckon's time goes is not known: %v\n", c.noProfile)
	}
	return nil
}

// leaveCore0 moves this process, and with it the broker and all else that it starts
// but contenders, to core 1. A contender that shares its core with the broker pays for
// the caches that the broker empties; how much differs from one run to the next.
func leaveCore0(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "taskset", "-a", "-p", "-c", "1", strconv.Itoa(os.Getpid())).CombinedOutput()
	if err != nil {
		return fmt.Errorf("move to core 1 (--no-pin does without; it takes two cores and util-linux's taskset): %w\n%s", err, out)
	}
	return nil
}

func (c *eventsCommand) preload(ctx context.Context, a *arena) (*bench.Expect, error) {
	if err := bench.CreateTopics(ctx, a.broker, bench.Topics...); err != nil {
		return nil, err
	}
	say("preloading %d events of %d customers", c.Events, c.Customers)
	begin, span := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 24*time.Hour
	shop, want := bench.NewShop(1, c.Customers, c.Events, begin, span), bench.NewExpect()
	if err := bench.Produce(ctx, a.broker, shop, c.Events, 0, want.Event); err != nil {
		return nil, err
	}
	want.Event(bench.Event{At: begin.Add(span + 2*time.Hour)})
	say("a correct run sends %d commands, sum %016x", want.Commands, want.Sum)
	return want, nil
}

func (c *eventsCommand) floor(ctx context.Context, a *arena, round int) (bench.Figures, error) {
	self, err := os.Executable()
	if err != nil {
		return bench.Figures{}, err
	}
	group := fmt.Sprintf("floor-%d", round)
	if err := bench.CreateTopics(ctx, a.broker, group); err != nil {
		return bench.Figures{}, err
	}
	child, err := a.launch(filepath.Join(a.dir, group), self, "floor", "--broker", a.broker, "--group", group, "--out", group)
	if err != nil {
		return bench.Figures{}, err
	}
	defer child.stop()
	limit, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	f, err := bench.Watch(limit, a.broker, group, child.pid(), a.brokerPID, func(context.Context) (bool, error) { return true, nil })
	if err != nil {
		return f, fmt.Errorf("floor: %w\n%s", err, child.tail())
	}
	return f, nil
}

func (c *eventsCommand) beckon(ctx context.Context, a *arena, name string, round int, want *bench.Expect) (bench.Figures, error) {
	app := fmt.Sprintf("%s-%d", name, round)
	if err := bench.CreateTopics(ctx, a.broker, app+"-commands"); err != nil {
		return bench.Figures{}, err
	}
	child, admin, err := a.runBeckon(ctx, settings{app: app, commands: app + "-commands", triggers: cartTrigger, grace: "0s", lanes: c.Lanes})
	if err != nil {
		return bench.Figures{}, err
	}
	defer child.stop()
	tally, err := bench.NewTally(a.broker, app+"-commands")
	if err != nil {
		return bench.Figures{}, err
	}
	defer tally.Close()
	running, over := context.WithCancel(ctx)
	defer over()
	var profiling <-chan error
	if round == c.Rounds-1 {
		profiling = profileLater(ctx, running.Done(), admin, a.profile())
	}
	limit, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	f, err := bench.Watch(limit, a.broker, app, child.pid(), a.brokerPID, func(ctx context.Context) (bool, error) {
		return tally.Commands >= want.Commands, tally.Read(ctx, 100*time.Millisecond)
	})
	if err != nil {
		return f, fmt.Errorf("beckon: %w (%d of %d commands)\n%s", err, tally.Commands, want.Commands, child.tail())
	}
	if err := tally.Read(ctx, 2*time.Second); err != nil {
		return f, err
	}
	if tally.Commands != want.Commands || tally.Sum != want.Sum || tally.Twice > 0 {
		return f, fmt.Errorf("beckon sent %d commands, sum %016x, %d of them twice; want %d, sum %016x",
			tally.Commands, tally.Sum, tally.Twice, want.Commands, want.Sum)
	}
	over()
	if profiling != nil {
		c.noProfile = <-profiling
		if c.heap, err = heapInUse(ctx, admin); err != nil {
			return f, err
		}
	}
	return f, nil
}

// breakdown prints what a CPU profile says, as shares of the time of an event.
func breakdown(to io.Writer, file string, perEvent float64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	stages, err := bench.Breakdown(f)
	if err != nil {
		return err
	}
	fmt.Fprintln(to, "\nwhere beckon's time goes (CPU profile of the last round, shares of the median)")
	for _, s := range stages {
		fmt.Fprintf(to, "  %-20s %5.1f%%  %5.2f us/event\n", s.Name, 100*s.Share, s.Share*perEvent)
	}
	return nil
}

func print(who string, f bench.Figures) {
	fmt.Printf("%-9s  %12.2f  %12.2f  %11.2f  %8.0f  %11d  %15.2f\n",
		who, f.PerEvent(), f.SystemPerEvent(), f.SecondHalf(), f.Throughput(), f.MaxRSS, f.BrokerPerEvent())
}

func median(all []bench.Figures) float64 {
	var us []float64
	for _, f := range all {
		us = append(us, f.PerEvent())
	}
	slices.Sort(us)
	return us[len(us)/2]
}
