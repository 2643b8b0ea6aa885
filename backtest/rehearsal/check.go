package rehearsal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// Failure is one expectation that did not come true.
type Failure struct {
	scenario.Spot
	Step    int          // from 0
	Now     schemas.Time // where time stood
	Message string       // one line
	Detail  []string     // the difference, line by line
}

func (p *player) fail(spot scenario.Spot, detail []string, format string, args ...any) {
	p.failures = append(p.failures, Failure{
		Spot: spot, Step: p.step, Now: p.world.Now(), Message: fmt.Sprintf(format, args...), Detail: detail,
	})
}

// check looks at everything that the step expects.
func (p *player) check(s *scenario.Step, compiled []check) {
	if s.Expect != nil {
		p.checkCommands(s.Expect)
		p.commands, p.why = nil, nil
	}
	if s.Decisions != nil {
		p.checkDecisions(s.Decisions)
		p.decisions = nil
	}
	if s.Waiting != nil {
		p.checkWaiting(s.Waiting)
	}
	for i := range s.State {
		p.checkState(&s.State[i], &compiled[i])
	}
}

func (p *player) matcher() matcher { return matcher{p.s.Setup.Zone} }

// checkCommands: exactly these, in this order.
func (p *player) checkCommands(want *scenario.Listed) {
	var got []map[string]any
	for i := range p.commands {
		c := &p.commands[i]
		m := decoded(c.AppendJSON(nil))
		m["customer"] = c.Customer
		if c.TraceParent != "" {
			m["traceparent"] = c.TraceParent
		}
		if c.TraceState != "" {
			m["tracestate"] = c.TraceState
		}
		got = append(got, m)
	}
	pairs := p.matcher().align(want.Items, got, false)
	at, ok := firstWrong(want, pairs, true)
	if ok {
		return
	}
	detail := differenceOf(want.Items, got, pairs, commandWords, true)
	if missing := missingOf(want.Items, pairs); missing != nil {
		detail = append(detail, p.whyNot(missing)...)
	}
	p.fail(at, detail, "%s", headline("command", len(want.Items), len(got)))
}

// checkDecisions: these, in this order, whatever lies between them; none at all
// where none is listed.
func (p *player) checkDecisions(want *scenario.Listed) {
	var got []map[string]any
	for i := range p.decisions {
		got = append(got, decoded(p.decisions[i].AppendJSON(nil)))
	}
	strict := len(want.Items) == 0
	pairs := p.matcher().align(want.Items, got, !strict)
	at, ok := firstWrong(want, pairs, strict)
	if !ok {
		p.fail(at, differenceOf(want.Items, got, pairs, decisionWords, strict), "%s", decisionHeadline(len(want.Items), len(got)))
	}
}

func decisionHeadline(want, got int) string {
	if want == 0 {
		return headline("decision", want, got)
	}
	return fmt.Sprintf("these are not among the %d decisions that were made", got)
}

// checkWaiting: so many runs wait, or exactly these, by due time.
func (p *player) checkWaiting(want *scenario.Listed) {
	got := p.waiting()
	if want.Count >= 0 {
		if len(got) != want.Count {
			p.fail(want.Spot, listOf(got, waitWords), "%s", headline("waiting run", want.Count, len(got)))
		}
		return
	}
	pairs := p.matcher().align(want.Items, got, false)
	if at, ok := firstWrong(want, pairs, true); !ok {
		p.fail(at, differenceOf(want.Items, got, pairs, waitWords, true), "%s", headline("waiting run", len(want.Items), len(got)))
	}
}

