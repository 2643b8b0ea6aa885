package observe

import (
	"cmp"
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/telemetry/instruments"
)

// Watcher adds what processors report to the instruments of a meter. Safe for
// concurrent use.
type Watcher struct {
	set *instruments.Set

	one      *labels[string] // by outcome
	events   *labels[[2]string]
	sources  *labels[string]
	dead     *labels[processor.DeadLetter]
	sent     *labels[processor.Sent]
	skipped  *labels[processor.Fate]
	runs     *labels[processor.Fate]
	triggers *labels[string]
}

var _ processor.Watcher = (*Watcher)(nil)

// NewWatcher makes the instruments. What must never count shows its 0 from the
// start.
func NewWatcher(ctx context.Context, m metric.Meter) (*Watcher, error) {
	set, err := instruments.New(m)
	if err != nil {
		return nil, err
	}
	type kvs = []attribute.KeyValue
	w := &Watcher{
		set:      set,
		one:      newLabels(func(outcome string) kvs { return kvs{instruments.Outcome.String(outcome)} }),
		sources:  newLabels(func(topic string) kvs { return kvs{instruments.Source.String(topic)} }),
		triggers: newLabels(func(name string) kvs { return kvs{instruments.Trigger.String(name)} }),
		events: newLabels(func(k [2]string) kvs {
			return kvs{instruments.Source.String(k[0]), instruments.Outcome.String(k[1])}
		}),
		dead: newLabels(func(d processor.DeadLetter) kvs {
			return kvs{instruments.Source.String(d.Source), instruments.Stage.String(string(d.Stage)), instruments.Reason.String(d.Class)}
		}),
		sent: newLabels(func(k processor.Sent) kvs {
			return kvs{instruments.Trigger.String(k.Trigger), instruments.Channel.String(k.Channel)}
		}),
		skipped: newLabels(func(k processor.Fate) kvs {
			return kvs{instruments.Trigger.String(k.Trigger), instruments.Reason.String(k.Reason.String())}
		}),
		runs: newLabels(func(k processor.Fate) kvs {
			return kvs{instruments.Trigger.String(k.Trigger), instruments.Outcome.String(k.Outcome.String()), instruments.Reason.String(reasonOf(k))}
		}),
	}
	w.set.Regretted.Add(ctx, 0)
	return w, nil
}

// Batch adds a transaction's figures, and what it did if it is committed.
func (w *Watcher) Batch(ctx context.Context, b *processor.Batch) {
	outcome := w.one.of(string(b.Outcome))
	if b.Resolved {
		w.set.Resolved.Add(ctx, 1, outcome.add...)
	} else {
		w.set.Transactions.Record(ctx, b.Took.Seconds(), outcome.record...)
		w.set.Commits.Record(ctx, b.Ending.Seconds(), outcome.record...)
	}
	if b.Outcome != processor.Committed {
		return
	}
	w.inputs(ctx, b)
	w.outcomes(ctx, b)
	w.times(ctx, b)
	add(ctx, w.set.Regretted, b.Regretted, nil)
}

// inputs counts what was read.
func (w *Watcher) inputs(ctx context.Context, b *processor.Batch) {
	for i := range b.Sources {
		s := &b.Sources[i]
		w.event(ctx, s.Topic, instruments.Processed, s.Processed)
		w.event(ctx, s.Topic, instruments.Duplicate, s.Duplicate)
		w.event(ctx, s.Topic, instruments.Forwarded, s.Forwarded)
		w.event(ctx, s.Topic, instruments.Ignored, s.Ignored)
		if s.Forwarded > 0 {
			add(ctx, w.set.Forwarded, s.Forwarded, w.sources.of(s.Topic))
			add(ctx, w.set.Misplaced, s.Misplaced, w.sources.of(s.Topic))
		}
	}
	for _, d := range b.Dead {
		w.event(ctx, d.Source, instruments.DeadLetter, 1)
		add(ctx, w.set.DeadLetters, 1, w.dead.of(d))
	}
	add(ctx, w.set.Mail, b.Mail, nil)
}

func (w *Watcher) event(ctx context.Context, topic, outcome string, n int) {
	if n > 0 {
		add(ctx, w.set.Events, n, w.events.of([2]string{topic, outcome}))
	}
}

// outcomes counts what was decided.
func (w *Watcher) outcomes(ctx context.Context, b *processor.Batch) {
	for k, n := range b.Sent {
		add(ctx, w.set.Commands, n, w.sent.of(k))
	}
	for k, n := range b.Fates {
		switch k.Outcome {
		case schemas.Sent: // counted by its command
		case schemas.Skipped:
			add(ctx, w.set.Skipped, n, w.skipped.of(k))
		default:
			add(ctx, w.set.Runs, n, w.runs.of(k))
		}
		if k.Reason == schemas.ExpressionError {
			add(ctx, w.set.Errors, n, w.triggers.of(k.Trigger))
		}
	}
}

// times records how long commands and waits took.
func (w *Watcher) times(ctx context.Context, b *processor.Batch) {
	for i := range b.Commands {
		if at := b.Commands[i].Appended; at != 0 {
			w.set.Latency.Record(ctx, max(0, b.Ended.Sub(at).Seconds()))
		}
	}
	for _, late := range b.Late {
		w.set.Lateness.Record(ctx, late.Seconds())
	}
}

// Restored counts a restore.
func (w *Watcher) Restored(ctx context.Context, r processor.Restored) {
	if r.Err != nil {
		w.set.Restores.Record(ctx, r.Took.Seconds(), w.one.of(instruments.Failed).record...)
		return
	}
	w.set.Restores.Record(ctx, r.Took.Seconds(), w.one.of(instruments.Done).record...)
	add(ctx, w.set.Restored, r.Records, nil)
}

// add leaves out zeros: they would make series of what never happens.
func add(ctx context.Context, c metric.Int64Counter, n int, o *options) {
	switch {
	case n <= 0:
	case o == nil:
		c.Add(ctx, int64(n))
	default:
		c.Add(ctx, int64(n), o.add...)
	}
}

// reasonOf is why a run did what it did, as a label: an end has always one.
func reasonOf(k processor.Fate) string {
	if k.Outcome == schemas.Ended && k.Reason == 0 {
		return cmp.Or(k.How, instruments.Completed)
	}
	return k.Reason.String()
}
