// Package instruments names every metric and span of beckon and makes the
// instruments, with the OpenTelemetry API alone: whoever measures needs no SDK.
//
// Attributes are low in cardinality on purpose: topics, triggers, channels,
// reasons, tasks. No customer id, address or key is ever an attribute of a
// metric.
package instruments

import (
	"fmt"

	"go.opentelemetry.io/otel/metric"
)

// Scope is the instrumentation scope of all tracers and meters.
const Scope = "github.com/beckon-io/beckon"

// Set holds the instruments that are added to. Safe for concurrent use.
type Set struct {
	Events      metric.Int64Counter // by source, outcome
	Mail        metric.Int64Counter
	Forwarded   metric.Int64Counter // by source
	Misplaced   metric.Int64Counter // by source
	DeadLetters metric.Int64Counter // by source, stage, reason

	Commands  metric.Int64Counter // by trigger, channel
	Skipped   metric.Int64Counter // by trigger, reason
	Runs      metric.Int64Counter // by trigger, outcome, reason
	Errors    metric.Int64Counter // by trigger
	Regretted metric.Int64Counter

	Latency  metric.Float64Histogram
	Lateness metric.Float64Histogram

	Transactions metric.Float64Histogram // by outcome
	Commits      metric.Float64Histogram // by outcome
	Resolved     metric.Int64Counter     // by outcome

	Restores metric.Float64Histogram // by outcome
	Restored metric.Int64Counter
}

// New makes the instruments of a meter.
func New(m metric.Meter) (*Set, error) {
	b := builder{m: m}
	s := &Set{
		Events:      b.counter("beckon_events", "{event}", "Records of sources that were dealt with, by source and outcome."),
		Mail:        b.counter("beckon_mail", "{record}", "Mail between tasks that was taken in, forwarded events apart."),
		Forwarded:   b.counter("beckon_forwarded", "{event}", "Events passed on to their customer's task, by source."),
		Misplaced:   b.counter("beckon_misplaced", "{event}", "Forwarded events of sources that are said to be keyed by subject, by source."),
		DeadLetters: b.counter("beckon_dead_letters", "{record}", "Records set aside in the dead-letter topic, by source, stage and reason."),

		Commands:  b.counter("beckon_commands", "{command}", "Commands published, by trigger and channel."),
		Skipped:   b.counter("beckon_skipped", "{decision}", "Starts and sends that came to nothing, by trigger and reason."),
		Runs:      b.counter("beckon_runs", "{decision}", "What became of runs, by trigger, outcome and reason."),
		Errors:    b.counter("beckon_expression_errors", "{error}", "Expressions that failed, by trigger."),
		Regretted: b.counter("beckon_ordered_before_reminded", "{command}", "Commands published although an event that ends their run had been processed; must stay 0."),

		Latency: b.seconds("beckon_event_to_command", "From an event's append to the commit of a command that it led to at once.",
			.01, .025, .05, .075, .1, .15, .2, .3, .5, 1, 2, 5, 10, 60),
		Lateness: b.seconds("beckon_timer_lateness", "From due + grace to the end of a wait, by the processor's clock.",
			.01, .05, .1, .25, .5, 1, 2, 5, 10, 60, 600, 3600, 86400),

		Transactions: b.seconds("beckon_transaction_duration", "From the first thing done in a transaction to its end, by outcome.",
			.005, .01, .025, .05, .075, .1, .2, .5, 1, 2, 5, 10),
		Commits: b.seconds("beckon_commit_duration", "The end of a transaction: flush, offsets, EndTxn, by outcome.",
			.001, .0025, .005, .01, .025, .05, .1, .2, .5, 1, 2, 5, 10),
		Resolved: b.counter("beckon_transactions_resolved", "{transaction}", "Transactions in doubt whose outcome was found out, by outcome."),

		Restores: b.seconds("beckon_restore_duration", "Restores of tasks, by outcome.", .1, .5, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
		Restored: b.counter("beckon_restored_records", "{record}", "Changelog records read to restore tasks."),
	}
	return s, b.err
}

// Gauges are figures that are looked up when metrics are collected.
type Gauges struct {
	ClockLag    metric.Float64ObservableGauge // by task
	InputLag    metric.Int64ObservableGauge   // by source
	Silent      metric.Int64ObservableGauge   // by source
	Waiting     metric.Int64ObservableGauge   // by task
	Buffered    metric.Int64ObservableGauge
	StateSize   metric.Int64ObservableGauge
	Lanes       metric.Int64ObservableGauge // by state
	Tasks       metric.Int64ObservableGauge // by state
	RestoreLeft metric.Int64ObservableGauge // by task
	Triggers    metric.Int64ObservableGauge // by set
	Generation  metric.Int64ObservableGauge
	Paused      metric.Int64ObservableGauge
}

// NewGauges makes the gauges; register a callback for All with the meter.
func NewGauges(m metric.Meter) (*Gauges, error) {
	b := builder{m: m}
	g := &Gauges{
		ClockLag:    b.secondsGauge("beckon_clock_lag", "How far the clock that ends waits is behind, by task."),
		InputLag:    b.gauge("beckon_input_lag", "{offset}", "Offsets between what was processed and the end of the log, by source."),
		Silent:      b.gauge("beckon_source_silent", "{source}", "1 while a source is silent for longer than expected, so that clocks stand; by source."),
		Waiting:     b.gauge("beckon_waiting_customers", "{customer}", "Customers with a wait ahead of them, by task."),
		Buffered:    b.gauge("beckon_buffered", "By", "What was read and waits for its turn."),
		StateSize:   b.gauge("beckon_state_size", "By", "The state on disk."),
		Lanes:       b.gauge("beckon_lanes", "{lane}", "Lanes of this process, by state: joining the group, or in it."),
		Tasks:       b.gauge("beckon_tasks", "{task}", "Tasks of this process, by state."),
		RestoreLeft: b.gauge("beckon_restore_remaining", "{offset}", "Offsets of the changelog that a restore has yet to read, by task."),
		Triggers:    b.gauge("beckon_triggers_loaded", "{trigger}", "Triggers in use; the set attribute is the hash of all that is loaded."),
		Generation:  b.gauge("beckon_triggers_generation", "{set}", "Number of the set of triggers in use; an instance with a lower one than others has older files."),
		Paused:      b.gauge("beckon_triggers_paused", "{trigger}", "Triggers in use that are paused."),
	}
	return g, b.err
}

// All lists the gauges, for their callback.
func (g *Gauges) All() []metric.Observable {
	return []metric.Observable{g.ClockLag, g.InputLag, g.Silent, g.Waiting, g.Buffered, g.StateSize, g.Lanes, g.Tasks, g.RestoreLeft, g.Triggers,
		g.Generation, g.Paused}
}

// builder makes instruments and keeps the first error.
type builder struct {
	m   metric.Meter
	err error
}

func (b *builder) check(name string, err error) {
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("make instrument %s: %w", name, err)
	}
}

func (b *builder) counter(name, unit, what string) metric.Int64Counter {
	c, err := b.m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
	b.check(name, err)
	return c
}

func (b *builder) seconds(name, what string, bounds ...float64) metric.Float64Histogram {
	h, err := b.m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(bounds...))
	b.check(name, err)
	return h
}

func (b *builder) gauge(name, unit, what string) metric.Int64ObservableGauge {
	g, err := b.m.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(what))
	b.check(name, err)
	return g
}

func (b *builder) secondsGauge(name, what string) metric.Float64ObservableGauge {
	g, err := b.m.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(what))
	b.check(name, err)
	return g
}
