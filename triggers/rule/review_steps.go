package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
)

// walk follows a trigger's steps with what is known of a run that comes there.
type walk struct {
	l      *loading
	r      *reviewed
	policy *policy.Policy
	ops    map[string]*Op // by path
	useful bool           // something is sent or emitted
}

// moment is a run between two steps.
type moment struct {
	known  expr.Claim
	clocks []int  // the customer's wall clock, in minutes after midnight; nil: not known
	over   bool   // no run comes here
	why    string // of over, for a warning; empty where one was given
	waited bool   // since the list of steps began
}

// later is the moment after some time: event and item are as they were, while
// the customer may have changed.
func (m moment) later(clocks ...int) moment {
	return moment{known: m.known.About("event", "item"), clocks: clocks, waited: true}
}

// ended is the end of every run.
func (m moment) ended(why string) moment {
	m.over, m.why = true, why
	return m
}

// behind is the moment after lists of steps of which a run does one.
func (m moment) behind(why string, ends ...moment) moment {
	if slices.ContainsFunc(ends, func(e moment) bool { return e.waited }) {
		m = m.later()
	}
	if !slices.ContainsFunc(ends, func(e moment) bool { return !e.over }) {
		m = m.ended(why)
	}
	return m
}

func (w *walk) steps(all []stepSpec, path string, m moment) moment {
	m.waited = false
	for i := range all {
		if m.over {
			if m.why != "" {
				w.l.warn(all[i].at, "", "no run comes to this step: %s", m.why)
			}
			return m
		}
		m = w.step(&all[i], fmt.Sprintf("%s[%d]", path, i), m)
	}
	return m
}

func (w *walk) step(s *stepSpec, path string, m moment) moment {
	switch {
	case s.Wait != nil && *s.Wait > 0:
		return m.later()
	case s.WaitUntil != nil && s.WaitUntil.local != nil:
		return m.later(int(s.WaitUntil.local.Time))
	case s.WaitUntil != nil:
		return m.later()
	case s.Require != nil:
		if m.known = m.known.And(w.ops[path].Expr.Holds()); m.known.Impossible() {
			w.l.warn(s.Require.value, "", "can't be true here, so every run ends")
			return m.ended("")
		}
	case s.If != nil:
		return w.branch(s, path, m)
	case s.Split != nil:
		return w.split(s.Split, path, m)
	case s.Send != nil:
		w.useful = true
		w.send(s.Send, m)
		return m.later() // quiet hours may hold it
	case s.Emit != nil:
		w.useful = true
	case s.Stop:
		return m.ended("the step before ends it")
	}
	return m
}

// branch follows both lists. Behind them no more is known than before: an error
// in the condition leads past both.
func (w *walk) branch(s *stepSpec, path string, m moment) moment {
	yes, no := m, m
	yes.known, no.known = m.known.And(w.ops[path].Expr.Holds()), m.known.And(w.ops[path].Expr.Fails())
	var ends []moment
	if yes.known.Impossible() {
		w.l.warn(s.If.value, "", "can't be true here, so `then` is never done")
	} else {
		ends = append(ends, w.steps(s.Then, path+".then", yes))
	}
	switch always := no.known.Impossible(); {
	case !always:
		ends = append(ends, w.steps(s.Else, path+".else", no))
	case len(s.Else) > 0:
		w.l.warn(s.If.value, "", "can't be false here, so `else` is never done")
	}
	return m.behind("the `if` before ends it either way", ends...)
}

func (w *walk) split(s *splitSpec, path string, m moment) moment {
	var ends []moment
	m.known = m.known.About("event", "item", "customer", "now") // run.variant changes
	for i, arm := range s.Arms {
		if arm.Weight == 0 {
			w.l.warn(arm.at, "", "nobody goes down this arm, as its weight is 0")
			continue
		}
		ends = append(ends, w.steps(arm.Steps, fmt.Sprintf("%s.arms[%d].steps", path, i), m))
	}
	return m.behind("every arm of the split before ends it", ends...)
}

func (w *walk) send(s *sendSpec, m moment) {
	w.l.reviewTemplate(s)
	if audience := w.r.t.Audience; audience != nil && m.known.And(audience.Holds()).Impossible() {
		w.l.warn(s.template, "", "nobody gets this message, as `audience` can't be true here")
	}
	if held, ok := w.held(s, m.clocks); ok {
		w.l.warn(s.template, "choose another time, or let it expire later",
			"this message is never sent: quiet hours hold it for %s or longer, and it expires after %s", held, s.Expires)
	}
}

// held is how long quiet hours hold a message on any of its channels at least;
// ok if that is longer than it lives. An hour is left for changes of the clocks.
func (w *walk) held(s *sendSpec, clocks []int) (least span, ok bool) {
	q := w.policy.Quiet
	for _, channel := range s.Channels.names {
		if !q.Covers(channel, w.r.t.Class) {
			return 0, false
		}
	}
	least = span(maxSpan)
	for _, clock := range clocks {
		left := minutesBetween(clock, q.To)
		if minutesBetween(q.From, clock) >= minutesBetween(q.From, q.To) {
			left = 0
		}
		least = min(least, span(left)*span(time.Minute))
	}
	return least, len(clocks) > 0 && least > s.Expires+span(time.Hour)
}

// minutesBetween is how long it is from one wall time to the next such other.
func minutesBetween(from, to int) int {
	const day = 24 * 60
	return (to - from + day) % day
}

// clocksOf are the customer's wall times at which a trigger's runs begin; nil
// where that is not known.
func clocksOf(t *Trigger) []int {
	switch s := &t.Start; {
	case s.Date != nil && s.Clock >= 0:
		return []int{s.Clock}
	case s.Cron != nil && s.Zoned:
		var all []int
		for m := range 24 * 60 {
			if s.Cron.Hour&(1<<(m/60)) != 0 && s.Cron.Minute&(1<<(m%60)) != 0 {
				all = append(all, m)
			}
		}
		return all
	case s.At != 0 && !s.Absolute && s.Zoned:
		at := s.At.Std()
		return []int{at.Hour()*60 + at.Minute()}
	}
	return nil
}
