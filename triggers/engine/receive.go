package engine

import "github.com/beckon-io/beckon/schemas"

// receive lets mail happen. Mail that this version does not know, or that lacks
// what its kind needs, does nothing: it can only come from a newer version.
func (t *turn) receive(m Mail) {
	if m.Event == nil && (m.Kind == MailEvent || m.Kind == MailLookup || m.Kind == MailProduct) {
		return
	}
	switch m.Kind {
	case MailEvent:
		if m.Event.Kind == schemas.CustomerErased && m.Customer != "" {
			t.eraseAlias(m)
			return
		}
		var hops byte
		hops, t.depth = wayOf(m)
		t.apply(m.Event, hops)
	case MailLookup:
		if len(m.Payload) > 0 {
			t.takeBack(m.Event)
			return
		}
		t.apply(m.Event, 0)
	case MailBind:
		t.bound(m)
	case MailMergeAsk:
		t.giveUp(m)
	case MailMerge:
		t.merge(m)
	case MailLimit:
		if _, _, internal := isInternal(t.c.Subject); internal {
			t.grant(m)
			return
		}
		t.granted(m)
	case MailLimitDeny:
		t.denied(m)
	case MailProduct:
		switch {
		case IsCustomer(t.c.Subject):
			t.hear(m)
		case m.ToAll:
			t.learnProduct(m.Event)
		default:
			t.tell(m)
		}
	case MailWatch:
		t.watch(m)
	}
}