// waiting are the runs that wait, by due, customer, trigger and key.
func (p *player) waiting() []map[string]any {
	var all []map[string]any
	for c := range p.world.Customers() {
		for _, r := range c.Runs().Active {
			step := ""
			if tr := p.set.Version(r.Trigger, r.Version); tr != nil && r.Op < len(tr.Steps) {
				step = tr.Steps[r.Op].Path
			}
			m := map[string]any{
				"customer": c.Subject, "trigger": r.Trigger, "version": r.Version, "key": r.Key, "run": r.ID, "step": step,
				"due_at": r.Due.String(), "held": r.Held.String(), "started_at": r.StartedAt.String(),
				"sent": json.Number(fmt.Sprint(r.Sent)), "variant": r.Variant,
			}
			for name, v := range m {
				if v == "" {
					delete(m, name)
				}
			}
			all = append(all, m)
		}
	}
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	slices.SortStableFunc(all, func(a, b map[string]any) int {
		return cmp.Or(dueOf(a)-dueOf(b),
			cmp.Compare(text(a, "customer"), text(b, "customer")),
			cmp.Compare(text(a, "trigger"), text(b, "trigger")), cmp.Compare(text(a, "key"), text(b, "key")))
	})
	return all
}

func dueOf(m map[string]any) int {
	s, _ := m["due_at"].(string)
	t, err := schemas.ParseTime(s)
	if err != nil {
		return 0
	}
	return int(t)
}

// checkState looks at a customer.
func (p *player) checkState(want *scenario.State, compiled *check) {
	c := p.world.Customer(want.Subject)
	p.engine.Look(c, p.world.Now(), p.world.Env(), func(in *expr.Input) {
		for _, st := range compiled.that {
			if st.expr == nil {
				continue
			}
			holds, err := st.expr.Bool(in)
			switch {
			case err != nil:
				p.fail(st.spot, nil, "of %s: %s: %v", want.Subject, st.expr.Source(), err)
			case !holds:
				p.fail(st.spot, partsOf(st.parts, in), "of %s it is not true that %s", want.Subject, st.expr.Source())
			}
		}
		for i, f := range want.Fields {
			if compiled.fields[i] != nil {
				p.checkField(want.Subject, f, compiled.fields[i], in)
			}
		}
	})
}

// partsOf shows what the paths of an expression stand for.
func partsOf(parts []*expr.Expr, in *expr.Input) []string {
	var all []string
	for _, x := range parts {
		if v, err := x.JSON(in, nil); err == nil {
			all = append(all, x.Source()+" is "+show(decodedValue(v)))
		}
	}
	return all
}

func (p *player) checkField(subject string, f scenario.Field, x *expr.Expr, in *expr.Input) {
	raw, err := x.JSON(in, nil)
	if err != nil {
		p.fail(spotOf(f.Node), nil, "of %s: %v", subject, err)
		return
	}
	compared := 0
	differs := p.matcher().differs(f.Want, decodedValue(raw), f.Name, &compared)
	if len(differs) > 0 {
		p.fail(spotOf(f.Node), differenceLines(differs), "%s of %s is another", f.Name, subject)
	}
}

func spotOf(n rule.Node) scenario.Spot {
	place, line := n.Place()
	return scenario.Spot{Place: place, Source: line}
}

// firstWrong is where the first expectation stands that did not come true; ok
// where all did. Where strict, what nobody expected is wrong too.
func firstWrong(want *scenario.Listed, pairs []pairing, strict bool) (at scenario.Spot, ok bool) {
	ok = true
	for _, pair := range pairs {
		switch {
		case pair.want >= 0 && (pair.got < 0 || len(pair.differs) > 0):
			return want.Items[pair.want].Spot, false
		case pair.want < 0 && strict:
			at, ok = want.Spot, false
		}
	}
	return at, ok
}

// decoded is a command or decision of our own writing, without empty members: an
// expectation says null where there is nothing, and nothing is shown of them.
func decoded(raw []byte) map[string]any {
	m, _ := decodedValue(raw).(map[string]any)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil || v == "" })
	return m
}

// decodedValue is JSON of our own writing, with numbers as they are written.
func decodedValue(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(raw)
	}
	return v
}
