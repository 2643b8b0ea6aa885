// Package instruments names every metric and span of beckon and makes the
// instruments, with the OpenTelemetry API alone: whoever measures needs no SDK.
//
// Attributes are low in cardinality on purpose: topics, triggers, channels,
// reasons, tasks. No customer id, address or key is ever an attribute.
package instruments

import (
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Scope is the instrumentation scope of all tracers and meters.
const Scope = "github.com/beckon-io/beckon"

// Names of the spans. SpanProcess is followed by a blank and the topic.
const (
	SpanProcess = "process" // one per lane and transaction that read records
	SpanSend    = "send"    // one per command, linked to what caused it
	SpanFire    = "fire"    // root of a trace begun by timers, linked to what armed them
	SpanCommit  = "commit"  // the end of a transaction
	SpanRestore = "restore" // one per task
)

// Attribute keys beside the messaging semantic conventions.
const (
	Source  = attribute.Key("beckon.source")  // topic of a source
	Outcome = attribute.Key("beckon.outcome") // closed list, see the instrument
	Trigger = attribute.Key("beckon.trigger")
	Channel = attribute.Key("beckon.channel")
	Reason  = attribute.Key("beckon.reason") // closed list of the contract
	Task    = attribute.Key("beckon.task")
	Lane    = attribute.Key("beckon.lane")
	Stage   = attribute.Key("beckon.stage") // of a dead letter: decode, process, forward
)

// Outcomes of events and transactions.
const (
	Processed  = "processed"
	Forwarded  = "forwarded"
	DeadLetter = "dead_letter"
	Duplicate  = "duplicate"
	Committed  = "committed"
	Aborted    = "aborted"
	Doubtful   = "doubtful" // unknown at first; resolved by what the broker says is committed
)

// Set holds the instruments. Safe for concurrent use.
type Set struct {
	Events       metric.Int64Counter     // by source, outcome
	Commands     metric.Int64Counter     // by trigger, channel
	Skipped      metric.Int64Counter     // by trigger, reason
	DeadLetters  metric.Int64Counter     // by source, stage
	Forwarded    metric.Int64Counter     // by source
	Misplaced    metric.Int64Counter     // by source: forwarded although the source claims keyed_by: subject
	Errors       metric.Int64Counter     // expression errors, by trigger
	Transactions metric.Float64Histogram // seconds from begin to confirmed, by outcome
	Latency      metric.Float64Histogram // seconds from an event's append to its command's commit
	Lateness     metric.Float64Histogram // seconds from due + grace to the wait's end, by the wall clock
	Restored     metric.Int64Counter     // changelog records, by task
	Resolved     metric.Int64Counter     // doubtful transactions, by outcome
	Regretted    metric.Int64Counter     // commands sent after the order they should have waited for: must stay 0
}

// New makes the instruments of a meter.
func New(m metric.Meter) (*Set, error) {
	var s Set
	var errs []error
	counter := func(to *metric.Int64Counter, name, unit, what string) {
		c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
		*to, errs = c, append(errs, err)
	}
	seconds := func(to *metric.Float64Histogram, name, what string, bounds ...float64) {
		h, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what),
			metric.WithExplicitBucketBoundaries(bounds...))
		*to, errs = h, append(errs, err)
	}
	counter(&s.Events, "beckon_events", "{event}", "Records read, by source and outcome.")
	counter(&s.Commands, "beckon_commands", "{command}", "Commands published, by trigger and channel.")
	counter(&s.Skipped, "beckon_skipped", "{decision}", "Messages not sent and runs ended, by trigger and reason.")
	counter(&s.DeadLetters, "beckon_dead_letters", "{record}", "Records that went to the dead-letter topic, by source and stage.")
	counter(&s.Forwarded, "beckon_forwarded", "{record}", "Records forwarded to another task, by source.")
	counter(&s.Misplaced, "beckon_misplaced", "{record}", "Records of a source keyed by subject that lay on another task's partition.")
	counter(&s.Errors, "beckon_expression_errors", "{error}", "Expressions that failed, by trigger.")
	counter(&s.Restored, "beckon_restored_records", "{record}", "Changelog records read to restore state, by task.")
	counter(&s.Resolved, "beckon_transactions_resolved", "{transaction}", "Transactions of unknown outcome that were settled, by outcome.")
	counter(&s.Regretted, "beckon_ordered_before_reminded", "{command}", "Commands sent although the event that ends their run was in the log in time; must stay 0.")
	seconds(&s.Transactions, "beckon_transaction_duration", "From the first record of a transaction to its confirmed end, by outcome.",
		.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10)
	seconds(&s.Latency, "beckon_event_to_command", "From an event's append to the commit of the command it led to at once.",
		.01, .025, .05, .075, .1, .15, .2, .3, .5, 1, 2, 5, 10, 60)
	seconds(&s.Lateness, "beckon_timer_lateness", "How long after due + grace a wait ended, by the wall clock.",
		.01, .05, .1, .5, 1, 2, 5, 10, 60, 600, 3600, 86400)
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("make instruments: %w", err)
		}
	}
	return &s, nil
}

// Gauges are figures that are looked up when metrics are collected.
type Gauges struct {
	ClockLag   metric.Float64ObservableGauge // seconds, by task
	InputLag   metric.Int64ObservableGauge   // records, by source
	ActiveRuns metric.Int64ObservableGauge   // by task
	StateBytes metric.Int64ObservableGauge
	Restoring  metric.Int64ObservableGauge // tasks
}

// NewGauges makes the gauges; register a callback for them with the meter.
func NewGauges(m metric.Meter) (*Gauges, error) {
	var g Gauges
	var errs [5]error
	g.ClockLag, errs[0] = m.Float64ObservableGauge("beckon_clock_lag", metric.WithUnit("s"),
		metric.WithDescription("How far the clock that ends waits is behind the wall clock, by task."))
	g.InputLag, errs[1] = m.Int64ObservableGauge("beckon_input_lag", metric.WithUnit("{record}"),
		metric.WithDescription("Records not yet processed, by source."))
	g.ActiveRuns, errs[2] = m.Int64ObservableGauge("beckon_waiting_customers", metric.WithUnit("{customer}"),
		metric.WithDescription("Customers with a run that waits, by task."))
	g.StateBytes, errs[3] = m.Int64ObservableGauge("beckon_state_size", metric.WithUnit("By"),
		metric.WithDescription("Size of the local state on disk."))
	g.Restoring, errs[4] = m.Int64ObservableGauge("beckon_tasks_restoring", metric.WithUnit("{task}"),
		metric.WithDescription("Tasks that are being restored from the changelog."))
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("make gauges: %w", err)
		}
	}
	return &g, nil
}
