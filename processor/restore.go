package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// restoreJob is a task to bring up to the group's committed offsets.
type restoreJob struct {
	task      int32
	lay       *layout
	progress  *progress
	committed map[partition]committed
	end       int64 // of the changelog, where to stop; 0: where it ends now
}

// restored is a task that is ready to work. Whoever has it closes the store's
// task and then releases the claim.
type restored struct {
	store    *store.Task
	products bool // it knows some
	release  func()
	commit   state.Commit
	round    state.Round // as said with that
	snapshot merge.Snapshot
	records  int
	took     time.Duration
}

// ErrLostState means that offsets were committed whose state is not in the
// changelog: going on would decide without knowing what was decided before.
var ErrLostState = errors.New("state is missing")

// errCopy means that the local copy is of no use and has to be read anew.
var errCopy = errors.New("local copy cannot be continued")

// restore brings the store's copy of a task to exactly the transaction whose
// offsets the group has. The offsets were fetched stable, so every transaction
// that could still change them has ended; of the changelog only what was
// committed is read; and the commit record with the seq of the offsets'
// metadata is the last one of that transaction.
func (p *Processor) restore(ctx context.Context, job restoreJob) (done restored, err error) {
	start := time.Now()
	release, err := p.claims.claim(ctx, job.task)
	if err != nil {
		return done, err
	}
	defer func() {
		if err != nil {
			release()
			done.took = time.Since(start)
		}
	}()
	var want uint64
	for in, c := range job.committed {
		if c.err != nil {
			return done, fmt.Errorf("metadata of the committed offset of %s: %w", in, c.err)
		}
		want = max(want, c.Seq)
	}
	meta, records, err := p.catchUp(ctx, &job, want)
	if errors.Is(err, errCopy) {
		p.cfg.Log.Info("local copy is read anew", "task", job.task, "why", err)
		if err := p.cfg.Store.DropTask(store.TaskID(job.task)); err != nil {
			return done, err
		}
		meta, records, err = p.catchUp(ctx, &job, want)
	}
	if err != nil {
		return done, err
	}
	said := job.committed[partition{job.lay.mailbox, job.task}] // with every transaction
	if said.Seq != 0 && said.Seq < meta.Seq {
		return done, fmt.Errorf("%w: with transaction %d, the changelog has %d", errOutdated, said.Seq, meta.Seq)
	}
	if v := p.cfg.Versions; v != nil {
		if err := v.CatchUp(ctx); err != nil {
			return done, fmt.Errorf("learn the versions of triggers in use: %w", err)
		}
	}
	snap, err := p.positions(ctx, job, &meta.Commit)
	if err != nil {
		return done, err
	}
	products, err := p.cfg.Store.Any(store.TaskID(job.task), engine.Products)
	if err != nil {
		return done, err
	}
	t, err := p.cfg.Store.Task(store.TaskID(job.task))
	if err != nil {
		return done, err
	}
	return restored{t, products, release, meta.Commit, said.Round, snap, records, time.Since(start)}, nil
}

// catchUp reads the changelog from where the local copy stands.
func (p *Processor) catchUp(ctx context.Context, job *restoreJob, want uint64) (meta state.Meta, records int, err error) {
	task := job.task
	log := partition{p.names.Changelog, task}
	from, to, err := p.extent(ctx, log)
	if err != nil {
		return meta, 0, err
	}
	if job.end > 0 {
		to = job.end
	}
	topic, err := p.side.topicID(ctx, log.topic)
	if err != nil {
		return meta, 0, err
	}
	local, ok, err := p.cfg.Store.Meta(store.TaskID(task))
	if errors.Is(err, state.ErrCorrupt) {
		return meta, 0, fmt.Errorf("%w: %w", errCopy, err)
	}
	if err != nil {
		return meta, 0, err
	}
	if ok {
		if err := p.usable(&local, topic, from, to); err != nil {
			return meta, 0, err
		}
	}
	r, err := p.cfg.Store.Restore(store.TaskID(task))
	if err != nil {
		return meta, 0, err
	}
	r.Begin(topic, p.wall())
	reading := changelogReader{p: p, log: log, to: to, want: want, into: r, position: max(from, r.Meta().Position), progress: job.progress}
	job.progress.to.Store(to)
	job.progress.at.Store(reading.position)
	job.progress.from.Store(reading.position)
	if err := reading.run(ctx); err != nil {
		return meta, reading.records, err
	}
	if err := r.Finish(reading.position, p.wall()); err != nil {
		return meta, reading.records, err
	}
	meta = r.Meta()
	if meta.Seq < want {
		return meta, reading.records, fmt.Errorf("%w: the offsets of task %d were committed with transaction %d, but %s ends with transaction %d: "+
			"records of the changelog were lost; to start over with what is there, set the group's offsets by hand", ErrLostState, task, want, log, meta.Seq)
	}
	return meta, reading.records, nil
}

