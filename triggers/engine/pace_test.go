package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const pacedFiles = "name: t\nstart: {on: ping}\nuntil: [{on: pong}]\nstale: \"off\"\nsteps:\n" +
	"  - send: {template: one, channels: {all: [email, sms, push]}, expires: 1h}\n  - wait: 1h\n  - send: {template: two, channels: [email], expires: 1h}\n"

// rates lets a list of answers out, then everything.
type rates struct {
	answers []schemas.Time
	asked   []string
}

func (r *rates) pace(channel string, perSecond int, _ schemas.Class, queued bool) schemas.Time {
	if perSecond != 5 {
		return 0
	}
	what := channel
	if queued {
		what += " again"
	}
	r.asked = append(r.asked, what)
	if len(r.answers) == 0 {
		return 0
	}
	again := r.answers[0]
	r.answers = r.answers[1:]
	return again
}

// Over its rate, one channel of three waits; what it sends in the end is what
// it would have sent at once.
func TestSendOverTheRateWaitsUnchanged(t *testing.T) {
	set := load(t, "policy.yaml", "rate: {email: 5/s, sms: 9/s}", "t.yaml", pacedFiles)
	free, paced := newWorld(t, set), newWorld(t, set)
	free.event(event(t, "e1", "ping", "ana", monday, `{}`))
	free.advance(monday.Add(2*time.Hour), true)

	later := monday.Add(3 * time.Second)
	r := &rates{answers: []schemas.Time{monday.Add(time.Second), later}}
	env := func(wall schemas.Time) Env { return Env{Wall: wall, Pace: r.pace} }
	c := paced.record("ana")
	eff := paced.e.Apply(c, event(t, "e1", "ping", "ana", monday, `{}`), env(monday))
	paced.took(c, eff)
	if len(eff.Commands) != 2 || eff.Wake != monday.Add(time.Second) {
		t.Fatalf("%d commands at once, wake %s; want sms and push, wake a second on", len(eff.Commands), eff.Wake)
	}
	for _, at := range []schemas.Time{eff.Wake, later, monday.Add(time.Hour)} {
		eff = paced.e.Fire(c, at, env(at.Add(time.Minute)))
		paced.took(c, eff)
		if eff.Parked != 0 {
			t.Fatalf("parked at %s", eff.Parked)
		}
	}
	if got, want := paced.fingerprint(), free.fingerprint(); len(got) != 4 || !slices.Equal(got, want) {
		t.Errorf("commands\n%v, want\n%v", got, want)
	}
	if want := []string{"email", "email again", "email again", "email"}; !slices.Equal(r.asked, want) {
		t.Errorf("asked %v, want %v", r.asked, want)
	}
	held := 0
	for _, d := range paced.decisions() {
		if d.Outcome == schemas.Held {
			held++
		}
	}
	if held != 1 {
		t.Errorf("%d decisions that it is held, want 1", held)
	}
}

// What ends the run ends a send that waits for its turn; one that would wait
// beyond its expiry is given up.
func TestWaitingForTheRateEnds(t *testing.T) {
	set := load(t, "policy.yaml", "rate: {email: 5/s}", "t.yaml", pacedFiles)
	w := newWorld(t, set)
	c := w.record("ana")
	r := &rates{answers: []schemas.Time{monday.Add(time.Minute)}}
	w.took(c, w.e.Apply(c, event(t, "e1", "ping", "ana", monday, `{}`), Env{Wall: monday, Pace: r.pace}))
	w.took(c, w.e.Apply(c, event(t, "e2", "pong", "ana", monday.Add(time.Second), `{}`), Env{Wall: monday, Pace: r.pace}))
	if len(c.Runs().Active) != 0 || len(w.commands()) != 2 {
		t.Errorf("%d runs, %d commands", len(c.Runs().Active), len(w.commands()))
	}

	c = w.record("bob")
	r.answers = []schemas.Time{monday.Add(time.Hour + time.Second)}
	eff := w.e.Apply(c, event(t, "e3", "ping", "bob", monday, `{}`), Env{Wall: monday, Pace: r.pace})
	w.took(c, eff)
	stale := 0
	for _, d := range eff.Decisions {
		if d.Reason == schemas.Stale {
			stale++
		}
	}
	if stale != 1 || eff.Wake != monday.Add(time.Hour) {
		t.Errorf("%d stale, wake %s", stale, eff.Wake)
	}
}

// Where there is no room for a run to wait for its turn, its message goes out at once.
func TestNothingIsLostToTheRateWhereThereIsNoRoom(t *testing.T) {
	w := newWorld(t, load(t, "policy.yaml", "rate: {email: 5/s}", "t.yaml",
		"name: many\nstart: {on: visit, key: event.id}\nsteps: [{wait: 1h}]\n---\nname: receipt\nstart: {on: paid, key: event.id}\nsteps: [{send: {template: r, channels: [email]}}]\n"))
	r := &rates{answers: []schemas.Time{monday.Add(time.Second), monday.Add(time.Second)}}
	env := Env{Wall: monday, Pace: r.pace}
	c := w.record("ana")
	for i := range state.MaxRuns - 1 {
		w.e.Apply(c, event(t, fmt.Sprint("v", i), "visit", "ana", monday, `{}`), env)
	}
	for i, want := range []int{0, 1} { // the first takes the last room
		if eff := w.e.Apply(c, event(t, fmt.Sprint("p", i), "paid", "ana", monday, `{}`), env); len(eff.Commands) != want {
			t.Errorf("payment %d: %d messages, want %d; %v", i, len(eff.Commands), want, eff.Decisions)
		}
	}
}
