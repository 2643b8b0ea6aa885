package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Config is all that a processor needs. The zero value of a field means its
// default where one is named.
type Config struct {
	App string // names the group, the transactional ids and the internal topics
	// Instance tells the processes of an app apart; stable over restarts, for
	// it is part of the transactional id that fences a former self. See
	// LoadInstance.
	Instance string
	Kafka    kafka.Config
	Sources  []Source
	Tasks    int // partitions of the mailbox and the changelog topic
	Topics   Topics
	Lanes    int // default 1

	Store  *store.Store
	Engine *engine.Engine
	Grace  time.Duration // of the policy

	// Now is the clock of event time: the wall clock, or a demo's faster one.
	// Intervals below are always real time.
	Now func() schemas.Time
	// OwnClock tells that Now is not the clock of the records' timestamps.
	OwnClock bool

	// Versions is asked before a restored task is worked on: its runs may have
	// begun under sets of triggers that other processes have loaded just now.
	// Default: nobody.
	Versions Versions

	Commit Commit
	// Rebalance is how long the group waits for a lane to finish what it is doing
	// and join again when tasks move; default 30 s.
	Rebalance time.Duration
	Log       *slog.Logger // default: nothing is logged
	// Watch is told what happened, for metrics. Default: nobody.
	Watch Watcher
	// Trace joins commands to traces. Default: nobody does.
	Trace Tracer
	// Admin is the address of this process's admin API as other processes reach
	// it; it travels in the group's metadata so that the owner of a customer
	// can be found. Empty: none.
	Admin string
}

// Versions knows the sets of triggers that the app has loaded.
type Versions interface {
	// CatchUp returns once all that was known in the app when it was called has
	// come to the processor by SetEngine, or with ctx's error.
	CatchUp(ctx context.Context) error
}

// Source is one topic of store events.
type Source struct {
	Topic  string
	Format string // of the records: cloudevents (default) or a vendor's
	// Other tells that records are not keyed by the customer: each is forwarded
	// to its home through the mailbox.
	Other  bool
	Lookup bool // what happens to orders and names no customer is matched by order or tracking code
	// Expect is how long the topic may stay silent before the clock stops;
	// 0: for ever.
	Expect time.Duration
}

// Topics are where output goes.
type Topics struct {
	Commands      string
	Transactional string // for the class of that name; empty: Commands
	DeadLetters   string
	Decisions     string // empty: decisions are kept in the customers' records only
	Coupons       string // empty: coupons are not announced
}

// Commit bounds one transaction: it ends at the first of the three.
type Commit struct {
	Every   time.Duration // default 75 ms; two thirds of it where nothing is left to process
	Records int           // inputs processed; default 20,000
	Bytes   int           // output produced; default 16 MiB
}

func (c *Config) setDefaults() error {
	switch {
	case c.App == "":
		return errors.New("app is empty; it names the group and the internal topics")
	case c.Instance == "":
		return errors.New("instance is empty; see LoadInstance")
	case len(c.Sources) == 0:
		return errors.New("sources is empty; name at least one topic of events")
	case c.Tasks < 1 || c.Tasks > 1<<16:
		return fmt.Errorf("tasks is %d; it must be 1 to 65,536", c.Tasks)
	case c.Topics.Commands == "":
		return errors.New("commands.topic is empty")
	case c.Topics.DeadLetters == "":
		return errors.New("dead_letters.topic is empty")
	case c.Store == nil || c.Engine == nil || c.Now == nil:
		return errors.New("processor: Config lacks a store, an engine or a clock")
	}
	if c.Topics.Transactional == "" {
		c.Topics.Transactional = c.Topics.Commands
	}
	if c.Lanes < 1 {
		c.Lanes = 1
	}
	c.Commit.setDefaults()
	if c.Rebalance <= 0 {
		c.Rebalance = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Watch == nil {
		c.Watch = Unwatched{}
	}
	return nil
}

// caughtUp is how long a transaction waits for more when nothing is left to go into
// it: who waits for its commands gains more than larger transactions save.
func (c *Commit) caughtUp() time.Duration { return c.Every * 2 / 3 }

func (c *Commit) setDefaults() {
	if c.Every <= 0 {
		c.Every = 75 * time.Millisecond
	}
	if c.Records <= 0 {
		c.Records = 20_000
	}
	if c.Bytes <= 0 {
		c.Bytes = 16 << 20
	}
}
