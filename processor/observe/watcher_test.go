package observe

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/processor/deadletter"
	"github.com/beckon-io/beckon/schemas"
)

// busy is a transaction in which a bit of everything happened.
func busy(outcome processor.Outcome) *processor.Batch {
	command := func(trigger, channel string, appended schemas.Time) processor.SentCommand {
		return processor.SentCommand{Command: &schemas.Command{Trigger: trigger, Channel: channel, Customer: "ana"}, Topic: "commands", Appended: appended}
	}
	decision := func(trigger string, o schemas.Outcome, r schemas.Reason) *schemas.Decision {
		return &schemas.Decision{Trigger: trigger, Outcome: o, Reason: r, Customer: "ana"}
	}
	restarted := decision("cart", schemas.Ended, 0)
	restarted.Detail = "restarted"
	const second = 1_000_000
	return counting(&processor.Batch{
		Outcome: outcome, Took: 80 * time.Millisecond, Ending: 10 * time.Millisecond, Ended: 100 * second,
		Sources: []processor.SourceCount{
			{Topic: "orders", Processed: 7, Duplicate: 1},
			{Topic: "shipments", Processed: 2, Forwarded: 3, Misplaced: 3},
			{Topic: "carts"},
			{},
		},
		Mail: 4,
		Late: []time.Duration{50 * time.Millisecond, 2 * time.Second},
		Dead: []processor.DeadLetter{
			{Source: "orders", Stage: deadletter.Decode, Class: "bad_json"}, {Source: "orders", Stage: deadletter.Decode, Class: "bad_json"},
		},
		Commands: []processor.SentCommand{
			command("cart", "email", 0), command("cart", "email", 0), command("cart", "sms", 0), command("confirm", "email", 99*second),
		},
		Decisions: []*schemas.Decision{
			decision("cart", schemas.Sent, 0), decision("cart", schemas.Started, 0), decision("cart", schemas.Started, 0),
			decision("cart", schemas.Ended, schemas.GoalReached), decision("cart", schemas.Ended, 0), restarted,
			decision("cart", schemas.Skipped, schemas.FrequencyCap), decision("cart", schemas.Skipped, schemas.ExpressionError),
			decision("", schemas.Skipped, schemas.DuplicateEvent),
		},
	})
}

// counting counts commands and decisions as a lane does.
func counting(b *processor.Batch) *processor.Batch {
	b.Sent, b.Fates = map[processor.Sent]int{}, map[processor.Fate]int{}
	for _, c := range b.Commands {
		b.Sent[processor.Sent{Trigger: c.Trigger, Channel: c.Channel}]++
	}
	for _, d := range b.Decisions {
		b.Fates[processor.FateOf(d)]++
	}
	return b
}

var counted = []string{
	"beckon_commands{channel=email,trigger=cart} 2",
	"beckon_commands{channel=email,trigger=confirm} 1",
	"beckon_commands{channel=sms,trigger=cart} 1",
	"beckon_dead_letters{reason=bad_json,source=orders,stage=VALUE_CONVERTER} 2",
	"beckon_event_to_command 1 times, 1",
	"beckon_events{outcome=dead_letter,source=orders} 2",
	"beckon_events{outcome=duplicate,source=orders} 1",
	"beckon_events{outcome=forwarded,source=shipments} 3",
	"beckon_events{outcome=processed,source=orders} 7",
	"beckon_events{outcome=processed,source=shipments} 2",
	"beckon_expression_errors{trigger=cart} 1",
	"beckon_forwarded{source=shipments} 3",
	"beckon_mail 4",
	"beckon_misplaced{source=shipments} 3",
	"beckon_ordered_before_reminded 0",
	"beckon_runs{outcome=ended,reason=completed,trigger=cart} 1",
	"beckon_runs{outcome=ended,reason=goal_reached,trigger=cart} 1",
	"beckon_runs{outcome=ended,reason=restarted,trigger=cart} 1",
	"beckon_runs{outcome=started,reason=,trigger=cart} 2",
	"beckon_skipped{reason=duplicate_event,trigger=} 1",
	"beckon_skipped{reason=expression_error,trigger=cart} 1",
	"beckon_skipped{reason=frequency_cap,trigger=cart} 1",
	"beckon_timer_lateness 2 times, 2.05",
}

