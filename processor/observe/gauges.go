package observe

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/telemetry/instruments"
	"github.com/beckon-io/beckon/triggers/rule"
)

// patience is how long a collection waits for lanes that are in the middle of a
// commit.
const patience = 2 * time.Second

// Process is asked how things stand when metrics are collected.
type Process struct {
	Health    func(context.Context) (processor.Health, error) // processor.Processor.Health
	StateSize func() int64                                    // bytes on disk
	Now       func() schemas.Time                             // the processor's clock
}

// Gauges registers gauges with a meter that ask a process. They go on until the
// meter's provider is shut down or the registration is taken back.
func Gauges(m metric.Meter, p Process) (metric.Registration, error) {
	g, err := instruments.NewGauges(m)
	if err != nil {
		return nil, err
	}
	asker := asker{Process: p, g: g}
	r, err := m.RegisterCallback(asker.collect, g.All()...)
	if err != nil {
		return nil, fmt.Errorf("register gauges: %w", err)
	}
	return r, nil
}

// asker collects the gauges; the meter's provider calls it from one goroutine
// at a time for each reader.
type asker struct {
	Process
	g *instruments.Gauges
}

// collect asks the lanes. Those that do not answer in time leave a gap rather
// than figures that look well: a lane that stands is what absent() and the age
// of transactions are there to tell.
func (a *asker) collect(ctx context.Context, o metric.Observer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h, err := a.Health(ctx)
	o.ObserveInt64(a.g.StateSize, a.StateSize())
	o.ObserveInt64(a.g.Lanes, int64(h.Joined), with(instruments.State.String(instruments.Joined)))
	o.ObserveInt64(a.g.Lanes, int64(h.Lanes-h.Joined), with(instruments.State.String(instruments.Joining)))
	if h.Set != nil {
		o.ObserveInt64(a.g.Triggers, int64(len(h.Set.Triggers)), with(instruments.SetHash.String(h.Set.Hash)))
		a.sets(o, h.Set)
	}
	a.tasks(o, h.Tasks)
	a.sources(o, h.Tasks)
	return err
}

// sets is how the set in use stands among those of the app.
func (a *asker) sets(o metric.Observer, set *rule.Set) {
	paused := 0
	for _, t := range set.Triggers {
		if set.Paused(t.Name) {
			paused++
		}
	}
	o.ObserveInt64(a.g.Generation, set.Generation)
	o.ObserveInt64(a.g.Paused, int64(paused))
}

func with(kv ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(kv...))
}

// tasks is what there is about each task.
func (a *asker) tasks(o metric.Observer, tasks []processor.TaskHealth) {
	states := map[string]int64{instruments.Waiting: 0, instruments.Restoring: 0, instruments.Running: 0}
	buffered := 0
	now := a.Now()
	for i := range tasks {
		t := &tasks[i]
		task := with(instruments.Task.Int(t.Task))
		buffered += t.Buffered
		switch {
		case t.Restored:
			states[instruments.Running]++
			o.ObserveInt64(a.g.Waiting, int64(t.Waiting), task)
			if t.Clock != 0 {
				o.ObserveFloat64(a.g.ClockLag, max(0, now.Sub(t.Clock).Seconds()), task)
			}
		case t.Restore.Begun:
			states[instruments.Restoring]++
			o.ObserveInt64(a.g.RestoreLeft, t.Restore.Left, task)
		default:
			states[instruments.Waiting]++
		}
	}
	for state, n := range states {
		o.ObserveInt64(a.g.Tasks, n, with(instruments.State.String(state)))
	}
	o.ObserveInt64(a.g.Buffered, int64(buffered))
}

// sources adds up the inputs of all tasks by topic; the mailbox is one of them.
func (a *asker) sources(o metric.Observer, tasks []processor.TaskHealth) {
	behind, silent := map[string]int64{}, map[string]int64{}
	for i := range tasks {
		for _, in := range tasks[i].Inputs {
			behind[in.Topic] += in.Behind
			if in.Silent {
				silent[in.Topic] = 1
			}
		}
	}
	for topic, n := range behind {
		source := with(instruments.Source.String(topic))
		o.ObserveInt64(a.g.InputLag, n, source)
		o.ObserveInt64(a.g.Silent, silent[topic], source)
	}
}
