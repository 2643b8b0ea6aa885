package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/rule"
)

type runCmd struct{ configFlag }

func (runCmd) Help() string {
	return `Reads store events from Kafka, decides, and writes commands, exactly once, until it is told to stop
(SIGTERM or ctrl-C; a second one ends it at once, which is safe).

Several processes with the same app share the work.

Examples:
  beckon run --config beckon.yaml
  BECKON_KAFKA_BROKERS=kafka:9092 BECKON_SOURCES_0_TOPIC=orders beckon run`
}

func (c *runCmd) Run(ctx context.Context, std streams) error {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	files := filesIn(string(cfg.Triggers), string(cfg.Policy))
	set, err := files.load(std)
	if err != nil {
		return err
	}
	log := newLogger(std.err, &cfg.Log)
	p := process{cfg: cfg, files: files, set: set, log: log, hangup: make(chan os.Signal, 1)}
	signal.Notify(p.hangup, syscall.SIGHUP)
	defer signal.Stop(p.hangup)
	err = errors.Join(p.run(ctx), p.stop(ctx))
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	log.Info("stopped")
	return nil
}

func newLogger(to io.Writer, c *config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // the configuration was checked
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		opts.ReplaceAttr = readableDuration
		return slog.New(slog.NewJSONHandler(to, opts))
	}
	return slog.New(slog.NewTextHandler(to, opts))
}

