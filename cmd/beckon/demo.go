package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/demo"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

type demoCmd struct {
	Duration  *time.Duration `placeholder:"DURATION" help:"End after so long. Default: when interrupted."`
	Speed     time.Duration  `default:"1h" help:"The shop's time that passes in a second."`
	Brokers   []string       `placeholder:"HOST:PORT" help:"Run the shop on this Kafka instead of the embedded broker."`
	Data      string         `placeholder:"DIR" help:"Where the embedded broker and the state live. Default: beckon-demo in the user's cache folder."`
	Port      int            `default:"9092" help:"Port of the embedded broker on 127.0.0.1; a free one if it is taken."`
	Customers int            `default:"60" help:"How many customers the shop has."`
	Seed      uint64         `default:"1" help:"Another seed makes other customers."`
	Triggers  string         `placeholder:"DIR" help:"Try these triggers. Default: the built-in ones."`
	Fresh     bool           `help:"Forget what earlier demos left in the folder."`
}

func (demoCmd) Help() string {
	return `A small shop on an embedded broker, with its clock an hour a second: people browse, fill carts, order,
wait for parcels and come back. Shows what goes in, what waits, what comes out and why something did
not, and sums it up at the end. Started again, the shop goes on where it was.

The broker speaks Kafka's protocol on loopback:
  kcat -b 127.0.0.1:9092 -C -t demo.commands -X isolation.level=read_committed

Examples:
  beckon demo --duration 30s
  beckon demo --speed 6h --triggers ./triggers
  beckon demo --brokers 127.0.0.1:19092`
}

const demoApp = "demo"

func (c *demoCmd) Run(ctx context.Context, std streams) error {
	if c.Speed < time.Second || c.Speed > 30*24*time.Hour {
		return usagef("--speed is %s; it must be 1s to 30d of the shop's time for each second", c.Speed)
	}
	if c.Customers < 1 || c.Customers > 100_000 {
		return usagef("--customers is %d; it must be 1 to 100,000", c.Customers)
	}
	if c.Duration != nil && *c.Duration <= 0 {
		return usagef("--duration is %s; it must be more than nothing, or be left out to go on until interrupted", *c.Duration)
	}
	if c.Port < 0 || c.Port > 65535 {
		return usagef("--port is %d; it must be 1 to 65535, or 0 for a free one", c.Port)
	}
	for _, b := range c.Brokers {
		if !config.IsAddress(b) {
			return usagef("--brokers: %q is not host:port", b)
		}
	}
	lock, err := c.folder()
	if err != nil {
		return err
	}
	defer lock.Close()
	if c.Duration != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *c.Duration)
		defer cancel()
	}
	s, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	return errors.Join(s.run(ctx), s.close(ctx))
}

// folder finds and prepares the data folder. It is locked before anything in it is
// touched: a second broker in it would take the first one's files away.
func (c *demoCmd) folder() (lock io.Closer, err error) {
	if c.Data == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		c.Data = filepath.Join(cache, "beckon-demo")
	}
	if err := os.MkdirAll(c.Data, 0o755); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if lock, err = store.Lock(c.Data); errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("a demo runs in %s already: end it, or give this one a folder of its own with --data", c.Data)
	} else if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if c.Fresh {
		if err := c.forget(); err != nil {
			return nil, errors.Join(fmt.Errorf("--fresh: %w", err), lock.Close())
		}
	}
	return lock, nil
}

