package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// lane is one group member with one transactional id and one goroutine, which
// owns all fields but notices and restores.
//
// A lane is disposable: when the outcome of a transaction is not known, or
// somebody else took its transactional id, it ends with errInDoubt and a new
// one begins from what Kafka says.
type lane struct {
	p   *Processor
	n   int
	lay *layout
	log *slog.Logger

	cl       *kgo.Client
	txn      txn
	notices  notices
	restores restores

	joined       bool // the group has assigned tasks, or none
	groupTrouble told // why it does not
	tasks        map[int32]*task
	order        []*task // by id
	turn         int     // counts the tasks' turns, see work
	loads        int     // counts the questions, see laden
	inputs       map[partition]*input
	offsets      map[partition]committed // of tasks whose restore has not started

	decoder schemas.Decoder
	events  eventPool
	coming  []store.Coming // reused by prefetch
	engine  *engine.Engine // as of the start of the transaction
	now     schemas.Time   // as of the last poll
	out     output
	sealing []store.Record // reused by seal
	batch   batch
	limit   *stride // of batch
	aborts  int     // since the last commit

	watermark *watermark      // of the app, as last heard; nil: not yet
	together  together        // whether the lane's tasks need none of each other
	haste     bool            // a wait is held for want of rounds
	hurried   bool            // a task elsewhere has one, and is a round ahead
	asking    bool            // for the ends of logs, or for extents
	covered   schemas.Time    // up to when the sources are known to have had no partitions beyond the layout
	asked     time.Time       // for all of them
	lastAsk   time.Time       // for any
	uncovered told            // why that is not known
	silent    map[string]bool // sources silent for too long
	hushed    bool            // one is
	poisoned  map[poison]int  // how often they were refused
	failed    error           // what a notice could not get over
	over      bool            // nothing is begun any more
}

// poison is an input whose outcome was refused; it is set aside when it is read
// again. A wait's command has no input: it is set aside itself. Where the letter is
// refused too, that is cut.
type poison struct {
	partition
	offset  int64
	command schemas.CommandID
}

const (
	ownClockPoll   = 20 * time.Millisecond // looks for due waits that often
	stuckPoll      = 50 * time.Millisecond
	askAgain       = 20 * time.Millisecond // at the earliest: what is missing may be a while in coming
	askEvery       = time.Second
	markEvery      = time.Second
	tellAgain      = 50 * time.Millisecond // how far a task is that had nothing to do, where others may wait for that
	firstAbortRest = 5 * time.Millisecond
	maxAbortRest   = time.Second
	goneRest       = 100 * time.Millisecond
	commitAtRest   = 30 * time.Second // positions that moved without anything to process
)

// run works until ctx ends, then commits what is under way and leaves the
// group.
func (l *lane) run(ctx context.Context) error {
	err := l.connect(ctx)
	if err == nil {
		err = l.loop(ctx)
	}
	l.over = true
	l.notices.close()
	l.restores.stopAll()
	l.disconnect()
	for _, t := range l.order {
		t.close()
	}
	return err
}

func (l *lane) loop(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := l.cycle(ctx); err != nil {
			return err
		}
	}
	return l.commit()
}

// cycle polls once, processes what may be processed, and ends the transaction
// if it is time.
func (l *lane) cycle(ctx context.Context) error {
	if l.batch.open && l.p.engine.Load() != l.engine { // a restored task may wait for the new one
		if err := l.commit(); err != nil {
			return err
		}
	}
	if !l.batch.open {
		l.cl.AllowRebalance()
	}
	fetches := l.poll(ctx)
	if err := l.tick(); err != nil {
		return err
	}
	if !l.batch.open {
		l.takeEngine()
	}
	l.notices.run()
	if l.failed != nil {
		return l.failed
	}
	if err := l.take(fetches); err != nil {
		return err
	}
	l.hear()
	if err := l.work(); err != nil {
		return err
	}
	l.askWatermark()
	l.ask() // the answers come while the transaction is committed
	if l.batch.due(&l.limit.Commit, &l.out, l.hasWork()) || !l.batch.open && l.overdue() || !l.hasWork() && l.awaited() {
		if err := l.commit(); err != nil {
			return err
		}
	}
	l.pause()
	return nil
}

