package engine

import (
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
	"github.com/beckon-io/beckon/triggers/rule"
)

// sending is one send step at one moment.
type sending struct {
	r   *state.Run
	tr  *rule.Trigger
	op  *rule.Op
	due schemas.Time // when the step was due before quiet hours held it
	// queued tells that it has waited for its channel's rate.
	queued bool
}

// send checks everything, in the contract's order, at the moment of sending, so
// again when a hold ends. The first thing that fails is the reason.
func (t *turn) send(r *state.Run, tr *rule.Trigger, op *rule.Op) next {
	s := sending{r: r, tr: tr, op: op, due: r.At, queued: t.again}
	t.again = false
	if r.Held != 0 {
		s.due = r.Held
	}
	if why, detail := t.against(&s); why != 0 {
		return t.skip(&s, why, detail)
	}
	channels := op.Send.Channels
	if r.Held != 0 && r.HeldChannels != nil {
		channels = r.HeldChannels
	}
	if op.Send.All {
		return t.sendAll(&s, channels)
	}
	return t.sendFirst(&s, channels)
}

// against is what speaks against the message on whatever channel.
func (t *turn) against(s *sending) (why schemas.Reason, detail string) {
	if s.tr.Audience != nil {
		in, err := t.truth(s.r, s.tr, s.tr.Audience)
		switch {
		case err != nil:
			return schemas.ExpressionError, "audience: " + errorDetail(err)
		case !in:
			return schemas.FilterFailed, "audience"
		}
	}
	if t.stale(s.r, s.tr) {
		return schemas.Stale, ""
	}
	if s.tr.Class != schemas.Transactional &&
		(t.set.Policy.Holdout.Holds("holdout", t.c.Subject) || s.tr.Holdout.Holds("holdout", t.c.Subject, s.tr.Name)) {
		return schemas.Holdout, ""
	}
	if s.r.Sent == 0 && t.withinReentry(s) {
		return schemas.ReentryWindow, ""
	}
	if s.op.Send.OnlyOnce && slices.Contains(t.c.Sends().Trigger(s.tr.Name).Once, s.op.Send.Template) && !t.underWay(s) {
		return schemas.AlreadySent, ""
	}
	return t.outOfStock(s)
}

// stale tells whether what a run is about to do was due too long ago.
func (t *turn) stale(r *state.Run, tr *rule.Trigger) bool {
	return tr.Stale > 0 && t.env.Wall.Sub(r.At) > tr.Stale
}

// outOfStock tells whether the step is about products of which none is in stock.
// One whose stock nobody has told of counts as in stock.
func (t *turn) outOfStock(s *sending) (why schemas.Reason, detail string) {
	x := s.op.Send.InStock
	if x == nil || t.env.Product == nil {
		return 0, ""
	}
	err := t.recall(s.r, s.tr, x)
	var skus []string
	if err == nil {
		skus, err = x.Texts(&t.in)
	}
	if err != nil {
		return schemas.ExpressionError, "in_stock: " + errorDetail(err)
	}
	for _, sku := range skus {
		if p := t.env.Product(sku); p == nil || !p.SoldOut() {
			return 0, ""
		}
	}
	if len(skus) == 0 {
		return 0, ""
	}
	return schemas.OutOfStock, ""
}

// underWay tells whether the step's message has gone out on some of its channels
// while the others were held: that it was sent is no reason against these.
func (t *turn) underWay(s *sending) bool {
	return s.r.HeldChannels != nil && slices.ContainsFunc(s.op.Send.Channels, func(channel string) bool {
		return t.stepSent(s.r, s.op.Path, channel)
	})
}

// withinReentry tells whether the first message of another run is less than
// `reentry` away: before, or after where this run comes late.
func (t *turn) withinReentry(s *sending) bool {
	return s.tr.Reentry > 0 && t.c.SentAbout(s.tr.Name, s.r.At, s.tr.Reentry)
}

