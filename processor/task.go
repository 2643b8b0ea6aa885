package processor

import (
	"errors"
	"fmt"
	"time"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/processor/rounds"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// phase is where a task stands on its way to work.
type phase uint8

const (
	waiting   phase = iota // for all of its partitions and their committed offsets
	restoring              // its inputs are paused
	running
)

// task is one task in the hands of a lane.
type task struct {
	l       *lane
	id      int32
	phase   phase
	restore *progress // nil until it has begun
	inputs  []*input  // as the merge numbers its logs: sources, then the mailbox

	merge   *merge.Merge[item]
	store   *store.Task
	scan    *scan  // nil: as the store has it
	release func() // of the claim on the task's part of the store

	products bool // it may know some; most shops never tell of one, and carts ask for many

	commit    state.Commit   // the last committed one
	said      state.Metadata // of its offsets
	rounds    rounds.Task    // its part in the rounds
	round     rounds.Task    // that as of the last commit
	haste     bool           // the lane's, as its last marks say
	snapshot  merge.Snapshot // of it
	sealing   merge.Snapshot // of the transaction that is being committed
	committed time.Time      // when

	touched    bool // something was processed since the last commit
	forwarded  bool
	busy       bool         // more can be done at once
	plenty     bool         // the last work did not run out of items
	nextDue    schemas.Time // when the first wait may end, as of the last work; 0: none waits
	wantsProof bool

	asks   engine.Env // whom the engine asks: made once, as a method value takes memory each time
	unread error      // why the engine could not be told what it asked for
}

func newTask(l *lane, id int32) *task {
	t := &task{l: l, id: id}
	t.asks = engine.Env{Product: t.product, Watchers: t.watchers, Pace: t.pace}
	return t
}

// addInput notes a partition; begin puts them in order.
func (t *task) addInput(p partition) {
	for _, in := range t.inputs {
		if in.partition == p {
			return
		}
	}
	t.inputs = append(t.inputs, &input{partition: p, task: t, source: t.l.lay.byTopic[p.topic]})
}

// begin starts work from what was restored.
func (t *task) begin(r restored) error {
	known := make(map[partition]*input, len(t.inputs))
	for _, in := range t.inputs {
		known[in.partition] = in
	}
	t.inputs = t.inputs[:0]
	for i, p := range t.l.lay.inputs(t.id) {
		in := known[p]
		in.log = merge.Log(i)
		t.inputs = append(t.inputs, in)
		t.l.inputs[p] = in
	}
	t.store, t.products, t.release, t.commit = r.store, r.products, r.release, r.commit
	t.committed = time.Now()
	t.snapshot = r.snapshot
	t.round = rounds.Resume(r.round)
	t.rounds = t.round
	if now := t.l.now; t.snapshot.Clock > now.Add(setBack) { // it followed a clock that was ahead
		t.snapshot.Clock = now
	}
	t.phase = running
	t.newMerge()
	return nil
}

func (t *task) newMerge() {
	for _, in := range t.inputs {
		in.bomb, in.unread = -1, unread{}
	}
	cfg := merge.Config{Grace: t.l.p.cfg.Grace, Origins: int(t.l.lay.tasks), Self: int(t.id), Marks: t.l.lay.marks, MaxBytes: maxHeldBytes}
	for _, in := range t.inputs {
		if in.source != nil {
			cfg.Sources = append(cfg.Sources, merge.Source{Rank: in.source.rank(), Forwards: in.source.Forwards})
		}
	}
	t.merge = merge.New[item](cfg, t.snapshot)
}

// reset goes back to the last commit: buffers and overlay are dropped.
func (t *task) reset() {
	t.store.Discard()
	t.newMerge()
	t.scan = nil
	t.rounds = t.round
	t.touched, t.forwarded, t.busy, t.plenty = false, false, false, false
}

// close lets go of the task's part of the store.
func (t *task) close() {
	if t.store != nil {
		t.store.Close()
		t.store = nil
	}
	if t.release != nil {
		t.release()
		t.release = nil
	}
}

// position is where to read an input from after a reset.
func (in *input) position() int64 { return in.task.merge.Position(in.log) }

// next is where the client reads on, as far as it gave anything.
func (in *input) next() int64 { return max(in.unread.end, in.position()) }

// keyed tells that the input is a source whose records are this task's as a rule.
func (in *input) keyed() bool { return in.source != nil && !in.source.Forwards }

// errOutdated means that the group's offsets were fetched before somebody else, who had
// the task meanwhile, committed: the lane begins anew and fetches them again.
var errOutdated = errors.New("the task was worked on since the offsets of the group were fetched")

// snapshotOf turns a commit record into what the merge starts from, in the
// order of the task's inputs. Offsets that were set by hand in the group win
// over those of the commit record; log starts are for what was never read. sources are by
// topic.
func snapshotOf(c *state.Commit, inputs []partition, group map[partition]committed, starts map[partition]int64, sources map[string]*source) (merge.Snapshot, error) {
	snap := merge.Snapshot{Clock: c.Clock, Logs: make([]merge.LogSnapshot, len(inputs))}
	byPartition := make(map[partition]*state.Input, len(c.Inputs))
	for i := range c.Inputs {
		byPartition[partition{c.Inputs[i].Topic, c.Inputs[i].Partition}] = &c.Inputs[i]
	}
	var newest uint64 // transaction that the group knows of
	for _, p := range inputs {
		newest = max(newest, group[p].Seq)
	}
	for i, p := range inputs {
		log := &snap.Logs[i]
		was, known := byPartition[p]
		g := group[p]
		byHand := g.offset >= 0 && g.Seq == 0
		source := sources[p.topic]
		another := known && source != nil && source.extent.other(extent{id: was.TopicID})
		switch {
		case another && !byHand:
			return snap, replaced(p.topic)
		case known && !another && (g.offset < 0 || g.offset == was.Offset):
			log.Next = was.Offset
			log.Ahead = append(log.Ahead, was.Ahead...)
		case g.offset >= 0 && g.Seq != 0 && known && newest < c.Seq:
			return snap, fmt.Errorf("%w: %s at %d with transaction %d, the changelog has %d", errOutdated, p, g.offset, g.Seq, c.Seq)
		case g.offset >= 0 && g.Seq != 0 && known:
			return snap, fmt.Errorf("%s: the group stands at %d, the changelog at %d, in the same transaction; "+
				"one of the two topics was tampered with", p, g.offset, was.Offset)
		case g.offset >= 0:
			log.Next = g.offset
		default:
			log.Next = starts[p]
		}
	}
	return snap, nil
}

// seal makes the commit record of the transaction from where the merge stands;
// confirmed takes it over.
func (t *task) seal() state.Commit {
	snap := &t.sealing
	t.merge.Snapshot(snap)
	c := state.Commit{Seq: t.commit.Seq + 1, Clock: snap.Clock, Waiting: t.store.Waiting(), Inputs: make([]state.Input, len(t.inputs))}
	for i, in := range t.inputs {
		c.Inputs[i] = state.Input{Topic: in.topic, Partition: in.id, Offset: snap.Logs[i].Next}
		if in.source != nil {
			c.Inputs[i].TopicID = in.source.extent.id
		}
		c.Inputs[i].Ahead = append(c.Inputs[i].Ahead, snap.Logs[i].Ahead...)
	}
	return c
}

func (t *task) confirmed(s sealed) {
	t.commit, t.said, t.committed = s.commit, s.says, time.Now()
	t.round, t.haste = s.round, s.haste
	t.rounds = t.round
	t.snapshot, t.sealing = t.sealing, t.snapshot
	t.touched, t.forwarded = false, false
}