// errSetBack means that the machine's clock was set back: what a lane knows of the moments
// that it was ahead by is forgotten, or waits would end early until they have come.
var errSetBack = errors.New("the clock was set back")

// setBack is more than what two readings, here or on two machines, differ by, and no more
// than the usual grace: what lies within that is made good by it.
const setBack = 10 * time.Second

// tick reads the clock.
func (l *lane) tick() error {
	before := l.now
	l.now, l.out.now = l.p.cfg.Now(), time.Now()
	if before.Sub(l.now) > setBack {
		return fmt.Errorf("%w by %s", errSetBack, before.Sub(l.now))
	}
	return nil
}

// takeEngine lets the transaction to come use the engine that was set last.
// Customers whose runs could not go on under the one before are looked at anew.
func (l *lane) takeEngine() {
	e := l.p.engine.Load()
	if e == l.engine || slices.ContainsFunc(l.order, func(t *task) bool { return t.touched }) {
		return // the latter are committed in this cycle
	}
	l.engine = e
	l.relearn()
	for _, t := range l.order {
		if t.phase == running {
			t.store.Rescan()
			t.busy = true
		}
	}
}

// poll waits for records, a notice, or the next thing to do by the clock. When
// it returns, no rebalance can take anything away before the next
// AllowRebalance.
func (l *lane) poll(ctx context.Context) kgo.Fetches {
	var fetches kgo.Fetches
	if l.hasWork() {
		if l.wantsRecords() {
			var atOnce context.Context // none: with one that has ended, nothing is given out
			fetches = l.cl.PollRecords(atOnce, maxPolledRecords)
		}
	} else {
		wait := l.idle()
		if l.batch.open {
			wait = l.batch.left(l.limit.caughtUp())
		}
		ctx, done := l.notices.patience(ctx, wait)
		defer done()
		fetches = l.cl.PollRecords(ctx, maxPolledRecords)
	}
	if len(fetches) == 0 {
		// A client that gave nothing out blocks no rebalance, unless the poll's
		// context has ended.
		ended, end := context.WithCancel(ctx)
		end()
		fetches = l.cl.PollRecords(ended, 1)
	}
	return fetches
}

// idle is how long the lane may sleep when nothing comes: until logs are to be
// asked for their ends, or the next wait may end.
func (l *lane) idle() time.Duration {
	wait := l.askEvery() // an answer under way wakes the lane
	if !l.asking {
		wait = max(0, wait-time.Since(l.asked), askAgain-time.Since(l.lastAsk))
	}
	if l.p.cfg.OwnClock { // nobody knows how fast it goes
		return min(wait, ownClockPoll)
	}
	now := l.p.cfg.Now()
	for _, t := range l.order {
		if t.phase != running || t.nextDue == 0 {
			continue
		}
		left := t.nextDue.Sub(now)
		if left <= 0 { // the proof it needs wakes the lane
			left = stuckPoll
		}
		wait = min(wait, left)
	}
	if l.wantsProof() {
		wait = min(wait, max(0, askAgain-time.Since(l.lastAsk)))
	}
	return wait
}

// wantsProof tells that a task waits for a question that was not asked yet.
func (l *lane) wantsProof() bool {
	if l.asking {
		return false
	}
	for _, t := range l.order {
		if t.phase == running && t.wantsProof {
			return true
		}
	}
	return false
}

// overdue tells that a task has to commit though nothing was processed.
func (l *lane) overdue() bool {
	for _, t := range l.order {
		if t.phase == running && t.due() {
			return true
		}
	}
	return false
}

