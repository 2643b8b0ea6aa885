package rehearsal

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/beckon-io/beckon/backtest"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/scenario"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// app is the name of the app that scenarios run in: the source of the events
// that it emits.
const app = "beckon"

// player plays one scenario.
type player struct {
	s       *scenario.Scenario
	world   *backtest.World
	history *rule.History
	sets    []*rule.Set // as loaded, by their numbers from 1
	set     *rule.Set   // in use, with its place in the history
	in      int         // its index in sets
	engine  *engine.Engine
	cover   *Coverage
	stopped func() error // not nil once nobody waits for the result

	commands  []schemas.Command  // since they were last looked at
	decisions []schemas.Decision // the same
	why       []schemas.Decision // since commands were last looked at
	told      int                // events that got an id
	step      int
	failures  []Failure
}

// Command and Decision take what comes out.
func (p *player) Command(c *schemas.Command) error {
	p.commands = append(p.commands, *c)
	return nil
}

func (p *player) Decision(d *schemas.Decision) error {
	p.decisions, p.why = append(p.decisions, *d), append(p.why, *d)
	p.cover.decided(d)
	return p.stopped()
}

// play plays the scenario under its sets: the first, and those that steps load.
// The mistakes are those that show only now.
func (p *player) play(sets []*rule.Set, checks [][]check) error {
	s := p.s
	p.history = rule.NewHistory()
	p.number(sets[0])
	if err := p.use(0); err != nil {
		return err
	}
	start := cmp.Or(s.Setup.Now, s.Steps[0].Move.To)
	p.world = backtest.NewWorld(p.engine, p.set.Policy.Grace, p, p.earliest(start))
	if err := p.given(start); err != nil {
		return err
	}
	p.commands, p.decisions, p.why = nil, nil, nil
	for i := range s.Steps {
		p.step = i
		if err := p.act(&s.Steps[i], sets); err != nil {
			return err
		}
		if !s.Steps[i].Checks() {
			continue
		}
		if err := p.world.Settle(); err != nil {
			return err
		}
		p.check(&s.Steps[i], checks[i])
	}
	return nil
}

// number takes a set into the history, as an instance that loads it does.
func (p *player) number(set *rule.Set) {
	if g := p.s.Setup.Grace; g != nil {
		policy := *set.Policy
		policy.Grace = *g
		set = set.WithPolicy(&policy)
	}
	p.sets = append(p.sets, set)
	if _, known := p.history.Manifest(set.Hash); known {
		return
	}
	for _, t := range set.Triggers {
		p.history.AddVersion(rule.Store(t))
	}
	p.history.Add(p.history.Number(set))
}

// use makes the engine of a set, with what is known of the others and of pauses.
func (p *player) use(i int) error {
	p.in = i
	p.set = p.history.Place(p.sets[i])
	p.engine = engine.New(engine.Config{
		App: app, Set: p.set, Secret: []byte(p.s.Setup.Secret), Lookup: true, Trace: p.cover.trace,
	})
	if p.world == nil {
		return nil
	}
	return p.world.Decide(p.engine, p.set.Policy.Grace)
}

// earliest is the time of the first event that is given.
func (p *player) earliest(start schemas.Time) schemas.Time {
	first := start
	for i := range p.s.Setup.Given {
		if ev, err := p.s.Setup.Given[i].Make(1, start, "-"); err == nil {
			first = min(first, ev.Time)
		}
	}
	return first
}

// given lets happen what happened before the story, in the order of time.
func (p *player) given(start schemas.Time) error {
	events, err := p.make(p.s.Setup.Given, start, "given-")
	if err != nil {
		return err
	}
	slices.SortStableFunc(events, func(a, b *schemas.Event) int { return cmp.Compare(a.Time, b.Time) })
	for _, ev := range events {
		if err := p.world.Advance(ev.Time); err != nil {
			return err
		}
		if err := p.world.Happen(ev); err != nil {
			return err
		}
	}
	p.told = 0
	return p.world.Advance(start)
}

// make makes events as they are read at a moment.
func (p *player) make(all []scenario.Event, now schemas.Time, prefix string) ([]*schemas.Event, error) {
	var events []*schemas.Event
	for i := range all {
		for n := 1; n <= all[i].Count(); n++ {
			p.told++
			ev, err := all[i].Make(n, now, fmt.Sprintf("%s%d", prefix, p.told))
			if err != nil {
				return nil, &mistake{diag.Diagnostic{Place: all[i].Place, Source: all[i].Source, Message: err.Error()}}
			}
			events = append(events, ev)
		}
	}
	return events, nil
}

// act moves time and lets happen what the step says.
func (p *player) act(s *scenario.Step, sets []*rule.Set) error {
	to := p.target(s.Move)
	if to < p.world.Now() {
		return &mistake{diag.Diagnostic{
			Place: s.Place, Source: s.Source,
			Message: fmt.Sprintf("time does not run backwards: it is %v already", p.world.Now()),
			Hint:    "an event of the past has a `time: -10m` of its own",
		}}
	}
	events, err := p.make(s.Events, to, "e")
	if err != nil {
		return err
	}
	if s.Outage {
		slices.SortStableFunc(events, func(a, b *schemas.Event) int { return cmp.Compare(a.Time, b.Time) })
		return p.world.Outage(to, events)
	}
	if err := p.world.Advance(to); err != nil {
		return err
	}
	if err := p.change(s, sets); err != nil {
		return err
	}
	for _, ev := range events {
		if err := p.world.Happen(ev); err != nil {
			return err
		}
	}
	return nil
}

// target is where a step moves time to.
func (p *player) target(m scenario.Move) schemas.Time {
	now := p.world.Now()
	switch {
	case m.To != 0:
		return m.To
	case m.Clock != "":
		return walltime.Next(now, m.Minutes, nil, p.s.Setup.Zone)
	default:
		return now.Add(m.By)
	}
}

// change takes in what the step says of triggers: other files, pauses.
func (p *player) change(s *scenario.Step, sets []*rule.Set) error {
	if s.Load == nil && s.Pause == nil && s.Resume == nil {
		return nil
	}
	in := p.in
	if l := s.Load; l != nil && l.Number > 0 {
		in = l.Number - 1
	} else if l != nil {
		in = len(p.sets)
		p.number(sets[in])
	}
	for _, name := range s.Pause {
		p.history.Pause(name, true)
	}
	for _, name := range s.Resume {
		p.history.Pause(name, false)
	}
	return p.use(in)
}

// mistake is one that shows only while a scenario is played.
type mistake struct{ diag.Diagnostic }

func (m *mistake) Error() string { return m.String() }
