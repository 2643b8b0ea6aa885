package rounds_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/processor/rounds"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const (
	sec  = schemas.Time(time.Second / time.Microsecond)
	base = schemas.Time(1_772_359_200_000_000) // now
)

// news goes from task to task: an event, then mail, each of which leads to the next.
type news struct {
	id   int
	at   schemas.Time
	via  []int // tasks still to come
	late bool  // older than what was in the log before
}

// letter is a record of a mailbox.
type letter struct {
	news
	origin int
	place  schemas.Time
	mark   bool // that at is
}

// worker is one task. Every step of it is a transaction.
type worker struct {
	cfg   merge.Config
	m     *merge.Merge[news]
	round rounds.Task
	app   rounds.App
	ends  int64 // of its mailbox, with app

	log     []news
	mailbox []letter
	// As of the last transaction:
	said     state.Metadata
	snapshot merge.Snapshot
	was      rounds.Task
	got      []int // ids of mail
	gotNow   []int
}

// office is an app whose news go from task to task.
type office struct {
	w      []*worker
	askers [2]rounds.Asker
}

func (o *office) read(i, n int) {
	w := o.w[i]
	for at := w.m.Position(0); n > 0 && at < int64(len(w.log)); at, n = at+1, n-1 {
		e := w.log[at]
		w.m.Push(0, merge.Item[news]{Time: e.at, Offset: at, Bytes: 1, Payload: e})
	}
}

func (o *office) readMail(i, n int) {
	w := o.w[i]
	for ; n > 0 && !w.m.Paused(1); n-- {
		at := w.m.Position(1)
		if at >= int64(len(w.mailbox)) {
			return
		}
		if l := w.mailbox[at]; l.mark {
			w.m.Marked(l.origin, merge.Point{Time: l.at}, at)
		} else {
			w.m.Mail(l.origin, merge.Item[news]{Time: l.at, Rank: merge.MailRank, Offset: at, Bytes: 1, Place: l.place, Payload: l.news})
		}
	}
}

// step processes and commits, or fails to.
func (o *office) step(i, n int, fails bool) {
	w := o.w[i]
	type sent struct {
		to int
		letter
	}
	var out []sent
	for range n {
		it, _ := w.m.Next(base)
		if it == nil {
			break
		}
		e, place := it.Payload, w.round.Place(it.Time)
		if it.Rank == merge.MailRank {
			place = it.Place
			w.round.Took(place)
			w.gotNow = append(w.gotNow, e.id)
		}
		if len(e.via) > 0 {
			to := e.via[0]
			e.via = e.via[1:]
			out = append(out, sent{to, letter{e, i, place, false}})
		}
		w.m.Take()
	}
	w.m.Clock(base)
	if fails {
		o.restart(i, w.was)
		return
	}
	if read := w.m.Position(1) >= w.ends; w.round.MayEnter(w.app, read) {
		w.round.Enter(w.app, w.m.Processed(base))
	}
	for _, s := range out {
		o.w[s.to].mailbox = append(o.w[s.to].mailbox, s.letter)
	}
	if w.cfg.Marks {
		mark := letter{news{at: w.m.Mark(base).Time}, i, 0, true}
		for _, to := range o.w {
			to.mailbox = append(to.mailbox, mark)
		}
	}
	w.said = state.Metadata{Seq: w.said.Seq + 1, Round: w.round.Round}
	w.m.Snapshot(&w.snapshot)
	w.was = w.round
	w.got, w.gotNow = append(w.got, w.gotNow...), nil
}

// restart begins anew at the last transaction.
func (o *office) restart(i int, round rounds.Task) {
	w := o.w[i]
	s := w.snapshot
	s.Logs = slices.Clone(s.Logs)
	for l := range s.Logs {
		s.Logs[l].Ahead = slices.Clone(s.Logs[l].Ahead)
	}
	w.m, w.round, w.gotNow = merge.New[news](w.cfg, s), round, nil
	w.app, w.ends = rounds.App{}, 0
}

// ask lets one of two processes ask, and tells its tasks, which are each second one.
func (o *office) ask(which int) {
	tasks := make([]rounds.Standing, len(o.w))
	for i, w := range o.w {
		s := &tasks[i]
		s.Metadata, s.Quiet = w.said, true
		for l, end := range []int{len(w.log), len(w.mailbox)} {
			s.Quiet = s.Quiet && (end == 0 || len(w.snapshot.Logs) > 0 && w.snapshot.Logs[l].Next >= int64(end))
		}
		s.Unknown = !s.Quiet && w.said.Seq == 0
	}
	app := o.askers[which].Hear(tasks, base)
	for i := which; i < len(o.w); i += 2 {
		w := o.w[i]
		w.app, w.ends = app, int64(len(w.mailbox))
		w.m.Watermark(w.ends, slices.Min(app.Lows))
	}
}

