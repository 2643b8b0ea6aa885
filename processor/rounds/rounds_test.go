package rounds

import (
	"slices"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// An event that is a day late, in each round, holds nobody up: its mail is placed where the
// task is.
func TestLateEventsHoldNobodyUp(t *testing.T) {
	var a Asker
	tasks := make([]Task, 2)
	var low schemas.Time
	for n := range schemas.Time(9) {
		now := 1_000_000 + n*1000
		stand := make([]Standing, len(tasks))
		for i := range tasks {
			stand[i].Metadata = state.Metadata{Seq: uint64(n) + 1, Round: tasks[i].Round}
		}
		app := a.Hear(stand, now)
		if low = slices.Min(app.Lows); n > 3 && low < now-3000 {
			t.Fatalf("at %d the app is said to be at %d", now, low)
		}
		for i := range tasks {
			if !tasks[i].MayEnter(app, true) {
				t.Fatalf("task %d stays in round %d of %d", i, tasks[i].N, app.N)
			}
			tasks[i].Enter(app, now)
		}
		tasks[1].Took(tasks[0].Place(5))
	}
}

// Nothing is asked of tasks that have nothing to say.
func TestQuietTasksAreNotWaitedFor(t *testing.T) {
	var a Asker
	busy := Task{}
	low := schemas.Time(0)
	for n := range uint64(5) {
		app := a.Hear([]Standing{{Metadata: state.Metadata{Seq: n + 1, Round: busy.Round}}, {Metadata: state.Metadata{Seq: 1}, Quiet: true}}, 100)
		if !app.WaitsFor(0) || app.WaitsFor(1) {
			t.Fatal("it is the first task that the rounds wait for")
		}
		low = slices.Min(app.Lows)
		busy.Enter(app, 50)
	}
	if low != 50 {
		t.Fatalf("the app is said to be at %d", low)
	}
	if app := a.Hear([]Standing{{Quiet: true}, {Quiet: true}}, 100); slices.Min(app.Lows) != 100 || app.WaitsFor(0) {
		t.Fatal("all is done where all are quiet")
	}
	if app := a.Hear([]Standing{{Metadata: state.Metadata{Seq: 9, Round: busy.Round}, Unknown: true}, {Quiet: true}}, 100); slices.Min(app.Lows) != 0 {
		t.Fatal("of a partition that no transaction has named nothing is known")
	}
}