// readableDuration writes "1.5s" as the text format does; a bare number does not say what
// it counts.
func readableDuration(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// gcPercent keeps the memory near to what is in use. Most of that is records
// without pointers, which a collection does not look at, so that one costs little.
const gcPercent = 30

// process is one running beckon. stops are the shutdown steps of what was
// started, the last one first.
type process struct {
	cfg   *config.Config
	files ruleFiles
	set   *rule.Set // as loaded from them at the start
	log   *slog.Logger
	stops []func(context.Context) error

	now        func() schemas.Time // nil: the wall clock
	watch      processor.Watcher   // nil: telemetry alone
	demoTopics bool                // the topics are as the demo has made them
	// hangup asks for a reload; nil: nobody does.
	hangup chan os.Signal
	// secret is for unguessable codes.
	secret []byte
	rules  atomic.Pointer[rule.Set] // in use
	// opened is the store, once run has opened it.
	opened atomic.Pointer[store.Store]
}

func (p *process) onStop(step func(context.Context) error) { p.stops = append(p.stops, step) }

func (p *process) stop(ctx context.Context) error {
	var errs []error
	for i := len(p.stops) - 1; i >= 0; i-- {
		errs = append(errs, p.stops[i](context.WithoutCancel(ctx)))
	}
	return errors.Join(errs...)
}

// run starts everything, in the order in which it depends on each other, and
// processes until ctx ends.
func (p *process) run(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	cfg, err := p.processorConfig()
	if err != nil {
		return err
	}
	if cfg.Tasks, err = p.topics(ctx, &cfg); err != nil {
		return err
	}
	if cfg.Store, err = p.openStore(); err != nil {
		return err
	}
	if cfg.Instance, err = p.instanceName(); err != nil {
		return err
	}
	watch, err := p.observe(ctx, &cfg)
	if err != nil {
		return err
	}
	api, err := listenAdmin(ctx, &p.cfg.Admin, p.log)
	if err != nil {
		return err
	}
	p.onStop(api.release)
	cfg.Admin = api.address
	control, err := p.keepSets(ctx, &cfg)
	if err != nil {
		return err
	}
	proc, err := processor.New(cfg)
	if err != nil {
		return err
	}
	control.serve(proc)
	in := &instance{processor: proc, store: cfg.Store, rules: p.rules.Load, tasks: cfg.Tasks}
	mux := http.NewServeMux()
	mux.Handle("/", console.Handler(in, watch.metrics))
	mux.Handle(console.PathTriggers, console.ControlHandler(control))
	mux.Handle(console.PathTriggers+"/", console.ControlHandler(control))
	api.serve(mux, p.cfg.Admin.PProf)
	p.onStop(api.close)
	if err := watch.gauges(proc); err != nil {
		return err
	}
	p.log.Info("starting", "app", cfg.App, "instance", cfg.Instance, "tasks", cfg.Tasks, "lanes", cfg.Lanes,
		"admin", cfg.Admin, "triggers", len(p.set.Triggers), "version", buildInfo().Version)
	go control.hangups(ctx)
	return proc.Run(ctx)
}

// processorConfig is what the processor's configuration takes from files.
func (p *process) processorConfig() (processor.Config, error) {
	c := p.cfg
	k, err := cluster(&c.Kafka)
	if err != nil {
		return processor.Config{}, err
	}
	if c.SecretFile != "" {
		if p.secret, err = readSecret(string(c.SecretFile)); err != nil {
			return processor.Config{}, err
		}
	}
	if err := keepable(p.set, p.secret); err != nil {
		return processor.Config{}, usageError{err}
	}
	if tr, _ := p.set.Coded(); tr != nil && c.Coupons.Topic == "" {
		p.log.Warn("coupons.topic is not set: the shop is not told of codes", "trigger", tr.Name)
	}
	p.warnOfNone(p.set)
	if !p.set.Policy.Given {
		p.log.Warn("no policy.yaml: grace 10s, UTC, no consent needed, no caps, no quiet hours")
	}
	return processor.Config{
		App: c.App, Kafka: k, Sources: sources(c), Tasks: c.Tasks, Lanes: c.Lanes,
		Commit: processor.Commit{Every: time.Duration(c.Commit.EveryMS) * time.Millisecond, Records: c.Commit.Records},
		Topics: processor.Topics{
			Commands: c.Commands.Topic, Transactional: c.Commands.TransactionalTopic, DeadLetters: c.DeadLetters.Topic,
			Decisions: c.Decisions.Topic, Coupons: c.Coupons.Topic,
		},
		Grace: p.set.Policy.Grace,
		Now:   p.clock(),
		Log:   p.log,
	}, nil
}

func (p *process) clock() func() schemas.Time {
	if p.now != nil {
		return p.now
	}
	return func() schemas.Time { return schemas.FromTime(time.Now()) }
}

// sources are those of the configuration, the feedback last.
func sources(c *config.Config) []processor.Source {
	all := c.Sources
	if c.Feedback != nil {
		all = append(all[:len(all):len(all)], *c.Feedback)
	}
	var list []processor.Source
	for _, s := range all {
		list = append(list, processor.Source{
			Topic: s.Topic, Format: s.Format, Other: s.KeyedBy == "other", Lookup: s.Lookup, Expect: s.Expect,
		})
	}
	return list
}

func lookups(c *config.Config) bool {
	asks := func(s config.Source) bool { return s.Lookup }
	return slices.ContainsFunc(c.Sources, asks) || c.Feedback != nil && asks(*c.Feedback)
}

func (p *process) openStore() (*store.Store, error) {
	c := &p.cfg.State
	dir := database(string(c.Dir))
	s, err := store.Open(store.Options{
		Dir: dir, Cache: int64(c.CacheMiB) << 20, Log: p.log,
		OnFatal: func(err error) {
			// Nothing can be saved: what is not on disk is in Kafka.
			p.log.Error("the state store failed; ending at once", "err", orDelete(dir, err))
			os.Exit(exitWrong)
		},
	})
	if err != nil {
		return nil, orDelete(dir, fmt.Errorf("state.dir: %w", err))
	}
	p.onStop(func(context.Context) error { return s.Close() })
	p.opened.Store(s)
	return s, nil
}

func (p *process) instanceName() (string, error) {
	if p.cfg.Instance != "" {
		return p.cfg.Instance, nil
	}
	return processor.LoadInstance(string(p.cfg.State.Dir))
}
