package policy

import "github.com/beckon-io/beckon/schemas"

// Bounded tells whether some cap counts the messages on a channel of both of
// two triggers, by the class of both and the tags of each.
func (p *Policy) Bounded(channel string, class schemas.Class, one, other []string) bool {
	for i := range p.Caps {
		if c := &p.Caps[i]; c.counts(channel, class, one) && c.counts(channel, class, other) {
			return true
		}
	}
	return false
}