// forget removes what earlier demos have left, and nothing else: a state folder without
// the shop's time in it beside it may be that of an instance.
func (c *demoCmd) forget() error {
	_, err := os.Stat(filepath.Join(c.Data, "time"))
	for _, name := range []string{"broker", "state", "time"} {
		path := filepath.Join(c.Data, name)
		if _, missing := os.Lstat(path); missing == nil && err != nil {
			return fmt.Errorf("%s is not known to be a demo's: remove it yourself, or give the demo a folder of its own with --data", path)
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// show is a demo under way.
type show struct {
	cmd    *demoCmd
	out    *os.File
	epoch  demo.Epoch
	clock  *demo.Clock
	view   *demo.View
	feed   *demo.Feed
	outbox *demo.Outbox
	live   bool

	stops   []func()
	process process
}

// open starts the broker, makes the topics and sends the shop's history, so
// that everything is there before the processor begins.
func (c *demoCmd) open(ctx context.Context, std streams) (*show, error) {
	s := &show{cmd: c, out: std.out, epoch: demo.NewEpoch(c.Data)}
	if err := s.start(ctx, std); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

func (s *show) start(ctx context.Context, std streams) error {
	brokers := s.cmd.Brokers
	if len(brokers) == 0 {
		b, err := s.cmd.broker(std.err)
		if err != nil {
			return err
		}
		s.stops = append(s.stops, b.Close)
		brokers = []string{b.Addr}
	}
	from, history, err := s.begin()
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, std, brokers); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "A shop on Kafka at %s, %s of its time a second, data in %s.\n"+
		"In: topics %s. Out: topic %s.commands.\n"+
		"Ask while it runs: beckon explain ana --admin %s. End it with ctrl-C.\n\n",
		strings.Join(brokers, ","), strings.TrimSuffix(strings.TrimSuffix(s.cmd.Speed.String(), "0s"), "0m"), s.cmd.Data, strings.Join(demo.Topics, ", "), demoApp, s.process.cfg.Admin.Listen)
	s.live = terminal(std.err)
	s.view = demo.NewView(demo.Screen{
		Out: std.out, Status: std.err, Live: s.live, Colour: terminal(std.out) && os.Getenv("NO_COLOR") == "",
	}, from)
	if s.outbox, err = demo.NewOutbox(ctx, brokers, demoApp+".commands"); err != nil {
		return err
	}
	s.stops = append(s.stops, s.outbox.Close)
	tag := ""
	if !history {
		tag = "-" + strconv.FormatInt(from.Std().Unix(), 36)
	}
	s.clock = demo.NewClock(from, s.cmd.Speed)
	if s.feed, err = demo.NewFeed(brokers, demo.NewShop(s.cmd.Seed, tag, s.cmd.Customers, from, history), s.clock); err != nil {
		return err
	}
	s.stops = append(s.stops, s.feed.Close)
	return s.feed.History(ctx)
}

// begin is the shop's time to begin at, and whether its history is still to
// be told.
func (s *show) begin() (schemas.Time, bool, error) {
	saved, err := s.epoch.Load()
	if err != nil || saved != 0 {
		// Time was saved up to a second before an end by force.
		return saved.Add(2 * s.cmd.Speed), false, err
	}
	return schemas.FromTime(time.Now().Truncate(time.Hour)), true, nil
}

// broker starts the embedded broker, on another port if the wanted one is
// taken.
func (c *demoCmd) broker(messages io.Writer) (*demo.Broker, error) {
	b, err := demo.StartBroker(c.Data, c.Port)
	if err == nil || c.Port == 0 {
		return b, err
	}
	free, again := demo.StartBroker(c.Data, 0)
	if again != nil {
		return nil, err
	}
	fmt.Fprintf(messages, "port %d is taken\n", c.Port)
	return free, nil
}

// files are the triggers, with the grace stretched to the demo's speed: what a
// network takes is hours of the shop's time.
func (c *demoCmd) files() ruleFiles {
	from := ruleFiles{"the demo's own files", ownTriggers}
	if c.Triggers != "" {
		from = filesIn(c.Triggers, "")
	}
	return ruleFiles{from.where, func() (*rule.Set, diag.List, error) {
		set, found, err := from.compile()
		if err != nil || found.Failed() {
			return nil, found, err
		}
		policy := *set.Policy
		policy.Grace = max(policy.Grace, c.Speed/4)
		return set.WithPolicy(&policy), found, nil
	}}
}

func ownTriggers() (*rule.Set, diag.List, error) {
	files, err := demo.Files()
	if err != nil {
		return nil, nil, err
	}
	set, found := rule.Load(files, rule.Options{})
	return set, found, nil
}

// prepare is what run does before it processes, with the demo's settings.
func (s *show) prepare(ctx context.Context, std streams, brokers []string) error {
	files := s.cmd.files()
	set, err := files.load(std)
	if err != nil {
		return err
	}
	listen, err := freeListen("127.0.0.1:8080")
	if err != nil {
		return err
	}
	cfg, found := s.cmd.config(brokers, listen)
	if found.Failed() {
		return errors.Join(found.Print(std.err), errFound)
	}
	log := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.process = process{cfg: cfg, files: files, set: set, log: log, now: func() schemas.Time { return s.clock.Now() }, watch: watching{s}, demoTopics: true}
	s.process.secret = []byte(demoApp) // nobody shops here
	return demo.CreateTopics(ctx, brokers, 4, demoApp+".commands", demoApp+".coupons")
}

// config is the demo's beckon.yaml.
func (c *demoCmd) config(brokers []string, listen string) (*config.Config, diag.List) {
	var quoted []string // [::1]:9092 is a list in YAML
	for _, b := range brokers {
		quoted = append(quoted, strconv.Quote(b))
	}
	text := fmt.Sprintf("app: %s\nlanes: 2\ncommands: {topic: %s.commands}\ncoupons: {topic: %s.coupons}\nadmin: {listen: %q}\nstate: {dir: %q}\nkafka: {brokers: [%s]}\nsources: [{topic: %s}]\n",
		demoApp, demoApp, demoApp, listen, filepath.Join(c.Data, "state"), strings.Join(quoted, ", "), strings.Join(demo.Topics, "}, {topic: "))
	return config.Load("demo", []byte(text), nil)
}

// waiting counts the runs that wait, by trigger. It looks at each customer,
// which a shop of a demo's size allows; what cannot be read is left out.
func waiting(s *store.Store) map[string]int {
	waits := map[string]int{}
	if s == nil {
		return waits
	}
	tasks, err := s.Tasks()
	for _, task := range tasks {
		for page := []string{""}; err == nil && len(page) > 0; {
			page, err = s.Subjects(task, page[len(page)-1], 1000)
			for _, subject := range page {
				c, err := s.Customer(task, subject)
				if err != nil {
					continue
				}
				for _, r := range c.Runs().Active {
					waits[r.Trigger]++
				}
			}
		}
	}
	return waits
}

// freeListen is the address, or one with a free port if it is taken.
func freeListen(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", err
		}
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run lets everything run until ctx ends, then sums up.
func (s *show) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	errs := make([]error, 3)
	part := func(i int, f func(context.Context) error) {
		wg.Go(func() {
			defer stop() // if one ends, all do
			errs[i] = f(ctx)
		})
	}
	ticked := make(chan struct{})
	part(0, func(ctx context.Context) error {
		err := s.process.run(ctx)
		stop()
		<-ticked // it looks into the store, which is closed now
		return errors.Join(err, s.process.stop(ctx))
	})
	part(1, s.feed.Run)
	part(2, func(ctx context.Context) error { return s.outbox.Run(ctx, s.view.Command) })
	s.tick(ctx)
	close(ticked)
	wg.Wait()
	err := errors.Join(errs...)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	s.view.Summary()
	in := s.feed.Sent()
	fmt.Fprintf(s.out, "\nuntil %s in the shop: %s in, %s sent messages; every command is in topic %s.commands\n",
		s.clock.Now().Std().Format("Mon 02 Jan 15:04"), counted(int(in[0]+in[1]+in[2]), "event"), counted(s.view.Triggers(), "trigger"), demoApp)
	return err
}

// tick shows the figures and saves the time, once a second on a terminal,
// else every five.
func (s *show) tick(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := s.epoch.Save(s.clock.Now()); err != nil {
			s.process.log.Warn(err.Error())
		}
		if s.live || n%5 == 1 {
			s.view.Status(s.clock.Now(), s.feed.Sent(), waiting(s.process.opened.Load()))
		}
	}
}

func (s *show) close(context.Context) error {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	if s.clock == nil {
		return nil
	}
	return s.epoch.Save(s.clock.Now())
}

// watching shows decisions as they are committed.
type watching struct{ s *show }

// Batch leaves commands to the outbox, which reads them from the topic.
func (w watching) Batch(_ context.Context, b *processor.Batch) {
	if b.Outcome != processor.Committed {
		return
	}
	for _, d := range b.Decisions {
		w.s.view.Decision(d)
	}
}

func (watching) Restored(context.Context, processor.Restored) {}
