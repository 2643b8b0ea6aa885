package merge

import (
	"cmp"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// event is a record of a source that lives at home.
type event struct {
	at   schemas.Time
	rank uint64
	n    int
	id   string
	home int
}

// letter is a mailbox record: a forward or a mark.
type letter struct {
	origin int
	isMark bool
	mark   Point
	event  event
}

// simTask is a task of a simulated app with sources keyed otherwise. Every step
// is a transaction of its own.
type simTask struct {
	m       *Merge[event]
	cfg     Config
	sources [][]event
	mailbox []letter
	done    []event
}

type simApp struct {
	tasks []simTask
	tight bool // buffers may be too small for one instant: what is equal comes in any order
}

func drawApp(t *rapid.T) (*simApp, [][]event) {
	tasks := rapid.IntRange(2, 4).Draw(t, "tasks")
	ahead := rapid.IntRange(1, 20).Draw(t, "bytes ahead")
	app := &simApp{tasks: make([]simTask, tasks), tight: rapid.Bool().Draw(t, "tight")}
	homes := make([][]event, tasks)
	n := 0
	for i := range app.tasks {
		task := &app.tasks[i]
		bytes := rapid.IntRange(1, 30).Draw(t, "bytes")
		if !app.tight {
			bytes = 1 << 20
		}
		task.cfg = Config{Origins: tasks, Marks: true, Self: i, MaxAhead: ahead, Grace: time.Second, MaxBytes: bytes}
		for s := range rapid.IntRange(0, 3).Draw(t, "sources") {
			rank := SourceRank(s)
			task.cfg.Sources = append(task.cfg.Sources, Source{Rank: rank, Forwards: true})
			var events []event
			at := base - 86_400*sec
			for range rapid.IntRange(0, 12).Draw(t, "events") {
				at += schemas.Time(rapid.IntRange(0, 4).Draw(t, "gap minutes")) * 60 * sec
				n++
				e := event{at, rank, n, strconv.Itoa(n), rapid.IntRange(0, tasks-1).Draw(t, "home")}
				events = append(events, e)
				homes[e.home] = append(homes[e.home], e)
			}
			task.sources = append(task.sources, events)
		}
		task.m = alone[event](task.cfg, Snapshot{})
		for l := range len(task.sources) + 1 {
			task.m.Seek(Log(l), 0)
		}
	}
	for _, h := range homes {
		slices.SortFunc(h, wanted)
	}
	return app, homes
}

// wanted is the order of processing.
func wanted(a, b event) int { return cmp.Or(ordered(a, b), cmp.Compare(a.n, b.n)) }

// ordered is the part of it that no bound of buffers weakens.
func ordered(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank)) }

// read delivers at most n records of one log unless it is paused.
func (a *simApp) read(i int, log Log, n int) {
	task := &a.tasks[i]
	for ; n > 0 && !task.m.Paused(log); n-- {
		at := task.m.Position(log)
		if log == task.m.Mailbox() {
			if at >= int64(len(task.mailbox)) {
				return
			}
			switch l := task.mailbox[at]; {
			case l.isMark:
				task.m.Marked(l.origin, l.mark, at)
			default:
				task.m.Forwarded(l.origin, Item[event]{Time: l.event.at, Rank: l.event.rank, ID: l.event.id, Offset: at, Bytes: 1, Payload: l.event})
			}
			continue
		}
		if at >= int64(len(task.sources[log])) {
			return
		}
		e := task.sources[log][at]
		it := Item[event]{Time: e.at, ID: e.id, Offset: at, Bytes: 1, Payload: e}
		if e.home == i {
			task.m.Push(log, it)
		} else {
			task.m.Forward(log, it)
		}
	}
}

// step processes and forwards at most n records, sends the mark, and restarts
// from the snapshot if asked to.
func (a *simApp) step(i, n int, restart bool) (moved bool) {
	task := &a.tasks[i]
	for range n {
		if it, _ := task.m.NextForward(); it != nil {
			e := it.Payload
			task.m.TakeForward()
			a.tasks[e.home].mailbox = append(a.tasks[e.home].mailbox, letter{origin: i, event: e})
			moved = true
		}
		if it, _ := task.m.Next(base); it != nil {
			task.done = append(task.done, it.Payload)
			task.m.Take()
			moved = true
		}
	}
	mark := task.m.Mark(base)
	for j := range a.tasks {
		a.tasks[j].mailbox = append(a.tasks[j].mailbox, letter{origin: i, isMark: true, mark: mark})
	}
	if restart {
		var s Snapshot
		task.m.Snapshot(&s)
		task.m = alone[event](task.cfg, s)
	}
	return moved
}

// prove proves all source logs of a task.
func (a *simApp) prove(i int) {
	task := &a.tasks[i]
	for l := range task.sources {
		task.m.Prove(Log(l), int64(len(task.sources[l])), base)
	}
}

// Origins that replay at different speeds, with small buffers and bounds and
// restarts: every home still processes all its events once, in order, and the
// app never gets stuck.
func TestHomesProcessForwardsInOrder(t *testing.T) {
	check(t, func(t *rapid.T) {
		app, want := drawApp(t)
		task := rapid.IntRange(0, len(app.tasks)-1)
		t.Repeat(map[string]func(*rapid.T){
			"read": func(t *rapid.T) {
				i := task.Draw(t, "task")
				app.read(i, Log(rapid.IntRange(0, len(app.tasks[i].sources)).Draw(t, "log")), rapid.IntRange(1, 10).Draw(t, "n"))
			},
			"step": func(t *rapid.T) {
				app.step(task.Draw(t, "task"), rapid.IntRange(1, 10).Draw(t, "n"), rapid.IntRange(0, 4).Draw(t, "restart") == 0)
			},
			"prove": func(t *rapid.T) { app.prove(task.Draw(t, "task")) },
		})
		for idle := 0; idle < 20; idle++ {
			for i := range app.tasks {
				app.prove(i)
				for l := range len(app.tasks[i].sources) + 1 {
					app.read(i, Log(l), 1<<30)
				}
				if app.step(i, 100, false) {
					idle = 0
				}
			}
		}
		for i := range app.tasks {
			done := app.tasks[i].done
			if app.tight && slices.IsSortedFunc(done, ordered) {
				slices.SortFunc(done, wanted)
			}
			if !slices.Equal(done, want[i]) {
				t.Fatalf("task %d processed\n%v\nwant\n%v", i, done, want[i])
			}
			if c := app.tasks[i].m.Clock(base); c != base {
				t.Fatalf("task %d: clock is %v behind after everything was read", i, base.Sub(c))
			}
		}
	})
}
