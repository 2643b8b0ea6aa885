package processor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/state"
)

// errLayout means that partitions were added to a source: lanes start anew with
// the new counts.
var errLayout = errors.New("the sources' partitions have changed")

// committed is what the group knows of one input partition.
type committed struct {
	offset         int64 // of the next record; negative: never committed
	err            error // the metadata cannot be read
	state.Metadata       // of the commit in the same transaction; zero: not committed by a task
}

// The callbacks below run on the client's goroutines. They leave notices and
// touch nothing else of the lane, but for the handles of running restores.
// BlockRebalanceOnPoll keeps them from running while the lane has polled and
// not yet allowed a rebalance, so a task is never taken away in the middle of
// a transaction.

// onAssigned pauses what has come: nothing is read before it is restored.
func (l *lane) onAssigned(_ context.Context, cl *kgo.Client, added map[string][]int32) {
	cl.PauseFetchPartitions(added)
	member, _ := cl.GroupMetadata()
	l.notices.post(func() { l.assigned(member, added) })
}

// onGone gives up what another member may get. When it returns nothing of it
// is restored or processed here any more.
func (l *lane) onGone(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	tasks := make(map[int32]bool)
	for topic, parts := range gone {
		for _, p := range parts {
			tasks[l.lay.taskOf(partition{topic, p})] = true
		}
	}
	for t := range tasks {
		l.restores.stop(t)
	}
	l.notices.post(func() {
		for t := range tasks {
			l.drop(t)
		}
	})
}

// onLost is onGone for a lane that is out of the group.
func (l *lane) onLost(ctx context.Context, cl *kgo.Client, gone map[string][]int32) {
	l.onGone(ctx, cl, gone)
	l.notices.post(func() { l.joined = false })
}

// adjustOffsets keeps the client from complaining about partitions that were
// never committed; they are paused, and restore says where they begin.
func (l *lane) adjustOffsets(_ context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	for _, parts := range offsets {
		for p, o := range parts {
			if o.EpochOffset().Offset < 0 {
				parts[p] = kgo.NewOffset().At(0)
			} else {
				parts[p] = o.WithEpoch(-1)
			}
		}
	}
	l.notices.post(l.startRestores)
	return offsets, nil
}

// noteCommitted remembers a position until the task's restore starts.
func (l *lane) noteCommitted(p partition, c committed) {
	l.notices.post(func() { l.offsets[p] = c })
}

// assigned adds tasks, and partitions to tasks.
func (l *lane) assigned(member string, added map[string][]int32) {
	if len(l.tasks) > 0 && member != l.txn.member {
		l.failed = fmt.Errorf("%w: the group has given up member %s, so others may have had its tasks", errInDoubt, l.txn.member)
		return
	}
	l.joined, l.groupTrouble, l.txn.member = true, "", member
	for topic, parts := range added {
		for _, id := range parts {
			if s := l.lay.byTopic[topic]; s != nil && int(id) >= s.partitions {
				l.failed = fmt.Errorf("%w: %s has more partitions now", errLayout, topic)
				return
			}
			n := l.lay.taskOf(partition{topic, id})
			t := l.tasks[n]
			if t == nil {
				t = newTask(l, n)
				l.tasks[n] = t
				l.order = append(l.order, t)
				slices.SortFunc(l.order, func(a, b *task) int { return int(a.id - b.id) })
			}
			t.addInput(partition{topic, id})
		}
	}
}

// startRestores starts the restore of every task whose inputs' committed
// offsets are all known.
func (l *lane) startRestores() {
	if l.over {
		return
	}
	for _, t := range l.order {
		if t.phase != waiting || !l.complete(t) {
			continue
		}
		t.phase = restoring
		t.restore = new(progress)
		job := restoreJob{task: t.id, lay: l.lay, progress: t.restore, committed: make(map[partition]committed, len(t.inputs))}
		for _, in := range t.inputs {
			job.committed[in.partition] = l.offsets[in.partition]
			delete(l.offsets, in.partition)
		}
		l.restores.start(l.p.background, job, func(done restored, err error) bool {
			return l.notices.post(func() { l.restored(t, done, err) })
		})
	}
}

// complete tells whether a task has all its partitions and their offsets.
func (l *lane) complete(t *task) bool {
	if len(t.inputs) != len(l.lay.inputs(t.id)) {
		return false
	}
	for _, in := range t.inputs {
		if _, ok := l.offsets[in.partition]; !ok {
			return false
		}
	}
	return true
}

// drop forgets a task: its buffers and its claim on the store. A restore may have begun
// since the task was taken away: what led to it stood in the queue before this.
func (l *lane) drop(id int32) {
	t := l.tasks[id]
	if t == nil {
		return
	}
	l.restores.stop(id)
	for _, in := range t.inputs {
		delete(l.inputs, in.partition)
		delete(l.offsets, in.partition)
	}
	t.close()
	delete(l.tasks, id)
	l.order = slices.DeleteFunc(l.order, func(o *task) bool { return o == t })
	l.relearn()
	l.log.Info("task given up", "task", id)
}

// seek makes the client read a task's inputs from the processed positions on.
func (l *lane) seek(t *task) {
	set := make(map[string]map[int32]kgo.EpochOffset)
	for _, in := range t.inputs {
		if set[in.topic] == nil {
			set[in.topic] = make(map[int32]kgo.EpochOffset)
		}
		set[in.topic][in.id] = kgo.EpochOffset{Epoch: -1, Offset: in.position()}
	}
	l.cl.SetOffsets(set)
}
