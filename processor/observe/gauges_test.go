package observe

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return lines
}

func TestGaugesAskTheProcess(t *testing.T) {
	p, reader := meter(t)
	set := rule.NewSet(nil, nil)
	h := processor.Health{Lanes: 3, Joined: 2, Set: set, Tasks: []processor.TaskHealth{
		{Task: 0, Restored: true, Clock: 90_000_000, Waiting: 12, Buffered: 100, Inputs: []processor.InputHealth{
			{Topic: "orders", Behind: 5}, {Topic: "carts", Behind: 0, Silent: true}}},
		{Task: 1, Restored: true, Waiting: 3, Buffered: 11, Inputs: []processor.InputHealth{{Topic: "orders", Partition: 1, Behind: 2}}},
		{Task: 2, Restore: processor.RestoreHealth{Begun: true, Done: 10, Left: 400}},
		{Task: 3},
	}}
	_, err := Gauges(p.Meter(""), Process{
		Health:    func(context.Context) (processor.Health, error) { return h, nil },
		StateSize: func() int64 { return 4096 },
		Now:       func() schemas.Time { return 100_000_000 },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"beckon_buffered 111",
		"beckon_clock_lag{task=0} 10", // of task 1 it is not known yet
		"beckon_input_lag{source=carts} 0",
		"beckon_input_lag{source=orders} 7",
		"beckon_lanes{state=joined} 2",
		"beckon_lanes{state=joining} 1",
		"beckon_restore_remaining{task=2} 400",
		"beckon_source_silent{source=carts} 1",
		"beckon_source_silent{source=orders} 0",
		"beckon_state_size 4096",
		"beckon_tasks{state=restoring} 1",
		"beckon_tasks{state=running} 2",
		"beckon_tasks{state=waiting} 1",
		"beckon_triggers_generation 0",
		"beckon_triggers_loaded{set=" + set.Hash + "} 0",
		"beckon_triggers_paused 0",
		"beckon_waiting_customers{task=0} 12",
		"beckon_waiting_customers{task=1} 3",
	}
	if diff := cmp.Diff(sorted(want), figures(t, reader)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
