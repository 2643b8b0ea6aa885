package scenario

import (
	"slices"

	"github.com/beckon-io/beckon/triggers/rule"
)

var stepKeys = []string{
	"at", "after", "outage", "load", "pause", "resume", "event",
	"expect", "decisions", "waiting", "customer",
}

// maxSets bounds how many sets of triggers a story may load.
const maxSets = 100

func readSteps(n rule.Node, s *Setup) []Step {
	var all []Step
	if n.IsMapping() {
		n.Fail("begin each step with a dash", "expects a list of steps, not a mapping")
		return nil
	}
	sets := 1
	for _, e := range n.Items() {
		step, ok := readStep(e, s, &sets)
		if !ok {
			continue
		}
		if len(all) == 0 && s.Now == 0 && step.Move.To == 0 {
			e.Fail("begin with `at: 2026-03-01T10:00:00Z`, or write `now:` beside `steps`", "when does the story begin?")
		}
		all = append(all, step)
	}
	if len(all) == 0 {
		n.Fail("", "there is no step")
	}
	return all
}

func readStep(n rule.Node, s *Setup, sets *int) (Step, bool) {
	f := n.Mapping(stepKeys...)
	if f == nil {
		return Step{}, false
	}
	step := Step{Spot: spot(n)}
	if len(f) == 0 {
		n.Fail("", "the step is empty")
		return step, false
	}
	readMove(&step, n, f, s)
	if v, ok := f["load"]; ok {
		step.Load = readLoad(v, sets)
	}
	step.Pause, step.Resume = readNames(f["pause"]), readNames(f["resume"])
	if v, ok := f["event"]; ok {
		step.Events = readEvents(v, s)
	}
	if v, ok := f["expect"]; ok {
		step.Expect = readListed(v, commandShape)
	}
	if v, ok := f["decisions"]; ok {
		step.Decisions = readListed(v, decisionShape)
	}
	if v, ok := f["waiting"]; ok {
		step.Waiting = readWaiting(v)
	}
	if v, ok := f["customer"]; ok {
		step.State = readState(v, s.Subject)
	}
	return step, true
}

// readMove reads how time moves: at most one of at, after and outage.
func readMove(step *Step, n rule.Node, f map[string]rule.Node, s *Setup) {
	moves := 0
	for _, key := range []string{"at", "after", "outage"} {
		v, ok := f[key]
		if !ok {
			continue
		}
		if moves++; moves > 1 {
			n.Fail("", "time moves in one way: `at`, `after` or `outage`")
			return
		}
		if key == "at" {
			step.Move = readAt(v, s)
			continue
		}
		if step.Move.By = v.Duration(); step.Move.By < 0 {
			v.Fail("an event of the past has a `time: -10m` of its own", "time does not run backwards")
		}
		step.Outage = key == "outage"
	}
}

func readAt(n rule.Node, s *Setup) Move {
	text, _ := n.Text("a time")
	if isClock(text) {
		return Move{Clock: text, Minutes: n.Clock()}
	}
	return Move{To: instant(n, s.Zone)}
}

func readLoad(n rule.Node, sets *int) *Load {
	l := &Load{Spot: spot(n)}
	if n.IsNumber() {
		if l.Number = n.Whole(1, maxSets); l.Number > *sets {
			n.Fail("the first set is the scenario's own", "only %d sets were loaded so far", *sets)
		}
		return l
	}
	f := n.Mapping("triggers", "policy", "traits", "cycles")
	readLoading(&l.Loading, f)
	*sets++
	return l
}

// readNames reads the triggers of `pause` and `resume`.
func readNames(n rule.Node) []string {
	if !n.Given() {
		return nil
	}
	var all []string
	for _, e := range n.Items() {
		name, _ := e.Text("the name of a trigger, or all")
		if name == "all" {
			name = ""
		}
		all = append(all, name)
	}
	return slices.Compact(all)
}

// readWaiting reads how many runs wait, or which.
func readWaiting(n rule.Node) *Listed {
	if n.IsNumber() {
		return &Listed{Spot: spot(n), Count: n.Whole(0, 1_000_000)}
	}
	return readListed(n, waitShape)
}

// readState reads what must hold of customers: an expression, or a mapping with
// `that` and fields, or a list of these.
func readState(n rule.Node, subject string) []State {
	var all []State
	for _, e := range n.Items() {
		s := State{Spot: spot(e), Subject: subject}
		if e.IsMapping() {
			readFields(&s, e)
		} else {
			s.That = []rule.Node{e}
		}
		if s.Subject == "" {
			e.Fail("customer: {id: ana, that: customer.points == 3}", "whose state? name the customer with `id`, or for all with `subject`")
		}
		all = append(all, s)
	}
	return all
}

func readFields(s *State, n rule.Node) {
	for key, v := range n.Pairs() {
		switch key {
		case "id":
			s.Subject, _ = v.Text("a customer's id")
		case "that":
			s.That = append(s.That, v.Items()...)
		default:
			s.Fields = append(s.Fields, Field{Name: key, Node: v, Want: v.Value()})
		}
	}
}
