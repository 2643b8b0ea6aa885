package processor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/rounds"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// What one customer's events lead to elsewhere travels as mail: an anonymous id is asked
// for what it kept, a parcel that was found by its code is told to its customer. A task
// that is ahead of the others in a backlog would end waits that mail is still to come for.
// So no clock is ahead of the app's watermark, which is up to where all tasks have
// processed what came to them, or read it, where that is when mail is sent. Each says how
// far it is with every transaction, in the metadata of its offsets; whoever has a wait to
// end asks the group for them, and then how far the mailboxes reach: once these are read up
// to there, all that was mailed until the watermark has come. A task that has processed its
// logs to their ends is as far as the moment they were asked for, whatever it said last.
//
// Where one mail leads to the next, as where parcels are looked up, what each has processed
// says too little: tasks go through rounds then, see package rounds, and say their lows of
// them.
//
// Only clocks are held. Events go on, until one comes whose customer has a wait that ends
// before it; the task that is furthest behind can always go on.

// watermark is the app's, at a moment.
type watermark struct {
	lay     *layout
	asked   schemas.Time
	at      schemas.Time
	slowest int                 // the task that is as far
	tasks   []schemas.Time      // how far each is
	ends    map[partition]int64 // of the mailboxes, and others, asked after the tasks
	chained bool                // it is of rounds
	app     rounds.App          // how these stand
}

// watermarks asks for the process's lanes, one question at a time.
type watermarks struct {
	mu     sync.Mutex
	asking bool
	asked  time.Time
	rest   time.Duration // until the next question; grows while nothing moves
	last   *watermark
	known  map[partition]int64 // ends of logs, as last heard; of the question under way alone, as is
	rounds rounds.Asker
	untold told      // why it is not known
	named  time.Time // when the slowest task was last named
}

const (
	catchingUp  = 5 * time.Second // or more the app is behind
	maxAskAgain = 10 * askAgain
	nameEvery   = time.Minute
)

// of is the last watermark of a layout, nil if none is known.
func (w *watermarks) of(lay *layout) *watermark {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil || w.last.lay != lay {
		return nil
	}
	return w.last
}

// askWatermark asks where waits cannot end for want of a newer one, here or elsewhere if
// those here have to enter a round for that; else once a second, and more often while
// catching up, so that no wait has to wait for the answer.
func (l *lane) askWatermark() {
	wanted := slices.ContainsFunc(l.order, func(t *task) bool {
		return t.phase == running && t.wantsProof && t.merge.HeldByOthers(l.clockBound())
	})
	l.haste = wanted && l.chained()
	wanted = wanted || l.hurried
	every := l.askEvery()
	if w := l.watermark; w != nil && w.at.Add(catchingUp) < l.now {
		every = min(every, l.p.cfg.Commit.Every)
	}
	w := &l.p.watermarks
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asking || len(l.order) == 0 || !wanted && time.Since(w.asked) < every {
		return
	}
	w.asking, l.hurried = true, false
	rest, chained := time.Until(w.asked.Add(max(w.rest, askAgain))), l.chained()
	l.p.async.Go(func() {
		if rest > 0 {
			select {
			case <-l.p.background.Done():
				return
			case <-time.After(rest):
			}
		}
		l.p.learnWatermark(l.lay, chained)
	})
}

// learnWatermark tells the lanes what it has learned.
func (p *Processor) learnWatermark(lay *layout, chained bool) {
	w := &p.watermarks
	ctx, cancel := context.WithTimeout(p.background, transactionTimeout)
	defer cancel()
	w.mu.Lock()
	w.asked = time.Now()
	w.mu.Unlock()
	now, err := p.findWatermark(ctx, lay, p.cfg.Now(), chained)
	w.mu.Lock()
	w.asking = false
	switch {
	case err != nil:
		if p.background.Err() == nil && w.untold.news(err) {
			p.cfg.Log.Warn("cannot tell how far the other tasks are; no wait ends before that is known", "err", err)
		}
	default:
		w.untold = ""
		w.rest = min(2*max(w.rest, askAgain), maxAskAgain)
		if w.last == nil || w.last.lay != lay || now.at > w.last.at || now.app.N > w.last.app.N {
			w.rest = 0
		}
		w.last = now
		p.nameSlowest(now)
	}
	w.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lanes {
		if l != nil {
			l.notices.post(l.learn)
		}
	}
}

// nameSlowest says once a minute whom the others wait for, if there is such a task. The
// caller holds the watermarks' mu.
func (p *Processor) nameSlowest(now *watermark) {
	w := &p.watermarks
	behind := p.cfg.Now().Sub(now.at)
	switch {
	case w.named.IsZero(): // it has only just begun
		w.named = time.Now()
	case behind <= nameEvery || time.Since(w.named) <= nameEvery:
	case now.at == 0:
		w.named = time.Now()
		p.cfg.Log.Info("no wait ends before each task has said how far it is", "task", now.slowest)
	default:
		w.named = time.Now()
		p.cfg.Log.Info("no wait ends before the task that is furthest behind has read as much", "task", now.slowest, "behind", behind.Round(time.Second))
	}
}

// learn takes over the watermark as it is known now: of the tasks of other lanes, where
// those of this one hear of each other at once.
func (l *lane) learn() {
	l.watermark = l.p.watermarks.of(l.lay)
	if l.watermark == nil || l.watermark.chained != l.chained() {
		l.watermark = nil
		return
	}
	at := l.watermark.asked
	for id, reached := range l.watermark.tasks {
		if t := l.tasks[int32(id)]; t == nil || t.phase != running || !l.together.yes {
			at = min(at, reached)
		}
	}
	l.together.heard(l.watermark)
	for _, t := range l.order {
		if end, ok := l.watermark.ends[partition{l.lay.mailbox, t.id}]; ok && t.phase == running {
			t.merge.Watermark(end, at)
		}
	}
}

