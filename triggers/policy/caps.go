package policy

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// capped is FrequencyCap or LowerPriority if one of the caps has no room for
// the message, zero if all have.
func (p *Policy) capped(sends *state.Sends, m Message) schemas.Reason {
	for i := range p.Caps {
		c := &p.Caps[i]
		if !c.counts(m.Channel, m.Class, m.Tags) || c.room(sends.Recent, m, false) {
			continue
		}
		if c.room(sends.Recent, m, true) {
			return schemas.LowerPriority
		}
		return schemas.FrequencyCap
	}
	return 0
}

// Needs tells whether some cap still counts a message at an instant: the ledger has room
// for so many, and lets the others go first.
func (p *Policy) Needs(sent *state.Sent, at schemas.Time) bool {
	for i := range p.Caps {
		if c := &p.Caps[i]; at.Sub(sent.At) < c.Per && c.counts(sent.Channel, sent.Class, sent.Tags) {
			return true
		}
	}
	return false
}

// counts tells whether a message falls under the cap.
func (c *Cap) counts(channel string, class schemas.Class, tags []string) bool {
	if len(c.Channels) > 0 && !slices.Contains(c.Channels, channel) {
		return false
	}
	if len(c.Classes) > 0 && !slices.Contains(c.Classes, class) {
		return false
	}
	if len(c.Classes) == 0 && class == schemas.Transactional {
		return false
	}
	if len(c.Tags) == 0 {
		return true
	}
	return slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(c.Tags, tag) })
}

// room tells whether every window of the cap's length that holds the message
// stays within Max. Besides the window that ends with the message these are the
// ones that end with a later send: a late event's message joins a ledger that
// is ahead of it. With unpreferred the sends of the same instant and a higher
// priority are left out.
func (c *Cap) room(sent []state.Sent, m Message, unpreferred bool) bool {
	if !c.roomUpTo(m.At, sent, m, unpreferred) {
		return false
	}
	for i := len(sent) - 1; i >= 0 && sent[i].At > m.At; i-- {
		if sent[i].At.Sub(m.At) < c.Per && !c.roomUpTo(sent[i].At, sent, m, unpreferred) {
			return false
		}
	}
	return true
}

// roomUpTo looks at the one window (end-Per, end].
func (c *Cap) roomUpTo(end schemas.Time, sent []state.Sent, m Message, unpreferred bool) bool {
	n := 0
	for i := range sent {
		s := &sent[i]
		if s.At > end || end.Sub(s.At) >= c.Per || !c.counts(s.Channel, s.Class, s.Tags) {
			continue
		}
		if unpreferred && s.At == m.At && s.Priority > m.Priority {
			continue
		}
		n++
	}
	return n < c.Max
}
