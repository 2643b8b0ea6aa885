package engine

import (
	"github.com/beckon-io/beckon/schemas"
)

// feedback takes what the delivery service reports into account: a message that
// anything was heard of can't be called off any more, and bounces, complaints and
// unsubscriptions speak against their channel. Who unsubscribes from a message that is
// not known any more, on a channel that nobody names, hears nothing on any.
func (t *turn) feedback(ev *schemas.Event) {
	t.settled(schemas.CommandID(ev.CommandID))
	if k := ev.Kind; k != schemas.MessageBounced && k != schemas.MessageComplained && k != schemas.MessageUnsubscribed {
		return
	}
	channel := ev.Channel
	if channel == "" {
		channel = t.channelOf(schemas.CommandID(ev.CommandID))
	}
	if channel == "" && ev.Kind != schemas.MessageUnsubscribed {
		return
	}
	switch s := t.c.EditCore().Suppression(channel); ev.Kind {
	case schemas.MessageBounced:
		s.Bounced++
	case schemas.MessageComplained:
		s.Complained++
	default:
		s.Unsubscribed = max(s.Unsubscribed, ev.Time)
	}
}

// channelOf is the channel of a recent message, empty if it is not known.
func (t *turn) channelOf(id schemas.CommandID) string {
	for _, s := range t.c.Sends().Recent {
		if s.CommandID == id && id != "" {
			return s.Channel
		}
	}
	return ""
}