// chained tells that more than asks is mailed that could end a wait.
func (l *lane) chained() bool { return l.lay.lookup || l.engine.EndsByMail() }

// standing is how far the group says that a task is.
type standing struct {
	inputs         []partition
	at             []committed // of inputs
	state.Metadata             // the newest of them
}

// findWatermark asks the cluster; at is the time now.
func (p *Processor) findWatermark(ctx context.Context, lay *layout, at schemas.Time, chained bool) (*watermark, error) {
	group, err := kadm.NewClient(p.side.cl).FetchOffsets(ctx, p.cfg.App)
	if err != nil {
		return nil, fmt.Errorf("fetch offsets of group %s: %w", p.cfg.App, err)
	}
	tasks := make([]standing, lay.tasks)
	var ask []partition
	for id := range tasks {
		s := &tasks[id]
		if err := s.read(lay.inputs(int32(id)), group); err != nil {
			return nil, err
		}
		ask = append(ask, p.watermarks.unknown(s)...)
	}
	ends, err := p.side.offsets(ctx, logEnd, ask)
	if err != nil && len(ends) == 0 {
		return nil, err
	}
	w := &watermark{lay: lay, asked: at, at: at, ends: ends, chained: chained}
	stand := make([]rounds.Standing, len(tasks))
	for id := range tasks {
		reached, quiet := tasks[id].reached(ends, at)
		stand[id] = rounds.Standing{Metadata: tasks[id].Metadata, Quiet: quiet, Unknown: reached == 0}
		w.tasks = append(w.tasks, reached)
	}
	if chained {
		w.app = p.watermarks.rounds.Hear(stand, at)
		w.tasks = w.app.Lows
	}
	for id, reached := range w.tasks {
		if reached < w.at {
			w.at, w.slowest = reached, id
		}
	}
	p.watermarks.heard(ends)
	return w, nil
}

// read takes in what the group has of a task's inputs.
func (s *standing) read(inputs []partition, group kadm.OffsetResponses) error {
	s.inputs, s.at = inputs, make([]committed, len(inputs))
	for i, in := range inputs {
		s.at[i].offset = -1
		o, ok := group.Lookup(in.topic, in.id)
		if !ok {
			continue
		}
		if o.Err != nil {
			return fmt.Errorf("committed offset of %s: %w", in, o.Err)
		}
		if s.at[i] = committedAt(o.At, &o.Metadata); s.at[i].Seq > s.Seq {
			s.Metadata = s.at[i].Metadata
		}
	}
	return nil
}

// unknown are the inputs of a task whose ends have to be asked for: all, unless one of them
// is known to reach further than it was read; else those that no task has read before, and
// the mailbox, which is the last one.
func (w *watermarks) unknown(s *standing) (ask []partition) {
	ended := true
	for i, in := range s.inputs {
		ended = ended && w.known[in] <= max(0, s.at[i].offset)
	}
	for i, in := range s.inputs {
		if ended || s.at[i].Seq == 0 || i == len(s.inputs)-1 {
			ask = append(ask, in)
		}
	}
	return ask
}

// heard remembers how far logs reach.
func (w *watermarks) heard(ends map[partition]int64) {
	if w.known == nil {
		w.known = make(map[partition]int64)
	}
	maps.Copy(w.known, ends)
}

// reached is up to where the task has processed what came to it, 0 where that cannot be
// told: an input that was not read to its end was never committed, or by hand. Quiet tells
// that all were read to their ends.
func (s *standing) reached(ends map[partition]int64, at schemas.Time) (reached schemas.Time, quiet bool) {
	all := true
	for i, in := range s.inputs {
		end, asked := ends[in]
		read := asked && max(0, s.at[i].offset) >= end
		all = all && read
		if !read && s.at[i].Seq == 0 {
			return 0, false
		}
	}
	if all {
		return at, true
	}
	return s.Processed, false
}

// reached is up to where the task has processed what came to it.
func (t *task) reached() schemas.Time { return t.merge.Processed(t.l.knownUpTo()) }

// tells is what the next commit will say of that. Where nothing but asks is mailed that could
// end a wait, what was read counts: these are mailed then.
func (t *task) tells() schemas.Time {
	if t.l.chained() {
		return t.reached()
	}
	return t.read()
}

// hasNews tells that others wait to hear how far the task is.
func (t *task) hasNews() bool {
	if !t.l.chained() {
		return t.merge.Held() > 0 && t.read() > t.said.Processed
	}
	return t.mayEnter() && t.l.watermark.app.WaitsFor(int(t.id))
}

// mayEnter tells whether the next commit may take the task to another round.
func (t *task) mayEnter() bool {
	w := t.l.watermark
	if w == nil {
		return false
	}
	end, ok := w.ends[partition{t.l.lay.mailbox, t.id}]
	return t.rounds.MayEnter(w.app, ok && t.merge.Position(t.merge.Mailbox()) >= end)
}

// nextRound is the task's part in the rounds as of the transaction that is being committed.
// Where there are none any more it stays in its own: others may have it there still, and it
// must not enter that once more.
func (t *task) nextRound() rounds.Task {
	if !t.l.chained() {
		return rounds.Resume(t.rounds.Round)
	}
	next := t.rounds
	if t.mayEnter() {
		next.Enter(t.l.watermark.app, t.reached())
	}
	return next
}

// moved tells that inputs were read on without anything to process: others take them for
// unread until that is committed.
func (t *task) moved() bool {
	if t.commit.Seq == 0 {
		return true
	}
	for _, in := range t.inputs {
		if in.position() != t.snapshot.Logs[in.log].Next {
			return true
		}
	}
	return false
}
