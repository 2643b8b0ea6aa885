package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
)

// Review asks for warnings of what is legal and hardly meant: what can't happen,
// triggers that fight, messages to everybody, unknown templates, expensive
// expressions. Only what is proven is said; docs/TRIGGERS.md lists it all.
type Review struct {
	// Templates are those that the delivery service has; nil: not known.
	Templates []string
}

// costly is from how much work on an expression is worth a warning, in CEL's
// units of 10 to 50 ns: more than a millisecond for one event. A loop over a
// list costs a hundredth of that, one within another what is spoken of here.
const costly = 50_000

// reviewed is a trigger as written and as compiled.
type reviewed struct {
	*spec
	t      *Trigger
	begins expr.Claim // what holds when a run begins
}

// reviews looks at triggers that have no mistakes, and at the policy.
func (l *loading) reviews(all []*reviewed, p *policy.Policy) {
	if l.review == nil {
		return
	}
	l.reviewPolicy(p)
	l.reviewTags(all)
	for _, r := range all {
		l.reviewTrigger(r, p)
	}
	l.fights(all, p)
}

func (l *loading) reviewPolicy(p *policy.Policy) {
	if p.Holdout >= everybody {
		l.warn(l.policyGiven["holdout"], "", "nobody gets marketing, as everybody is held out")
	}
	for channel := range p.RequireAddress {
		if known := []string{"email", "sms", "whatsapp", "viber", "voice"}; !slices.Contains(known, channel) {
			l.warn(l.policyGiven["require_address"], "leave it out: the delivery service knows the address", "nothing goes out on %s, as beckon never knows an address for it", cut(channel))
		}
	}
}

// reviewTags looks for tags of caps that no trigger has and that are nearly one which
// some trigger has.
func (l *loading) reviewTags(all []*reviewed) {
	var tags []string
	for _, r := range all {
		tags = append(tags, r.t.Tags...)
	}
	for _, v := range l.capTags {
		if tag := v.node.Value; !slices.Contains(tags, tag) {
			if hint := diag.DidYouMean(tag, tags); hint != "" {
				l.warn(v, hint, "no trigger has the tag %q", cut(tag))
			}
		}
	}
}

func (l *loading) reviewTrigger(r *reviewed, p *policy.Policy) {
	audience, when := r.reach(r.t.Audience), r.reach(r.t.Start.When)
	r.begins = audience.And(when)
	switch {
	case audience.Impossible():
		l.warn(r.Audience.value, "", "can't be true, so nobody gets a run")
	case when.Impossible():
		l.warn(r.Start.When.value, "", "can't be true, so nothing starts a run")
	case r.begins.Impossible():
		l.warn(r.Start.When.value, "", "can't be true together with `audience`, so nothing starts a run")
	}
	if r.t.Rollout == 0 {
		l.warn(r.given["rollout"], "", "nobody gets this version")
	}
	switch {
	case r.t.Holdout > 0 && r.t.Class == schemas.Transactional:
		l.warn(r.given["holdout"], "", "does nothing: transactional messages go to everybody")
	case r.t.Holdout >= everybody:
		l.warn(r.given["holdout"], "", "nobody gets a message, as everybody is held out")
	}
	if byClock := r.t.Start.Cron != nil || r.t.Start.At != 0; byClock && r.Audience == nil {
		l.warn(r.given["start"], "name an `audience`; `audience: true` if everybody is meant", "the messages go to every customer there is")
	}
	l.reviewEnds(r)
	l.reviewStale(r, p)
	if r.begins.Impossible() {
		return
	}
	before := len(l.list)
	w := walk{l: l, r: r, policy: p, ops: map[string]*Op{}}
	for i := range r.t.Steps {
		w.ops[r.t.Steps[i].Path] = &r.t.Steps[i]
	}
	w.steps(r.Steps, "steps", moment{known: r.begins, clocks: clocksOf(r.t)})
	if len(l.list) == before && !w.useful {
		l.warn(r.given["steps"], "", "nothing is ever sent or emitted")
	}
}

// reach is what holds where an expression, that may be left out, lets through.
func (r *reviewed) reach(e *expr.Expr) expr.Claim {
	if e == nil {
		return expr.Claim{}
	}
	return e.Holds()
}

// reviewEnds looks at `until` and `goal`: entries that match nothing, and those
// that match every event that starts a run. The latter do not stop the run that
// the event starts, as runs end before others start; they end the one before.
func (l *loading) reviewEnds(r *reviewed) {
	for i, u := range r.t.Until {
		spec := r.Until[i]
		if u.When != nil && u.When.Holds().Impossible() {
			l.warn(spec.When.value, "", "can't be true, so it ends no run")
			continue
		}
		var always []string
		for _, on := range u.On {
			of := expr.OfType(on)
			if !slices.Contains(r.t.Start.On, on) || r.begins.And(of).Impossible() {
				continue
			}
			if u.When == nil || r.begins.And(of).And(u.When.Fails()).Impossible() {
				always = append(always, on)
			}
		}
		if len(always) > 0 {
			l.warn(spec.at, "narrow it with `when`, or write `repeat: restart` instead",
				"every %s that starts a run ends the one before it as goal_reached, and `repeat` is never asked", orList(always))
		}
	}
	if g := r.t.Goal; g != nil && g.When != nil && g.When.Holds().Impossible() {
		l.warn(r.spec.Goal.When.value, "", "can't be true, so nothing counts as converted")
	}
}

// reviewStale knows that waits end when `grace` has passed since they were due.
func (l *loading) reviewStale(r *reviewed, p *policy.Policy) {
	waits := len(r.t.Start.On) == 0 || slices.ContainsFunc(r.t.Steps, func(op Op) bool { return op.Kind == OpWait && op.Wait > 0 })
	if stale := r.t.Stale; stale > 0 && stale <= p.Grace && waits {
		l.warn(r.given["stale"], "", "what comes after a wait is always skipped, as waits end %s after they are due, the policy's grace", span(p.Grace))
	}
}

// reviewTemplate compares with the list of templates.
func (l *loading) reviewTemplate(s *sendSpec) {
	known := l.review.Templates
	if known == nil || slices.Contains(known, s.Template) {
		return
	}
	l.warn(s.template, diag.DidYouMean(s.Template, known), "the list of templates has no %q", cut(s.Template))
}

// reviewCost warns of an expression that may take much work.
func (l *loading) reviewCost(t *text, e *expr.Expr) {
	if l.review != nil && e != nil && e.Cost() > costly {
		l.warn(t.value, "loop over fewer lists at once, or keep a trait", "may take %d steps of work for one event; %d are much", e.Cost(), costly)
	}
}

// listed is "a", "b" and 3 more.
func listed(names []string) string {
	const shown = 3
	quoted := make([]string, 0, shown)
	for _, n := range names[:min(len(names), shown)] {
		quoted = append(quoted, `"`+n+`"`)
	}
	switch more := len(names) - shown; {
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), more)
	default:
		return strings.ReplaceAll(orList(quoted), " or ", " and ")
	}
}
