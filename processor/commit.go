package processor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/rounds"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
)

// sealed is one task's part of a transaction that is about to end.
type sealed struct {
	t      *task
	commit state.Commit
	says   state.Metadata // of its offsets
	round  rounds.Task
	haste  bool        // as its marks say
	last   *kgo.Record // the commit record, whose offset is known once it is written
}

// commit ends the transaction under way: what changed goes to the changelog,
// then a commit record for each task, then the offsets; the store follows when
// the cluster has confirmed. It returns errInDoubt if nobody knows how it ended.
func (l *lane) commit() error {
	parts, err := l.seal()
	if err != nil || len(parts) == 0 {
		return err
	}
	start := time.Now()
	err = l.txn.commit(context.WithoutCancel(l.p.background), l.refused, offsetsOf(parts))
	l.report(err, start, parts)
	l.limit.ended(err, time.Since(start), l.batch.inputs+len(l.batch.late), l.out.bytes)
	if err == nil {
		return l.confirm(parts)
	}
	return l.recoverFrom(err)
}

// seal writes what the touched tasks have changed.
func (l *lane) seal() ([]sealed, error) {
	var parts []sealed
	for _, t := range l.order {
		if t.phase == running && t.due() {
			parts = append(parts, sealed{t: t})
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	l.batch.touch()
	l.out.now = time.Now()
	for i := range parts {
		s := &parts[i]
		s.round = s.t.nextRound()
		if s.haste = l.haste; l.lay.marks {
			l.marks(s.t, s.t.commit.Seq+1, s.round.N)
		}
		records, err := s.t.store.Seal(l.sealing[:0])
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			l.changelog(s.t, r)
		}
		clear(records)
		l.sealing = records
		s.commit = s.t.seal()
		s.says = state.Metadata{Seq: s.commit.Seq, Processed: s.t.tells(), Round: s.round.Round}
		s.last = l.changelog(s.t, store.Record{Key: state.CommitKey(), Value: s.commit.Append(nil)})
	}
	return parts, nil
}

// due tells that a task has something to commit: what it processed, or what the others
// wait for, a mark or how far it is, or positions that moved a while ago.
func (t *task) due() bool {
	if t.touched {
		return true
	}
	rest := time.Since(t.committed)
	return rest >= commitAtRest ||
		rest >= markEvery && t.l.lay.marks ||
		rest >= t.l.askEvery() && t.moved() ||
		rest >= tellAgain && (t.hasNews() || t.l.haste && !t.haste)
}

func (l *lane) changelog(t *task, rec store.Record) *kgo.Record {
	r := l.out.next()
	r.Topic, r.Partition, r.Key, r.Value = l.p.names.Changelog, t.id, rec.Key, rec.Value
	l.out.send(r, cause{})
	return r
}

// refused is why records could not be produced. If an input caused it and would do so
// again, the input is set aside when it is read again. A batch is refused as a whole,
// for its largest record most likely, unless that is a letter which was cut already.
func (l *lane) refused() error {
	culprits, err := l.out.err()
	if len(culprits) == 0 || !(errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge) || errors.Is(err, kerr.InvalidRecord)) {
		return err
	}
	cut := func(c culprit) int { return l.refusals(c.cause) / 2 }
	worst := slices.MinFunc(culprits, func(a, b culprit) int {
		return cmp.Or(cmp.Compare(cut(a), cut(b)), cmp.Compare(b.bytes, a.bytes))
	})
	l.poisoned[worst.poison()]++
	return err
}

func offsetsOf(parts []sealed) []offsetCommit {
	var all []offsetCommit
	for _, s := range parts {
		metadata := s.says.String()
		for _, in := range s.commit.Inputs {
			all = append(all, offsetCommit{in.Topic, in.Partition, in.Offset, metadata})
		}
	}
	return all
}

// confirm takes over what the cluster has confirmed.
func (l *lane) confirm(parts []sealed) error {
	updates := make([]store.Update, len(parts))
	for i, s := range parts {
		meta := s.t.store.Meta()
		meta.Commit, meta.Position, meta.AppliedAt = s.commit, s.last.Offset+1, l.p.wall()
		updates[i] = store.Update{Task: s.t.store, Meta: meta}
	}
	if err := l.p.cfg.Store.Apply(updates...); err != nil {
		return fmt.Errorf("apply a committed transaction: %w", err)
	}
	for _, s := range parts {
		s.t.confirmed(s)
	}
	l.aborts = 0
	l.together.committed(l.p.cfg.Now())
	l.batch.fresh()
	l.out.reset(l.cl)
	return nil
}

// report tells the watcher how the transaction went, and remembers one whose
// outcome is to be found out.
func (l *lane) report(err error, ending time.Time, parts []sealed) {
	b := Batch{Lane: l.n, Outcome: Committed, Began: l.batch.began, Took: time.Since(l.batch.began), Ending: time.Since(ending), Ended: l.p.cfg.Now(),
		Sources: l.batch.sources, Mail: l.batch.mail, Late: l.batch.late, Dead: l.batch.dead, Records: l.out.n, Bytes: l.out.bytes,
		Commands: l.batch.commands, Sent: l.batch.sent, Decisions: l.batch.decisions, Fates: l.batch.fates, Regretted: l.batch.regretted}
	switch {
	case errors.Is(err, errAborted):
		b.Outcome = Aborted
	case err != nil:
		b.Outcome = InDoubt
	}
	if tr := l.trace(); tr != nil {
		tr.End(l.p.background, &b)
		l.batch.trace = nil
	}
	l.p.cfg.Watch.Batch(l.p.background, &b)
	if b.Outcome == InDoubt { // the lane ends, so nobody uses the batch's memory again
		l.p.doubts.add(&b, parts)
	}
}