// skip records why the step sends nothing and goes on to the next, or ends the
// run where no other step of it could send either.
func (t *turn) skip(s *sending, why schemas.Reason, detail string) next {
	t.decideRun(s.r, s.r.At, s.op.Path, schemas.Skipped, why, "", detail)
	if why == schemas.Holdout || why == schemas.ReentryWindow {
		t.decideRun(s.r, s.r.At, s.op.Path, schemas.Ended, 0, "", why.String())
		return ends
	}
	return s.done()
}

// done leaves the step behind.
func (s *sending) done() next {
	s.r.Held, s.r.HeldChannels = 0, nil
	s.r.Op++
	return onward
}

// message is what the policy looks at.
func (s *sending) message(channel string) policy.Message {
	return policy.Message{At: s.r.At, Channel: channel, Class: s.tr.Class, Tags: s.tr.Tags, Priority: s.tr.Priority}
}

// sendFirst sends on the first channel that the policy allows. Where none is,
// the reason is the first channel's: it was the one wanted most.
func (t *turn) sendFirst(s *sending, channels []string) next {
	var why schemas.Reason
	detail := ""
	for i, channel := range channels {
		reason := t.set.Policy.Allowed(t.c.Core(), t.c.Sends(), s.message(channel))
		if reason == 0 {
			return t.sendOrHold(s, channel)
		}
		if i == 0 {
			why = reason
		} else {
			detail += ", "
		}
		detail += channel + ": " + reason.String()
	}
	return t.skip(s, why, detail)
}

// sendOrHold is the last question: quiet hours.
func (t *turn) sendOrHold(s *sending, channel string) next {
	until, quiet := t.quietUntil(s, channel)
	switch {
	case !quiet:
		if again := t.pace(s, channel); again != 0 {
			return t.postpone(s, again, nil, channel)
		}
		t.emitCommand(s, channel)
		return s.done()
	case until.Sub(s.due) > s.expires():
		return t.skip(s, schemas.QuietHoursExpired, channel+": quiet until "+until.String())
	}
	return t.hold(s, until, nil, channel)
}

// hold lets the run stand at the step until the quiet hours are over.
func (t *turn) hold(s *sending, until schemas.Time, channels []string, detail string) next {
	t.decideRun(s.r, s.r.At, s.op.Path, schemas.Held, 0, "", detail+" until "+until.String())
	s.r.Due, s.r.Held, s.r.HeldChannels = until, s.due, channels
	return waits
}

// quietUntil is when the quiet hours end that the moment lies in: the step's
// logical time or, where the step is late, the wall clock's.
func (t *turn) quietUntil(s *sending, channel string) (until schemas.Time, quiet bool) {
	q := t.set.Policy.Quiet
	if !q.Covers(channel, s.tr.Class) {
		return 0, false
	}
	loc := t.Location(t.c)
	if until, quiet = q.Until(s.r.At, loc); quiet || t.env.Wall <= s.r.At {
		return until, quiet
	}
	return q.Until(t.env.Wall, loc)
}

// sendAll sends on every channel that the policy allows; those that quiet hours
// hold or that are over their rate stay for later, the others don't wait for
// them.
func (t *turn) sendAll(s *sending, channels []string) next {
	var held, over []string
	var until, again schemas.Time
	for _, channel := range channels {
		if why := t.set.Policy.Allowed(t.c.Core(), t.c.Sends(), s.message(channel)); why != 0 {
			t.decideRun(s.r, s.r.At, s.op.Path, schemas.Skipped, why, "", channel)
			continue
		}
		end, quiet := t.quietUntil(s, channel)
		switch {
		case !quiet:
			if at := t.pace(s, channel); at != 0 {
				over, again = append(over, channel), max(again, at)
				continue
			}
			t.emitCommand(s, channel)
		case end.Sub(s.due) > s.expires():
			t.decideRun(s.r, s.r.At, s.op.Path, schemas.Skipped, schemas.QuietHoursExpired, "", channel+": quiet until "+end.String())
		default:
			held, until = append(held, channel), max(until, end)
		}
	}
	switch {
	case over != nil: // quiet hours are asked about again with these
		return t.postpone(s, again, append(over, held...), strings.Join(over, ", "))
	case held != nil:
		return t.hold(s, until, held, strings.Join(held, ", "))
	}
	return s.done()
}
