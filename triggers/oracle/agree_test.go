package oracle

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/backtest"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// TestMain lets a plain `go test` look at a few hundred cases; -rapid.checks says
// otherwise. A failure is printed, with the seed that brings it back, and leaves
// no file.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "300", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// heard is what the engine says of a case.
type heard struct {
	commands  []schemas.Command
	decisions []schemas.Decision
}

func (h *heard) Command(c *schemas.Command) error {
	h.commands = append(h.commands, *c)
	return nil
}

func (h *heard) Decision(d *schemas.Decision) error {
	h.decisions = append(h.decisions, *d)
	return nil
}

// asker asks the engine. It keeps the last set that it has loaded: while a failing
// case shrinks many have the same.
type asker struct {
	files string
	set   *rule.Set
}

// ask lets the engine have a case, as a scenario would.
func (a *asker) ask(t *rapid.T, ex *example) *heard {
	set := a.load(t, ex)
	h := &heard{}
	w := backtest.NewWorld(engine.New(engine.Config{App: "beckon", Set: set, Lookup: true}), set.Policy.Grace, h, ex.log[0].at)
	for _, m := range ex.log {
		var events []*schemas.Event
		for i := range m.events {
			events = append(events, m.events[i].made(t))
		}
		if err := tell(w, m, events); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Advance(ex.end); err != nil {
		t.Fatal(err)
	}
	if err := w.Settle(); err != nil {
		t.Fatal(err)
	}
	return h
}

func tell(w *backtest.World, m moment, events []*schemas.Event) error {
	if m.outage {
		slices.SortStableFunc(events, func(a, b *schemas.Event) int { return int(a.Time - b.Time) })
		return w.Outage(m.at, events)
	}
	if err := w.Advance(m.at); err != nil {
		return err
	}
	for _, ev := range events {
		if err := w.Happen(ev); err != nil {
			return err
		}
	}
	return nil
}

// load loads a case's triggers and policy as files.
func (a *asker) load(t *rapid.T, ex *example) *rule.Set {
	pol, trs := &page{}, &page{}
	pol.policy(&ex.policy)
	for i := range ex.triggers {
		trs.line("---")
		trs.trigger(&ex.triggers[i])
	}
	files := pol.String() + trs.String()
	if files == a.files {
		return a.set
	}
	set, list := rule.Load([]rule.File{{Path: "policy.yaml", Data: []byte(pol.String())}, {Path: "t.yaml", Data: []byte(trs.String())}}, rule.Options{})
	if list.Failed() {
		var b strings.Builder
		if err := list.Print(&b); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("the case does not load:\n%s", &b)
	}
	a.files, a.set = files, set
	return set
}

// made is the event as it is read.
func (ev *event) made(t *rapid.T) *schemas.Event {
	made, err := schemas.FromData(ev.id, ev.source, ev.kind, ev.customer, ev.time, []byte(ev.data()))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// said is what both sides know of commands and of decisions, a line each.
func said(commands []schemas.Command, decisions []schemas.Decision) (all []string) {
	for i := range decisions {
		all = append(all, line(ofDecision(&decisions[i])))
	}
	for i := range commands {
		all = append(all, line(ofCommand(&commands[i])))
	}
	return all
}

// The engine does what the contract says, worked out another way.
func TestEngineAgreesWithOracle(t *testing.T) {
	var n tally
	var engine asker
	rapid.Check(t, func(t *rapid.T) {
		ex := drawExample(t)
		want := play(ex)
		got := engine.ask(t, ex)
		if diff := cmp.Diff(said(want.commands, want.decisions), said(got.commands, got.decisions)); diff != "" {
			t.Fatalf("the engine does otherwise (-want +got):\n%s\nwhat the oracle wants:\n\n%s", diff, scenario(ex, want))
		}
		n.add(ex, want)
	})
	t.Logf("the engine and the oracle agree on %v", &n)
}
