package processor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/topics"
	"github.com/beckon-io/beckon/state/store"
)

// Verification compares a process's copy of the state with the changelog, while
// the process does not run.
//
// Compaction leaves no past of the changelog to compare with, so both are read
// to where it ends: the copy from its own position on, just as when the process
// starts, and an empty store from the beginning.
type Verification struct {
	App   string
	Kafka kafka.Config
	// Local is the copy. It is read on to the end of the changelog and not
	// changed otherwise.
	Local *store.Store
	// Scratch is empty, in another directory, and has room for one task.
	Scratch *store.Store
	Log     *slog.Logger // default: nothing is logged
	// Progress is told how far a task's changelog was read. May be nil.
	Progress func(task int, read, end int64)
}

// Verified is one task of the local copy.
type Verified struct {
	Task      int
	Seq       uint64 // of the last transaction
	Committed uint64 // the seq that the group's offsets were committed with
	Position  int64  // in the changelog, that both were read to
	Sections  int64  // of all customers, in the changelog
	Local     [sha256.Size]byte
	Log       [sha256.Size]byte
	// Differences are the first ones, Differ is how many there are.
	Differences []store.Difference
	Differ      int
	// Unarmed customers of the copy wait and would never be looked at.
	Unarmed []string
	// Stale says why the local copy would be dropped and read anew when the
	// process starts; it was not compared then.
	Stale string
}

const maxDifferences = 20

// Lost tells that offsets were committed whose state is not in the changelog.
func (v *Verified) Lost() bool { return v.Committed > v.Seq }

// Compared tells that the copy was held against the changelog, and not dropped.
func (v *Verified) Compared() bool { return v.Stale == "" }

// OK tells whether the copy is what the changelog says, or will be.
func (v *Verified) OK() bool {
	return !v.Lost() && (!v.Compared() || v.Local == v.Log && len(v.Unarmed) == 0)
}

// Run verifies every task of the local copy, in order, and calls each for it,
// until each has an error. It waits for transactions that are open in the
// changelog to end.
func (v Verification) Run(ctx context.Context, each func(*Verified) error) error {
	if v.Log == nil {
		v.Log = slog.New(slog.DiscardHandler)
	}
	side, err := newSide(ctx, v.Kafka)
	if err != nil {
		return err
	}
	defer side.close()
	names := topics.Of(v.App)
	extents, err := side.extents(ctx, []string{names.Changelog})
	if err != nil {
		return err
	}
	if extents[names.Changelog].partitions == 0 {
		return fmt.Errorf("topic %s does not exist: is it the right app, %s, and the right cluster?", names.Changelog, v.App)
	}
	retention, err := side.tombstones(ctx, names.Changelog)
	if err != nil {
		return err
	}
	reader := func(s *store.Store) *Processor {
		return &Processor{cfg: Config{App: v.App, Kafka: v.Kafka, Store: s, Log: v.Log}, names: names, side: side, tombstones: retention}
	}
	tasks, err := v.Local.Tasks()
	if err != nil {
		return err
	}
	run := verifyRun{local: reader(v.Local), scratch: reader(v.Scratch), tasks: extents[names.Changelog].partitions, progress: v.Progress}
	for _, t := range tasks {
		found, err := run.task(ctx, t)
		if err != nil {
			return fmt.Errorf("verify task %d: %w", t, err)
		}
		if err := each(&found); err != nil {
			return err
		}
	}
	return nil
}

// verifyRun is one Run. Its processors only restore.
type verifyRun struct {
	local, scratch *Processor
	tasks          int // of the app
	progress       func(task int, read, end int64)
}

// task reads both stores to one position and compares them.
func (r *verifyRun) task(ctx context.Context, id store.TaskID) (v Verified, err error) {
	v.Task = int(id)
	if v.Task >= r.tasks {
		v.Stale = fmt.Sprintf("the app has only %d tasks", r.tasks)
		return v, nil
	}
	job := restoreJob{task: int32(id), progress: &progress{task: int(id), tell: r.progress}}
	if v.Committed, err = r.committed(ctx, job.task); err != nil {
		return v, err
	}
	// Only now: what was committed is before the end.
	if _, job.end, err = r.local.extent(ctx, partition{r.local.names.Changelog, job.task}); err != nil {
		return v, err
	}
	meta, _, err := r.scratch.catchUp(ctx, &job, 0)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, r.scratch.cfg.Store.DropTask(id)) }()
	v.Seq, v.Position = meta.Seq, meta.Position
	switch _, _, err = r.local.catchUp(ctx, &job, 0); {
	case errors.Is(err, errCopy):
		v.Stale = err.Error()
		return v, nil
	case err != nil:
		return v, err
	}
	return v, v.compare(r.local.cfg.Store, r.scratch.cfg.Store, id)
}

func (v *Verified) compare(local, log *store.Store, id store.TaskID) (err error) {
	if v.Log, v.Sections, err = log.Digest(id); err != nil {
		return err
	}
	if v.Local, _, err = local.Digest(id); err != nil {
		return err
	}
	if v.Local != v.Log {
		err = local.Compare(log, id, func(d store.Difference) {
			if v.Differ++; v.Differ <= maxDifferences {
				v.Differences = append(v.Differences, d)
			}
		})
		if err != nil {
			return err
		}
	}
	v.Unarmed, err = local.Unarmed(id)
	return err
}

// committed is the seq in the group's offset of the task's mailbox, 0 if the
// task never committed.
func (r *verifyRun) committed(ctx context.Context, task int32) (uint64, error) {
	p := r.local
	offsets, err := kadm.NewClient(p.side.cl).FetchOffsetsForTopics(ctx, p.cfg.App, p.names.Mailbox)
	if err != nil {
		return 0, fmt.Errorf("fetch offsets of group %s: %w", p.cfg.App, err)
	}
	o, ok := offsets.Lookup(p.names.Mailbox, task)
	if !ok {
		return 0, nil
	}
	if o.Err != nil {
		return 0, fmt.Errorf("fetch offsets of group %s: %w", p.cfg.App, o.Err)
	}
	c := committedAt(o.At, &o.Metadata)
	return c.Seq, c.err
}
