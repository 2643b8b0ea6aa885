package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

// outOfReach are the reasons that no case leads to.
var outOfReach = map[schemas.Reason]string{
	schemas.OutOfStock:      "nothing is known of products",
	schemas.LimitReached:    "hangs on other customers",
	schemas.RuleDisabled:    "a case has one set of triggers",
	schemas.TooManyRuns:     "cases are too small",
	schemas.ExpressionError: "the conditions of cases have none",
}

// tally counts what comes of cases.
type tally struct {
	cases, events, commands, decisions int
	by                                 map[string]int // outcomes and reasons
}

func (n *tally) add(ex *example, o *oracle) {
	n.cases++
	for _, m := range ex.log {
		n.events += len(m.events)
	}
	n.commands += len(o.commands)
	n.decisions += len(o.decisions)
	if n.by == nil {
		n.by = map[string]int{}
	}
	for i := range o.decisions {
		d := &o.decisions[i]
		n.by[d.Outcome.String()]++
		if d.Reason != 0 {
			n.by[d.Reason.String()]++
		}
	}
}

func (n *tally) String() string {
	var by []string
	for _, name := range slices.Sorted(maps.Keys(n.by)) {
		by = append(by, fmt.Sprintf("%s %d", name, n.by[name]))
	}
	return fmt.Sprintf("%d cases, %d events, %d commands, %d decisions: %s", n.cases, n.events, n.commands, n.decisions, strings.Join(by, ", "))
}

// Cases that lead nowhere would agree on everything.
func TestCasesReachEveryReason(t *testing.T) {
	var n tally
	cases := rapid.Custom(drawExample)
	for seed := range 400 {
		ex := cases.Example(seed)
		n.add(ex, play(ex))
	}
	t.Log(&n)
	for _, reason := range schemas.Reasons() {
		why, out := outOfReach[reason]
		if seen := n.by[reason.String()]; out == (seen > 0) {
			t.Errorf("%s is the reason of %d decisions (said to be out of reach: %q)", reason, seen, why)
		}
	}
	for outcome := schemas.Started; outcome <= schemas.Converted; outcome++ {
		if n.by[outcome.String()] == 0 {
			t.Errorf("nothing was %s", outcome)
		}
	}
	if n.commands < n.cases/2 {
		t.Errorf("%d cases bring %d commands", n.cases, n.commands)
	}
}
