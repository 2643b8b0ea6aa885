package backtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// puppet is a decider that does what events tell it and writes down what it is
// called for. An event's Type is "wait N" (the customer's wait is due N seconds
// later), "stop" (no wait), or "mail TO N" (an event for TO, N seconds later).
type puppet struct{ log []string }

func at(sec int) schemas.Time { return schemas.Time(sec+1000) * 1e6 }

func seconds(t schemas.Time) int { return int(t/1e6) - 1000 }

func (p *puppet) note(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

func (p *puppet) happen(c *state.Customer, ev *schemas.Event) engine.Effects {
	var eff engine.Effects
	var n int
	var to string
	switch {
	case ev.Type == "stop":
		c.EditRuns().Active = nil
	case scan(ev.Type, "wait %d", &n):
		c.EditRuns().Active = []state.Run{{Due: ev.Time.Add(time.Duration(n) * time.Second)}}
	case scan(ev.Type, "mail %s %d", &to, &n):
		next := &schemas.Event{Type: "got", Subject: to, Time: ev.Time.Add(time.Duration(n) * time.Second)}
		eff.Mail = []engine.Mail{{Kind: engine.MailEvent, To: to, Event: next, At: next.Time}}
	case ev.Type == "loop":
		eff.Mail = []engine.Mail{{Kind: engine.MailEvent, To: c.Subject, Event: ev, At: ev.Time}}
	}
	eff.Wake = c.Wake()
	return eff
}

func scan(s, format string, args ...any) bool {
	n, err := fmt.Sscanf(s, format, args...)
	return err == nil && n == len(args)
}

func (p *puppet) Apply(c *state.Customer, ev *schemas.Event, env engine.Env) engine.Effects {
	p.note("%d %s %s wall=%d", seconds(ev.Time), c.Subject, ev.Type, seconds(env.Wall))
	return p.happen(c, ev)
}

func (p *puppet) Receive(c *state.Customer, m engine.Mail, env engine.Env) engine.Effects {
	p.note("%d %s %s by mail", seconds(m.At), c.Subject, m.Event.Type)
	return p.happen(c, m.Event)
}

func (p *puppet) Fire(c *state.Customer, due schemas.Time, env engine.Env) engine.Effects {
	p.note("%d %s fires wall=%d", seconds(due), c.Subject, seconds(env.Wall))
	c.EditRuns().Active = nil
	return engine.Effects{}
}

func (p *puppet) Occur(*state.Customer, engine.Window, engine.Env) engine.Effects {
	return engine.Effects{}
}

func (p *puppet) NextOccurrence(schemas.Time, []string) schemas.Time { return 0 }

// play runs "TIME CUSTOMER TYPE" lines.
func play(t *testing.T, graceSeconds, end int, script ...string) []string {
	t.Helper()
	p := &puppet{}
	task := newTask(p, time.Duration(graceSeconds)*time.Second, &kept{})
	for _, line := range script {
		var sec int
		var subject string
		if !scan(line, "%d %s", &sec, &subject) {
			t.Fatalf("bad line %q", line)
		}
		kind := strings.Join(strings.Fields(line)[2:], " ")
		ev := &schemas.Event{ID: line, Type: kind, Subject: subject, Time: at(sec)}
		if err := task.apply(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := task.finish(at(end)); err != nil {
		t.Fatal(err)
	}
	return p.log
}

func wantLog(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWaitsEndBeforeTheFirstEventBeyondGrace(t *testing.T) {
	wantLog(t, play(t, 10, 71,
		"0 ana wait 60",
		"70 bob x", // due + grace is not before it
		"71 bob y",
	),
		"0 ana wait 60 wall=0",
		"70 bob x wall=70",
		"60 ana fires wall=60",
		"71 bob y wall=71",
	)
}

func TestWaitsEndByDueThenCustomer(t *testing.T) {
	wantLog(t, play(t, 0, 100,
		"0 bob wait 30",
		"0 cid wait 20",
		"10 ana wait 20",
		"50 dan x",
	),
		"0 bob wait 30 wall=0", "0 cid wait 20 wall=0", "10 ana wait 20 wall=10",
		"20 cid fires wall=20", "30 ana fires wall=30", "30 bob fires wall=30",
		"50 dan x wall=50",
	)
}

func TestMovedAndStoppedWaitsDoNotFire(t *testing.T) {
	wantLog(t, play(t, 0, 100,
		"0 ana wait 30",
		"0 bob wait 30",
		"10 ana wait 30",
		"20 bob stop",
		"25 cid wait 90",
		"26 cid wait 4", // earlier than before
		"39 dan x",
		"41 dan y",
	),
		"0 ana wait 30 wall=0", "0 bob wait 30 wall=0", "10 ana wait 30 wall=10", "20 bob stop wall=20",
		"25 cid wait 90 wall=25", "26 cid wait 4 wall=26",
		"30 cid fires wall=30", "39 dan x wall=39", "40 ana fires wall=40", "41 dan y wall=41",
	)
}

func TestTheEndFiresWhatIsDueByThenGraceOrNot(t *testing.T) {
	script := []string{"0 ana wait 60", "0 bob wait 61", "60 cid x"}
	wantLog(t, play(t, 10, 60, script...),
		"0 ana wait 60 wall=0", "0 bob wait 61 wall=0", "60 cid x wall=60", "60 ana fires wall=60")
}

func TestMailOfThePresentIsDeliveredAtOnce(t *testing.T) {
	wantLog(t, play(t, 0, 10, "5 ana mail bob 0", "5 cid x"),
		"5 ana mail bob 0 wall=5", "5 bob got by mail", "5 cid x wall=5")
}

func TestMailOfTheFutureWaitsForItsTime(t *testing.T) {
	wantLog(t, play(t, 0, 40,
		"0 dan wait 8",
		"5 ana mail bob 10",
		"14 cid x",
		"15 cid y", // equal times: the event goes first
		"16 cid z",
		"20 ana mail bob 20", // by the end
		"21 ana mail bob 20", // beyond
	),
		"0 dan wait 8 wall=0", "5 ana mail bob 10 wall=5", "8 dan fires wall=8", "14 cid x wall=14", "15 cid y wall=15",
		"15 bob got by mail", "16 cid z wall=16", "20 ana mail bob 20 wall=20", "21 ana mail bob 20 wall=21", "40 bob got by mail")
}

func TestAnswersWithoutEndAreAnError(t *testing.T) {
	task := newTask(&puppet{}, 0, &kept{})
	err := task.apply(&schemas.Event{Type: "loop", Subject: "ana", Time: at(1)})
	if !errors.Is(err, errMailLoop) {
		t.Errorf("got %v, want %v", err, errMailLoop)
	}
}

// Whatever moves, each wait that is left alone fires once, at its due, in
// order: as a sorted list of all waits would have it.
func TestTimersAgreeWithASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := newTask(&puppet{}, 0, &kept{})
		want := map[string]int{} // due by customer
		fired := func(now int) (lines []string) {
			for d := 0; d < now; d++ {
				for c := 'a'; c <= 'e'; c++ {
					if due, ok := want[string(c)]; ok && due == d {
						lines = append(lines, fmt.Sprintf("%d %c fires wall=%d", d, c, d))
						delete(want, string(c))
					}
				}
			}
			return lines
		}
		var wantLines []string
		now := 0
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now += rapid.IntRange(0, 5).Draw(t, "pause")
			wantLines = append(wantLines, fired(now)...)
			c := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "customer")
			kind := "stop"
			delete(want, c)
			if wait := rapid.IntRange(0, 20).Draw(t, "wait"); wait > 0 {
				kind = fmt.Sprintf("wait %d", wait)
				want[c] = now + wait
			}
			wantLines = append(wantLines, fmt.Sprintf("%d %s %s wall=%d", now, c, kind, now))
			if err := task.apply(&schemas.Event{Type: kind, Subject: c, Time: at(now)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := task.finish(at(now + 21)); err != nil {
			t.Fatal(err)
		}
		wantLines = append(wantLines, fired(now+22)...)
		got := task.engine.(*puppet).log
		if strings.Join(got, "\n") != strings.Join(wantLines, "\n") {
			t.Fatalf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(wantLines, "\n"))
		}
	})
}

func TestUntilIsATimeOrADuration(t *testing.T) {
	for text, want := range map[string]Until{
		"+90m":                 {After: 90 * time.Minute},
		"1970-01-01T00:00:01Z": {At: 1e6},
	} {
		if got, err := ParseUntil(text, time.ParseDuration); err != nil || got != want {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "tomorrow", "+", "+5", "+-1h", "90m", "1970-01-01T00:00:00Z"} {
		if got, err := ParseUntil(text, time.ParseDuration); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}
