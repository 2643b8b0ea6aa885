package processor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/beckon-io/beckon/processor/rate"
	"github.com/beckon-io/beckon/processor/topics"
	"github.com/beckon-io/beckon/triggers/engine"
)

// Processor runs the lanes of one process.
type Processor struct {
	cfg    Config
	names  topics.Names
	engine atomic.Pointer[engine.Engine]

	// Set when Run starts, before any lane.
	background context.Context // ends when all lanes have
	side       *side
	tombstones time.Duration // delete.retention.ms of the changelog

	pacer      rate.Pacer
	claims     claims
	doubts     doubts
	watermarks watermarks
	async      sync.WaitGroup // questions to the cluster under way

	misplaced sync.Map // sources of which a misplaced event was told

	disk  sync.RWMutex // held by who reads the store on a client's behalf
	ended bool         // Run returns, and whoever opened the store may close it

	mu      sync.Mutex
	lanes   []*lane // as they run now; nil between a lane's lives
	layout  *layout
	batches map[string]int32 // by topic, see askBatches; never changed, but replaced
	silent  map[string]bool
}

// New checks the configuration. Nothing is started.
func New(cfg Config) (*Processor, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	p := &Processor{cfg: cfg, names: topics.Of(cfg.App), lanes: make([]*lane, cfg.Lanes)}
	p.engine.Store(cfg.Engine)
	return p, nil
}

// SetEngine makes every lane use a new engine from its next transaction on,
// which begins at once. Any goroutine may call it.
func (p *Processor) SetEngine(e *engine.Engine) {
	p.engine.Store(e)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lanes {
		if l != nil {
			l.notices.post(func() {})
		}
	}
}

const flushEvery = time.Minute

// Run processes until ctx ends, then finishes the open transactions, flushes
// the store, leaves the group and returns nil. Any other return is an error
// that needs a person; its text says what to do.
func (p *Processor) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	p.background = background
	if err := p.prepare(ctx); err != nil {
		if ctx.Err() != nil { // it was stopped before it had begun
			return nil
		}
		return err
	}
	defer p.side.close()
	var lanes, helpers sync.WaitGroup
	for n := range p.cfg.Lanes {
		lanes.Go(func() {
			if err := p.keepLane(ctx, n); err != nil {
				cancel(fmt.Errorf("lane %d: %w", n, err))
			}
		})
	}
	helpers.Go(func() { p.flush(ctx) })
	helpers.Go(func() { p.listen(ctx) })
	lanes.Wait()
	cancel(nil)
	end()
	helpers.Wait()
	p.async.Wait()
	p.disk.Lock()
	p.ended = true
	p.disk.Unlock()
	err := p.cfg.Store.Flush()
	if why := context.Cause(ctx); !errors.Is(why, context.Canceled) {
		err = errors.Join(why, err)
	}
	return err
}

// prepare asks the cluster for what lanes have to know.
func (p *Processor) prepare(ctx context.Context) error {
	side, err := newSide(ctx, p.cfg.Kafka)
	if err != nil {
		return err
	}
	p.side = side
	if err := p.survey(ctx); err != nil {
		side.close()
		return err
	}
	if !side.v2 {
		p.cfg.Log.Warn("the cluster has not enabled transaction.version 2: a transaction that hangs after a broker's failure can let a late record of it through; Kafka 4.0 closes this")
	}
	return nil
}

// survey looks at the topics and lays the sources out over the tasks.
func (p *Processor) survey(ctx context.Context) error {
	internal := []string{p.names.Mailbox, p.names.Changelog}
	all := slices.Clone(internal)
	for _, s := range p.cfg.Sources {
		all = append(all, s.Topic)
	}
	extents, err := p.side.extents(ctx, all)
	if err != nil {
		return err
	}
	for _, topic := range internal {
		switch n := extents[topic].partitions; n {
		case p.cfg.Tasks:
		case 0:
			return fmt.Errorf("topic %s does not exist; beckon topics create makes it", topic)
		default:
			return fmt.Errorf("topic %s has %d partitions but tasks is %d; the number of tasks is fixed when the app is first started: set tasks: %d", topic, n, p.cfg.Tasks, n)
		}
	}
	lay, err := newLayout(&p.cfg, p.names.Mailbox, extents)
	if err != nil {
		return err
	}
	retention, err := p.side.tombstones(ctx, p.names.Changelog)
	if err != nil {
		return err
	}
	batches, err := p.askBatches(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.layout != nil {
		switch err := p.layout.covers(extents); {
		case errors.Is(err, errReplaced):
			return err
		case err == nil: // another lane has found what was new: those of one layout share what they hear
			lay = p.layout
		}
	}
	p.layout, p.tombstones, p.batches = lay, retention, batches
	return nil
}

// keepLane runs one lane after the other in the same place until ctx ends or one
// fails for good.
func (p *Processor) keepLane(ctx context.Context, n int) error {
	limit := newStride(p.cfg.Commit)
	for wait := 100 * time.Millisecond; ctx.Err() == nil; {
		started := time.Now()
		err := p.runLane(ctx, n, limit)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errLayout), errors.Is(err, kerr.UnknownTopicOrPartition):
			if err := p.survey(ctx); err != nil && !passes(err) && ctx.Err() == nil {
				return err
			}
		case !errors.Is(err, errInDoubt) && !errors.Is(err, errSetBack) && !errors.Is(err, errOutdated) && !passes(err):
			return err
		}
		p.cfg.Log.Warn("lane begins anew", "lane", n, "why", err)
		if time.Since(started) > time.Minute {
			wait = 100 * time.Millisecond
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		}
	}
	return nil
}

func (p *Processor) runLane(ctx context.Context, n int, limit *stride) error {
	l := p.newLane(n, limit)
	p.mu.Lock()
	p.lanes[n] = l
	l.silenced(p.silent) // changes from here on are told it
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.lanes[n] = nil
		p.mu.Unlock()
	}()
	return l.run(ctx)
}

// flush keeps what a crash would have to restore small, and what is on the disk.
func (p *Processor) flush(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := p.cfg.Store.Flush(); err != nil {
				p.cfg.Log.Error("cannot flush the store", "err", err)
			}
			if err := p.dropCopies(); err != nil {
				p.cfg.Log.Error("cannot drop old copies of tasks that moved away", "err", err)
			}
		}
	}
}

// held are the tasks whose state is on this process's disk, ascending. A client that
// could not leave its group in time may still join it when Run has returned: it holds none.
func (p *Processor) held() []int32 {
	p.disk.RLock()
	defer p.disk.RUnlock()
	if p.ended {
		return nil
	}
	tasks, err := p.cfg.Store.Tasks()
	if err != nil {
		return nil
	}
	var all []int32
	for _, t := range tasks {
		if int(t) < p.cfg.Tasks {
			all = append(all, int32(t))
		}
	}
	return all
}
