package merge

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// behind is a task of two whose source was read to its end.
func behind(grace time.Duration) *Merge[string] {
	m := New[string](Config{Grace: grace, Sources: sources(1), Origins: 2, MaxBytes: 250}, Snapshot{})
	m.Seek(0, 0)
	m.Seek(1, 0)
	m.Prove(0, 0, base)
	m.Prove(1, 0, base)
	return m
}

func wantClock(t *testing.T, m *Merge[string], want schemas.Time) {
	t.Helper()
	if c := m.Clock(base); c != want {
		t.Fatalf("the clock is %d s before now, want %d", (base-c)/sec, (base-want)/sec)
	}
}

// wantMailboxFrom holds where a restart would read the mailbox from.
func wantMailboxFrom(t *testing.T, m *Merge[string], next int64) {
	t.Helper()
	var s Snapshot
	m.Snapshot(&s)
	if box := s.Logs[1]; box.Next != next || len(box.Ahead) > 0 {
		t.Fatalf("the mailbox is to be read from %+v, want %d", box, next)
	}
}

func TestClockWaitsForWhatOthersMail(t *testing.T) {
	m := behind(10 * time.Second)
	day := base - 86_400*sec
	wantClock(t, m, 0)
	if !m.HeldByOthers(base) || m.Processed(base) != base {
		t.Fatal("the task has nothing left to read, and waits for another one")
	}
	m.Watermark(2, day+60*sec)
	wantClock(t, m, 0) // the mail is not read yet
	m.Mail(1, item(day+30*sec, 0, "news"))
	wantClock(t, m, 0)
	m.Advance(1, 2)
	wantClock(t, m, day+30*sec)
	wantNext(t, m, base, "news")
	wantClock(t, m, day+60*sec)
	m.Watermark(2, base)
	wantClock(t, m, base)
	if m.HeldByOthers(base) {
		t.Fatal("nothing is missing")
	}
}

// Live, others need a moment to say what they have done, and nothing waits for that.
func TestClockIsAheadOfLiveTasksByAMoment(t *testing.T) {
	for _, c := range []struct {
		grace     time.Duration
		told, got schemas.Time
	}{
		{10 * time.Second, 2 * sec, 0},
		{10 * time.Second, 6 * sec, 6 * sec},
		{time.Second, sec / 2, 0},
		{time.Second, sec, sec},
		{0, sec, sec},
	} {
		m := behind(c.grace)
		m.Watermark(0, base-c.told)
		wantClock(t, m, base-c.got)
	}
}

// One task is hours ahead of another: what the latter mails later comes first.
func TestMailIsInTheOrderOfEachTask(t *testing.T) {
	m := behind(10 * time.Second)
	day := base - 86_400*sec
	m.Watermark(2, day+7_200*sec)
	m.Mail(1, item(day+36_000*sec, 0, "of one far ahead"))
	m.Mail(0, item(day+3_600*sec, 1, "of one behind"))
	wantClock(t, m, day+3_600*sec)
	wantNext(t, m, base, "of one behind")
	wantClock(t, m, day+7_200*sec)
}

// The clock waits for mail that lies behind more than is buffered.
func TestMailIsReadWhileTheClockWaitsForIt(t *testing.T) {
	m := behind(10 * time.Second)
	m.Push(0, item(base-86_400*sec, 0, "held")) // so that nothing is taken out
	for i := range int64(5) {
		m.Mail(1, item(base-3_600*sec, i, "mail"))
	}
	if !m.Paused(1) {
		t.Fatal("more mail is buffered than may be")
	}
	for i, at := range []schemas.Time{0, base - 7_200*sec} { // not known at first
		offset := int64(5 + i)
		m.Watermark(offset+1, at)
		if m.Paused(1) {
			t.Fatal("the mailbox is paused before what was mailed")
		}
		m.Mail(1, item(base-3_600*sec, offset, "mail"))
		if !m.Paused(1) {
			t.Fatal("the mailbox was read as far as it has to be")
		}
	}
}