func TestWhatIsCommittedIsCounted(t *testing.T) {
	p, reader := meter(t)
	w, err := NewWatcher(t.Context(), p.Meter(""))
	if err != nil {
		t.Fatal(err)
	}
	w.Batch(t.Context(), busy(processor.Committed))
	got := without(figures(t, reader), "beckon_transaction_duration", "beckon_commit_duration")
	if diff := cmp.Diff(counted, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A transaction that is done again is not counted twice.
func TestWhatIsAbortedIsNotCounted(t *testing.T) {
	p, reader := meter(t)
	w, err := NewWatcher(t.Context(), p.Meter(""))
	if err != nil {
		t.Fatal(err)
	}
	w.Batch(t.Context(), busy(processor.Aborted))
	want := []string{
		"beckon_commit_duration{outcome=aborted} 1 times, 0.01",
		"beckon_ordered_before_reminded 0",
		"beckon_transaction_duration{outcome=aborted} 1 times, 0.08",
	}
	if diff := cmp.Diff(want, figures(t, reader)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One in doubt is counted when it is known to be committed.
func TestDoubtIsCountedOnceResolved(t *testing.T) {
	p, reader := meter(t)
	w, err := NewWatcher(t.Context(), p.Meter(""))
	if err != nil {
		t.Fatal(err)
	}
	b := busy(processor.InDoubt)
	w.Batch(t.Context(), b)
	if got := without(figures(t, reader), "beckon_transaction_duration", "beckon_commit_duration"); len(got) != 1 {
		t.Errorf("in doubt, counted already: %q", got)
	}
	b.Outcome, b.Resolved = processor.Committed, true
	w.Batch(t.Context(), b)
	want := append([]string{"beckon_transactions_resolved{outcome=committed} 1"}, counted...)
	got := without(figures(t, reader), "beckon_transaction_duration", "beckon_commit_duration")
	if diff := cmp.Diff(sorted(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRestoresAreCounted(t *testing.T) {
	p, reader := meter(t)
	w, err := NewWatcher(t.Context(), p.Meter(""))
	if err != nil {
		t.Fatal(err)
	}
	w.Restored(t.Context(), processor.Restored{Task: 1, Records: 40, Took: time.Second})
	w.Restored(t.Context(), processor.Restored{Task: 2, Records: 2, Took: time.Second})
	w.Restored(t.Context(), processor.Restored{Task: 3, Took: time.Second, Err: errors.New("disk")})
	want := []string{
		"beckon_ordered_before_reminded 0",
		"beckon_restore_duration{outcome=done} 2 times, 2",
		"beckon_restore_duration{outcome=failed} 1 times, 1",
		"beckon_restored_records 42",
	}
	if diff := cmp.Diff(want, figures(t, reader)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A transaction of 2,000 events, a tenth of which send, as a lane reports it.
func BenchmarkWatcherPerEvent(b *testing.B) {
	p, _ := meter(b)
	w, err := NewWatcher(b.Context(), p.Meter(""))
	if err != nil {
		b.Fatal(err)
	}
	const events = 2000
	batch := &processor.Batch{Outcome: processor.Committed, Sources: []processor.SourceCount{{Topic: "orders", Processed: events}}}
	for i := range events / 10 {
		d := []*schemas.Decision{{Trigger: "cart", Outcome: schemas.Started}, {Trigger: "cart", Outcome: schemas.Ended}, {Trigger: "cart", Outcome: schemas.Sent}}
		batch.Decisions = append(batch.Decisions, d...)
		batch.Commands = append(batch.Commands, processor.SentCommand{Command: &schemas.Command{Trigger: "cart", Channel: "email"}, Appended: schemas.Time(i)})
		batch.Late = append(batch.Late, time.Millisecond)
	}
	counting(batch)
	ctx := b.Context()
	for n := 0; n < b.N; n += events {
		w.Batch(ctx, batch)
	}
}
