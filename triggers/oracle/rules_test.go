package oracle

import (
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

func (w *walker) isStale() bool {
	limit := w.stale
	if limit == 0 {
		limit = day
	}
	return limit > 0 && w.wall.Sub(w.now) > limit
}

// heldOut tells whether the customer is in the share that gets no marketing, from
// anybody or from the trigger.
func (w *walker) heldOut() bool {
	return w.class == schemas.Marketing &&
		(point(10_000, "holdout", w.customer) < 100*w.o.ex.policy.holdout || point(10_000, "holdout", w.customer, w.name) < 100*w.holdout)
}

// tooSoon tells whether the first message of another run of the trigger was less
// than reentry ago: of the run that sent its first message last, the only one that
// is remembered.
func (w *walker) tooSoon() bool {
	if w.reentry == 0 || len(w.o.sentBy(w.run)) > 0 {
		return false
	}
	var last schemas.Time
	seen := map[*run]bool{}
	for _, n := range w.o.sent(w.customer) {
		if n.run.trigger == w.trigger && !seen[n.run] {
			seen[n.run], last = true, max(last, n.at)
		}
	}
	return last != 0 && distance(last, w.now) < w.reentry
}

func distance(a, b schemas.Time) time.Duration { return max(a, b).Sub(min(a, b)) }

// sentOnce tells whether the template went out before. A message that went out on
// some of its channels before the others were held is one message.
func (w *walker) sentOnce(s *step, path string) bool {
	before := false
	for _, n := range w.o.sent(w.customer) {
		if n.run == w.run && n.path == path {
			return false
		}
		before = before || n.run.trigger == w.trigger && n.command.Template == s.template
	}
	return before
}

func (w *walker) consented(p past, channel string) bool {
	asked := w.o.ex.policy.asked
	if w.class != schemas.Marketing && !slices.Contains(asked, w.class) {
		return true
	}
	answer := p.answer(channel, w.class)
	switch w.o.ex.policy.consent[channel] {
	case "opt_in":
		return answer != nil && answer.granted
	case "opt_out":
		return answer == nil || answer.granted
	default:
		return true
	}
}

func (w *walker) suppressed(p past, channel string) bool {
	policy := &w.o.ex.policy
	if policy.bounced > 0 && p.bounces(channel) >= policy.bounced ||
		policy.complained > 0 && len(p.reports("message.complained", channel)) >= policy.complained {
		return true
	}
	left := p.reports("message.unsubscribed", channel).last()
	answer := p.answer(channel, w.class)
	return w.class == schemas.Marketing && left != 0 && (answer == nil || !answer.granted || answer.time <= left)
}

// quiet is until when the channel is quiet for the customer; 0: it is not. Who
// is late looks at the wall clock, too.
func (w *walker) quiet(channel string) schemas.Time {
	q := w.o.ex.policy.quiet
	if q == nil || q.channels != nil && !slices.Contains(q.channels, channel) || !names(q.classes, w.class) {
		return 0
	}
	zone := w.o.zone(w.customer)
	if end := q.over(w.now, zone); end != 0 {
		return end
	}
	return q.over(max(w.now, w.wall), zone)
}

// names tells whether a list of classes names one; an empty list is marketing.
func names(classes []schemas.Class, class schemas.Class) bool {
	if classes == nil {
		return class == schemas.Marketing
	}
	return slices.Contains(classes, class)
}

// capped is why the caps stop a message on a channel; 0: they don't. The first
// one that does is the reason.
func (w *walker) capped(channel string) schemas.Reason {
	for i := range w.o.ex.policy.caps {
		c := &w.o.ex.policy.caps[i]
		if !c.counts(w.trigger, channel) {
			continue
		}
		var all, lower []schemas.Time
		for _, n := range w.o.sent(w.customer) {
			if !c.counts(n.run.trigger, n.command.Channel) {
				continue
			}
			all = append(all, n.at)
			if n.at != w.now || n.run.priority <= w.priority {
				lower = append(lower, n.at)
			}
		}
		switch {
		case !c.full(all, w.now):
		case c.full(lower, w.now):
			return schemas.FrequencyCap
		default:
			return schemas.LowerPriority
		}
	}
	return 0
}

// counts tells whether a message of the trigger on the channel counts for the
// cap. Transactional ones do only where the cap names their class.
func (c *limit) counts(tr *trigger, channel string) bool {
	tagged := c.tags == nil || slices.ContainsFunc(tr.tags, func(tag string) bool { return slices.Contains(c.tags, tag) })
	return tagged && names(c.classes, tr.class) && (c.channels == nil || slices.Contains(c.channels, channel))
}

// full tells whether one more message would be one too many in some window: each
// ends at a message and begins just behind the moment that lies per before.
func (c *limit) full(sent []schemas.Time, more schemas.Time) bool {
	all := append(slices.Clone(sent), more)
	for _, end := range all {
		n := 0
		for _, t := range all {
			if end.Add(-c.per) < t && t <= end {
				n++
			}
		}
		if n > c.max && end.Add(-c.per) < more && more <= end {
			return true
		}
	}
	return false
}