// Asks of tasks that are far apart are in the order of their times, and no restart loses one
// that another has overtaken.
func TestAsksAreInTheOrderOfTheirTimes(t *testing.T) {
	day := base - 86_400*sec
	m := behind(10 * time.Second)
	m.Watermark(4, day+7_200*sec)
	for offset, minute := range []schemas.Time{300, 30, 60, 45} {
		m.Ask(item(day+minute*60*sec, int64(offset), string(rune('a'+offset))))
	}
	wantClock(t, m, day+30*60*sec)
	wantNext(t, m, base, "b")
	wantNext(t, m, base, "d")
	wantClock(t, m, day+60*60*sec)
	wantMailboxFrom(t, m, 0)
	wantNext(t, m, base, "c")
	wantNext(t, m, base, "a")
	wantMailboxFrom(t, m, 4)
}

// news is an event that leads to mail for a task.
type news struct {
	at schemas.Time
	to int
}

// postOffice is an app whose events all lead to mail, when they are processed or, as asks,
// when they are read. Every step is a transaction.
type postOffice struct {
	asks      bool
	m         []*Merge[news]
	cfg       []Config
	logs      [][]news
	unsent    [][]news // asks
	mailboxes [][]letterOf
	said      []schemas.Time   // by each task, how far it is
	got       [][]schemas.Time // mail, its times
}

type letterOf struct {
	origin int
	at     schemas.Time
}

func (p *postOffice) read(i, n int) {
	m := p.m[i]
	for range n {
		if at := m.Position(0); at < int64(len(p.logs[i])) {
			e := p.logs[i][at]
			m.Push(0, Item[news]{Time: e.at, Offset: at, Bytes: 1, Payload: e})
			p.unsent[i] = append(p.unsent[i], e)
		}
	}
}

func (p *postOffice) readMail(i, n int) {
	m := p.m[i]
	for ; n > 0 && !m.Paused(1); n-- {
		if at := m.Position(1); at < int64(len(p.mailboxes[i])) {
			l := p.mailboxes[i][at]
			it := Item[news]{Time: l.at, Rank: MailRank, Offset: at, Bytes: 1, Payload: news{l.at, -1}}
			if p.asks {
				m.Ask(it)
			} else {
				m.Mail(l.origin, it)
			}
		}
	}
}

func (p *postOffice) send(origin int, e news) {
	p.mailboxes[e.to] = append(p.mailboxes[e.to], letterOf{origin, e.at})
}

func (p *postOffice) step(i, n int, restart bool) {
	m := p.m[i]
	for range n {
		it, _ := m.Next(base)
		if it == nil {
			break
		}
		if e := it.Payload; e.to < 0 {
			p.got[i] = append(p.got[i], e.at)
		} else if !p.asks {
			p.send(i, e)
		}
		m.Take()
	}
	m.Clock(base)
	p.said[i] = m.Processed(base)
	if p.asks {
		for _, e := range p.unsent[i] {
			p.send(i, e)
		}
		p.said[i] = m.Read(0)
	}
	p.unsent[i] = nil
	if restart {
		var s Snapshot
		m.Snapshot(&s)
		p.m[i] = New[news](p.cfg[i], s)
	}
}