func (o *office) prove(i int) {
	w := o.w[i]
	w.m.Prove(0, int64(len(w.log)), base)
	w.m.Prove(1, int64(len(w.mailbox)), base)
}

func newOffice(t *rapid.T) (o *office, want [][]news) {
	tasks := rapid.IntRange(1, 4).Draw(t, "tasks")
	o = &office{w: make([]*worker, tasks)}
	want = make([][]news, tasks)
	marks, id := rapid.Bool().Draw(t, "marks"), 0
	for i := range o.w {
		w := &worker{cfg: merge.Config{Grace: time.Second, Sources: []merge.Source{{Forwards: marks}}, Origins: tasks, Self: i, Marks: marks,
			MaxBytes: rapid.IntRange(1, 20).Draw(t, "bytes")}}
		at := base - 86_400*sec
		for range rapid.IntRange(0, 20).Draw(t, "events") {
			at += schemas.Time(rapid.IntRange(1, 4).Draw(t, "gap minutes")) * 60 * sec
			id++
			e := news{id, at, rapid.SliceOfN(rapid.IntRange(0, tasks-1), 0, 4).Draw(t, "via"), false}
			if rapid.IntRange(0, 9).Draw(t, "late") == 0 {
				e.at, e.late = at-7200*sec, true
			}
			w.log = append(w.log, e)
			for _, to := range e.via {
				want[to] = append(want[to], e)
			}
		}
		w.m = merge.New[news](w.cfg, merge.Snapshot{})
		w.m.Seek(0, 0)
		w.m.Seek(1, 0)
		w.m.Snapshot(&w.snapshot)
		o.w[i] = w
	}
	return o, want
}

// However often one mail leads to the next, however far tasks are apart, whoever begins anew
// and whenever they hear of each other: when a clock passes a moment, all that events from
// before lead to has come, but for late ones. And nobody waits for ever.
func TestNoClockPassesWhatMailLeadsTo(t *testing.T) {
	for range 10 { // it costs little
		rapid.Check(t, goesRound)
	}
}

func goesRound(t *rapid.T) {
	o, want := newOffice(t)
	check := func(t *rapid.T) {
		for i, w := range o.w {
			c := w.m.Clock(base)
			had := slices.Concat(w.got, w.gotNow)
			for _, e := range want[i] {
				if e.at < c && !e.late && !slices.Contains(had, e.id) {
					t.Fatalf("the clock of task %d is %v ahead of mail that has not come", i, c.Sub(e.at))
				}
			}
		}
	}
	task, some := rapid.IntRange(0, len(o.w)-1), rapid.IntRange(1, 10)
	t.Repeat(map[string]func(*rapid.T){
		"":      check,
		"read":  func(t *rapid.T) { o.read(task.Draw(t, "task"), some.Draw(t, "n")) },
		"mail":  func(t *rapid.T) { o.readMail(task.Draw(t, "task"), some.Draw(t, "n")) },
		"prove": func(t *rapid.T) { o.prove(task.Draw(t, "task")) },
		"ask":   func(t *rapid.T) { o.ask(rapid.IntRange(0, 1).Draw(t, "process")) },
		"step": func(t *rapid.T) {
			o.step(task.Draw(t, "task"), some.Draw(t, "n"), rapid.IntRange(0, 7).Draw(t, "fails") == 0)
		},
		"restart": func(t *rapid.T) {
			i := task.Draw(t, "task")
			o.restart(i, rounds.Resume(o.w[i].said.Round))
		},
		"all": func(t *rapid.T) { // so that rounds go on
			for i := range o.w {
				o.prove(i)
				o.read(i, rapid.IntRange(0, 3).Draw(t, "read"))
				o.readMail(i, rapid.IntRange(0, 9).Draw(t, "mail"))
				o.step(i, rapid.IntRange(0, 3).Draw(t, "n"), false)
			}
			o.ask(rapid.IntRange(0, 1).Draw(t, "process"))
		},
	})
	for range 60 {
		for i := range o.w {
			o.prove(i)
			o.read(i, 100)
			o.readMail(i, 100)
			o.step(i, 100, false)
		}
		o.ask(0)
		o.ask(1)
		check(t)
	}
	for i, w := range o.w {
		slices.Sort(w.got)
		var ids []int
		for _, e := range want[i] {
			ids = append(ids, e.id)
		}
		slices.Sort(ids)
		if !slices.Equal(w.got, ids) {
			t.Fatalf("task %d got %v, want %v", i, w.got, ids)
		}
		o.prove(i)
		o.readMail(i, 100)
		if c := w.m.Clock(base); c < base-sec {
			t.Fatalf("task %d: its clock is %v behind after everything was read", i, base.Sub(c))
		}
	}
}
