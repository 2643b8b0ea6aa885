package engine

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

const versionOne = "name: t\nstart: {on: ping}\nuntil: [{on: pong}]\nrepeat: restart\nsteps: [{wait: 1h}, {send: {template: one, channels: [email]}}]\n"
const versionTwo = "name: t\nstart: {on: ping}\nuntil: [{on: pong}]\nrepeat: restart\nsteps: [{wait: 1h}, {send: {template: two, channels: [email]}}]\n"

// An instance with older files meets a run that a newer set began: it leaves
// the run alone, whatever happens, and looks again a minute later.
func TestRunOfUnknownVersionIsLeftAlone(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", versionTwo))
	w.event(event(t, "e1", "ping", "ana", monday, `{}`))
	newer := w.e.cfg.Set

	w.e = New(Config{App: "beckon", Set: load(t, "t.yaml", versionOne)})
	c := w.record("ana")
	due := monday.Add(time.Hour)
	eff := w.e.Fire(c, due, Env{Wall: due})
	if len(eff.Commands)+len(eff.Decisions) != 0 || len(c.Runs().Active) != 1 {
		t.Fatalf("fired: %+v", eff)
	}
	if want := due.Add(retryAfter); eff.Wake != want {
		t.Fatalf("wake %s, want %s", eff.Wake, want)
	}
	for i, eventType := range []string{"pong", "ping"} {
		ev := event(t, string(rune('x'+i)), eventType, "ana", monday.Add(30*time.Minute), `{}`)
		if eff := w.e.Apply(c, ev, Env{Wall: due}); len(c.Runs().Active) != 1 || len(eff.Commands) != 0 {
			t.Fatalf("%s: %+v", eventType, eff)
		}
	}
	if got := c.Runs().Active[0].Version; got != newer.Triggers[0].Version {
		t.Fatalf("the run has version %s", got)
	}

	// The newer set comes: the run goes on where it stood.
	w.e = New(Config{App: "beckon", Set: newer})
	eff = w.e.Fire(c, due.Add(retryAfter), Env{Wall: due})
	if len(eff.Commands) != 1 || eff.Commands[0].Template != "two" || eff.Commands[0].DueAt != due {
		t.Fatalf("%+v", eff)
	}
}

// A known run beside an unknown one still has its wake.
func TestWakeBesideAnUnknownRun(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", versionTwo))
	w.event(event(t, "e1", "ping", "ana", monday, `{}`))
	other := "name: other\nstart: {on: pung}\nsteps: [{wait: 1h}, {send: {template: x, channels: [email]}}]\n"
	w.e = New(Config{App: "beckon", Set: load(t, "t.yaml", versionOne+"---\n"+other)})
	c := w.record("ana")
	soon := schemas.Time(20 * time.Second / time.Microsecond)
	w.e.Apply(c, event(t, "e2", "pung", "ana", monday+soon, `{}`), Env{Wall: monday})
	due := monday.Add(time.Hour)
	if eff := w.e.Fire(c, due, Env{Wall: due}); eff.Wake != due+soon {
		t.Fatalf("wake %s, want the other run's %s", eff.Wake, due+soon)
	}
}