// However far tasks are apart and whenever they hear of each other: when a clock passes a
// moment, all mail from before has come. And nobody waits for ever.
func TestNoClockPassesMailOnItsWay(t *testing.T) {
	check(t, func(t *rapid.T) {
		tasks := rapid.IntRange(1, 4).Draw(t, "tasks")
		p := &postOffice{asks: rapid.Bool().Draw(t, "asks"), m: make([]*Merge[news], tasks), cfg: make([]Config, tasks), logs: make([][]news, tasks),
			unsent: make([][]news, tasks), mailboxes: make([][]letterOf, tasks), said: make([]schemas.Time, tasks), got: make([][]schemas.Time, tasks)}
		want := make([][]schemas.Time, tasks)
		for i := range tasks {
			at := base - 86_400*sec
			for range rapid.IntRange(0, 15).Draw(t, "events") {
				at += schemas.Time(rapid.IntRange(0, 4).Draw(t, "gap minutes")) * 60 * sec
				e := news{at, rapid.IntRange(0, tasks-1).Draw(t, "to")}
				p.logs[i] = append(p.logs[i], e)
				want[e.to] = append(want[e.to], at)
			}
			p.cfg[i] = Config{Grace: time.Second, Sources: sources(1), Origins: tasks, Self: i, MaxBytes: rapid.IntRange(1, 20).Draw(t, "bytes")}
			p.m[i] = New[news](p.cfg[i], Snapshot{})
			p.m[i].Seek(0, 0)
			p.m[i].Seek(1, 0)
		}
		prove := func(i int) {
			p.m[i].Prove(0, int64(len(p.logs[i])), base)
			p.m[i].Prove(1, int64(len(p.mailboxes[i])), base)
		}
		learn := func(i int) { p.m[i].Watermark(int64(len(p.mailboxes[i])), slices.Min(p.said)) }
		check := func(t *rapid.T) {
			for i, m := range p.m {
				c := m.Clock(base)
				for _, at := range want[i] {
					if at < c && !slices.Contains(p.got[i], at) {
						t.Fatalf("the clock of task %d is %v ahead of mail that has not come", i, c.Sub(at))
					}
				}
			}
		}
		task := rapid.IntRange(0, tasks-1)
		t.Repeat(map[string]func(*rapid.T){
			"":      check,
			"read":  func(t *rapid.T) { p.read(task.Draw(t, "task"), rapid.IntRange(1, 10).Draw(t, "n")) },
			"mail":  func(t *rapid.T) { p.readMail(task.Draw(t, "task"), rapid.IntRange(1, 10).Draw(t, "n")) },
			"prove": func(t *rapid.T) { prove(task.Draw(t, "task")) },
			"learn": func(t *rapid.T) { learn(task.Draw(t, "task")) },
			"step": func(t *rapid.T) {
				p.step(task.Draw(t, "task"), rapid.IntRange(1, 10).Draw(t, "n"), rapid.IntRange(0, 4).Draw(t, "restart") == 0)
			},
		})
		for range 100 {
			for i := range tasks {
				prove(i)
				p.read(i, 100)
				p.readMail(i, 100)
				learn(i)
				p.step(i, 100, false)
			}
		}
		check(t)
		for i, m := range p.m {
			slices.Sort(p.got[i])
			slices.Sort(want[i])
			if p.asks { // may come once more
				p.got[i], want[i] = slices.Compact(p.got[i]), slices.Compact(want[i])
			}
			if !slices.Equal(p.got[i], want[i]) {
				t.Fatalf("task %d got %v, want %v", i, p.got[i], want[i])
			}
			if c := m.Clock(base); c != base {
				t.Fatalf("task %d: clock is %v behind after everything was read", i, base.Sub(c))
			}
		}
	})
}

// What a task nearby asks is in the same order at once, and no part of what is to be read.
func TestAsksOfTasksNearby(t *testing.T) {
	m := behind(10 * time.Second)
	day := base - 86_400*sec
	m.Watermark(0, base)
	m.Near(day + 3_600*sec)
	wantClock(t, m, day+3_600*sec)
	if m.HeldByOthers(base) {
		t.Fatal("it is the tasks nearby that the clock waits for")
	}
	m.AskHere(item(day+7_200*sec, 700, "second"))
	m.AskHere(item(day+5_400*sec, 300, "first"))
	m.Near(base - 3*sec)
	wantClock(t, m, day+5_400*sec)
	wantMailboxFrom(t, m, 0)
	wantNext(t, m, base, "first")
	wantNext(t, m, base, "second")
	wantClock(t, m, base) // live tasks are given a moment
	m.Unlearn()
	if !m.HeldByOthers(base) {
		t.Fatal("the watermark is forgotten")
	}
}

// What is at hand of several logs may have one offset.
func TestAsksOfOneOffset(t *testing.T) {
	m := behind(1000 * time.Hour)
	day := base - 86_400*sec
	m.AskHere(item(day, 5, "early"))
	m.AskHere(item(day+7_200*sec, 5, "late"))
	m.Push(0, item(day+3_600*sec, 0, "event"))
	if at := m.Processed(base); at != day {
		t.Errorf("all before %v is said to be processed, want %v", at, day)
	}
	for _, want := range []string{"early", "event", "late"} {
		wantNext(t, m, base, want)
	}
}