// awaited tells that the rounds wait for a task: without its commit no other goes on.
func (l *lane) awaited() bool {
	return l.chained() && slices.ContainsFunc(l.order, func(t *task) bool {
		return t.phase == running && time.Since(t.committed) >= askAgain && t.hasNews()
	})
}

// recoverFrom handles what goes wrong when a transaction ends: nothing of it may
// remain. What goes wrong again and again is tried at longer and longer intervals.
func (l *lane) recoverFrom(err error) error {
	if !errors.Is(err, errAborted) {
		return err
	}
	l.log.Warn("transaction aborted, doing it again", "err", err)
	l.rewind()
	time.Sleep(min(firstAbortRest<<l.aborts, maxAbortRest))
	l.aborts = min(l.aborts+1, failingAborts)
	return nil
}

// rewind forgets everything since the last commit: the overlay, the buffers, and
// what the client has fetched.
func (l *lane) rewind() {
	for _, t := range l.order {
		if t.phase == running {
			t.reset()
			l.seek(t)
		}
	}
	l.relearn()
	l.batch.fresh()
	l.out.reset(l.cl)
}

// restored takes over a restored task, or gives the lane up if the task could
// not be restored.
func (l *lane) restored(t *task, done restored, err error) {
	if l.over || l.tasks[t.id] != t {
		if err == nil {
			done.close()
		}
		return
	}
	if err == nil && l.p.engine.Load() != l.engine {
		// The restore has waited for the newest versions: under an older engine the
		// runs that have these would be left alone.
		if !l.notices.post(func() { l.restored(t, done, err) }) {
			done.close()
		}
		return
	}
	l.p.cfg.Watch.Restored(l.p.background, Restored{int(t.id), done.records, done.took, err})
	if err != nil {
		l.failed = fmt.Errorf("restore task %d: %w", t.id, err)
		return
	}
	if b := l.p.doubts.settle(t.id, &done.commit); b != nil {
		b.Ended = l.p.cfg.Now()
		l.p.cfg.Watch.Batch(l.p.background, b)
		l.log.Info("the transaction in doubt has an outcome", "outcome", b.Outcome, "task", t.id)
	}
	if err := t.begin(done); err != nil {
		l.failed = err
		return
	}
	l.relearn()
	l.seek(t)
	resume := make(map[string][]int32)
	for _, in := range t.inputs {
		resume[in.topic] = append(resume[in.topic], in.id)
	}
	l.cl.ResumeFetchPartitions(resume)
	l.log.Info("task restored", "task", t.id, "seq", done.commit.Seq, "records", done.records, "took", done.took)
}

// pause stops fetching partitions of which enough is buffered.
func (l *lane) pause() {
	var stop, resume map[string][]int32
	most := mostUnread(len(l.inputs))
	for _, t := range l.order {
		if t.phase != running {
			continue
		}
		for _, in := range t.inputs {
			switch paused := t.merge.Paused(in.log) || in.unread.enough(most); {
			case paused == in.paused:
			case paused:
				in.paused, stop = true, add(stop, in.partition)
			default:
				in.paused, resume = false, add(resume, in.partition)
			}
		}
	}
	if stop != nil {
		l.cl.PauseFetchPartitions(stop)
	}
	if resume != nil {
		l.cl.ResumeFetchPartitions(resume)
	}
}

func add(m map[string][]int32, p partition) map[string][]int32 {
	if m == nil {
		m = make(map[string][]int32)
	}
	m[p.topic] = append(m[p.topic], p.id)
	return m
}

// newLane makes lane n as the topics are laid out now.
func (p *Processor) newLane(n int, limit *stride) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &lane{p: p, n: n, lay: p.layout, limit: limit, watermark: p.watermarks.of(p.layout), log: p.cfg.Log.With("lane", n),
		tasks: make(map[int32]*task), inputs: make(map[partition]*input), offsets: make(map[partition]committed),
		poisoned: make(map[poison]int), engine: p.engine.Load()}
	l.restores.run = p.restore
	return l
}