// usable tells why a local copy cannot be continued, nil if it can.
func (p *Processor) usable(local *state.Meta, topic [16]byte, from, to int64) error {
	switch {
	case local.TopicID != topic:
		return fmt.Errorf("%w: the changelog topic was created anew", errCopy)
	case local.Position < from:
		return fmt.Errorf("%w: the changelog begins at %d, after the copy's position %d", errCopy, from, local.Position)
	case local.Position > to:
		return fmt.Errorf("%w: the changelog ends at %d, before the copy's position %d", errCopy, to, local.Position)
	}
	return p.fresh(local)
}

// fresh tells that a local copy is too old to be continued, nil if it is not. Tombstones
// may be gone that it has not seen: what they deleted would come back to life.
func (p *Processor) fresh(local *state.Meta) error {
	p.mu.Lock()
	kept := p.tombstones
	p.mu.Unlock()
	if age := p.wall().Sub(local.AppliedAt); age > kept/2 {
		return fmt.Errorf("%w: it is %s old, tombstones are kept for %s", errCopy, age.Round(time.Second), kept)
	}
	return nil
}

func (p *Processor) extent(ctx context.Context, log partition) (from, to int64, err error) {
	starts, err := p.side.offsets(ctx, logStart, []partition{log})
	if err != nil {
		return 0, 0, err
	}
	ends, err := p.side.offsets(ctx, logEnd, []partition{log})
	if err != nil {
		return 0, 0, err
	}
	return starts[log], ends[log], nil
}

// positions are where the task's inputs stand. What was never read begins at
// its log's start.
func (p *Processor) positions(ctx context.Context, job restoreJob, c *state.Commit) (merge.Snapshot, error) {
	inputs := job.lay.inputs(job.task)
	starts, err := p.side.offsets(ctx, logStart, inputs)
	if err != nil {
		return merge.Snapshot{}, err
	}
	return snapshotOf(c, inputs, job.committed, starts, job.lay.byTopic)
}

// changelogReader reads one partition of the changelog into the store.
type changelogReader struct {
	p        *Processor
	log      partition
	to       int64  // end when the restore began, read_uncommitted
	want     uint64 // seq to reach; 0: unknown, read to the end
	into     *store.Restore
	position int64
	records  int
	progress *progress
}

// settleWait is how long reading may bring nothing before the broker is asked
// whether there is anything: compaction leaves offsets without records.
const settleWait = 2 * time.Second

func (c *changelogReader) run(ctx context.Context) error {
	if c.complete() {
		return nil
	}
	cl, err := kafka.Connect(c.p.cfg.Kafka,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.log.topic: {c.log.id: kgo.NewOffset().At(c.position)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.MaxDecompressBatchBytes(maxBatchBytes),
		kgo.FetchMaxPartitionBytes(maxFetchBytes))
	if err != nil {
		return err
	}
	defer cl.Close()
	for !c.complete() {
		moved, err := c.poll(ctx, cl)
		if err != nil {
			return err
		}
		if !moved {
			c.skip(ctx)
		}
	}
	return nil
}

func (c *changelogReader) complete() bool {
	if c.want > 0 && c.into.Meta().Seq >= c.want {
		return true
	}
	return c.position >= c.to
}

func (c *changelogReader) poll(ctx context.Context, cl *kgo.Client) (moved bool, err error) {
	pollCtx, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	fetches := cl.PollRecords(pollCtx, 20_000)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	for _, e := range fetches.Errors() {
		switch {
		case errors.Is(e.Err, context.DeadlineExceeded):
		case errors.Is(e.Err, kerr.OffsetOutOfRange):
			return false, fmt.Errorf("%w: position %d of %s is out of range", errCopy, c.position, c.log)
		default:
			c.p.cfg.Log.Warn("cannot read the changelog, trying again", "partition", c.log, "err", e.Err)
		}
	}
	for it := fetches.RecordIter(); !it.Done(); {
		r := it.Next()
		if c.complete() {
			return true, nil
		}
		c.position, moved = r.Offset+1, true
		if r.Attrs.IsControl() {
			continue
		}
		c.records++
		if err := c.into.Add(r.Offset, r.Key, r.Value); err != nil {
			return false, err
		}
	}
	c.progress.reach(c.position)
	return moved, nil
}

// skip moves past offsets without records. That nothing came is no proof of
// there being nothing: the network may be slow.
func (c *changelogReader) skip(ctx context.Context) {
	next, err := c.p.side.nextRecord(ctx, c.log, c.position)
	if err != nil {
		c.p.cfg.Log.Warn("cannot ask the changelog for its next record", "partition", c.log, "err", err)
		return
	}
	c.position = max(c.position, next)
}

// wall is the wall clock, for the age of local copies.
func (p *Processor) wall() schemas.Time { return schemas.FromTime(time.Now()) }
