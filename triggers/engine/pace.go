package engine

import "github.com/beckon-io/beckon/schemas"

// A channel's rate is a matter of the wall clock and of what others send, so it
// may move when a command goes out and nothing else: a send that is turned away
// stays due when it was, and at its next turn everything is checked again. Only
// a message that would have expired by then is given up.

// pace asks whether a message may go out now. One that could not wait does not ask: a
// few over the rate are better than one that is lost.
func (t *turn) pace(s *sending, channel string) (again schemas.Time) {
	perSecond := t.set.Policy.Rate[channel]
	if perSecond == 0 || t.env.Pace == nil || t.full {
		return 0
	}
	return t.env.Pace(channel, perSecond, s.tr.Class, s.queued)
}

// postpone lets the run stand at the step until its turn comes. Of a list of
// channels those given are still to be decided.
func (t *turn) postpone(s *sending, again schemas.Time, channels []string, detail string) next {
	if again.Sub(s.due) > s.expires() {
		return t.skip(s, schemas.Stale, detail+": over the rate for longer than it may wait")
	}
	if !s.queued {
		t.decideRun(s.r, s.r.At, s.op.Path, schemas.Held, 0, "", detail+": over the rate")
	}
	s.r.Due, s.r.Held, s.r.HeldChannels, s.r.Again = s.r.At, s.due, channels, again
	return waits
}
