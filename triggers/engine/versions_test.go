package engine

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

const versionOne = "name: t\nstart: {on: ping}\nuntil: [{on: pong}]\nrepeat: restart\nsteps: [{wait: 1h}, {send: {template: one, channels: [email]}}]\n"
const versionTwo = "name: t\nstart: {on: ping}\nuntil: [{on: pong}]\nrepeat: restart\nsteps: [{wait: 1h}, {send: {template: two, channels: [email]}}]\n"

// second is a numbered set that has heard of nothing else.
func second(t *testing.T, files string) *rule.Set {
	return load(t, "t.yaml", files).With(rule.Known{Generation: 2})
}

// An instance meets a run of a version that nobody has told it of: it leaves
// the run alone, whatever happens, and another engine finds it as it was.
func TestRunOfUnknownVersionIsLeftAlone(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", versionTwo))
	w.event(event(t, "e1", "ping", "ana", monday, `{}`))
	knowing := w.e

	for _, files := range []string{versionOne, "name: t\nenabled: false\n" + versionOne[len("name: t\n"):], "name: other\nstart: {on: pung}\nsteps: [{stop: true}]\n"} {
		w.e = New(Config{App: "beckon", Set: second(t, files)})
		c := w.record("ana")
		due := monday.Add(time.Hour)
		eff := w.e.Fire(c, due, Env{Wall: due})
		if len(eff.Commands)+len(eff.Decisions) != 0 || len(c.Runs().Active) != 1 {
			t.Fatalf("fired: %+v", eff)
		}
		if eff.Wake != 0 || eff.Parked != due {
			t.Fatalf("wake %s, parked %s, want none, %s", eff.Wake, eff.Parked, due)
		}
		for i, eventType := range []string{"pong", "ping"} {
			ev := event(t, files[:9]+string(rune('x'+i)), eventType, "ana", monday.Add(30*time.Minute), `{}`)
			if eff := w.e.Apply(c, ev, Env{Wall: due}); len(c.Runs().Active) != 1 || len(eff.Commands) != 0 {
				t.Fatalf("%s: %+v", eventType, eff)
			}
		}
	}

	// An engine that knows comes: the run goes on where it stood.
	c, due := w.record("ana"), monday.Add(time.Hour)
	eff := knowing.Fire(c, due, Env{Wall: due.Add(time.Minute)})
	if len(eff.Commands) != 1 || eff.Commands[0].Template != "two" || eff.Commands[0].DueAt != due {
		t.Fatalf("%+v", eff)
	}
}

// A known run beside an unknown one still has its wake.
func TestWakeBesideAnUnknownRun(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", versionTwo))
	w.event(event(t, "e1", "ping", "ana", monday, `{}`))
	other := "name: other\nstart: {on: pung}\nsteps: [{wait: 1h}, {send: {template: x, channels: [email]}}]\n"
	w.e = New(Config{App: "beckon", Set: second(t, versionOne+"---\n"+other)})
	c := w.record("ana")
	soon := schemas.Time(20 * time.Second / time.Microsecond)
	w.e.Apply(c, event(t, "e2", "pung", "ana", monday+soon, `{}`), Env{Wall: monday})
	due := monday.Add(time.Hour)
	if eff := w.e.Fire(c, due, Env{Wall: due}); eff.Wake != due+soon || eff.Parked != due {
		t.Fatalf("wake %s, parked %s, want the other run's %s, %s", eff.Wake, eff.Parked, due+soon, due)
	}
}
