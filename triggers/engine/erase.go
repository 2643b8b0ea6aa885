package engine

import "github.com/beckon-io/beckon/schemas"

// erase deletes everything kept about the customer: here, at its anonymous ids,
// and at the records that point to it. Only the moment stays, to tell older
// events that still arrive.
func (t *turn) erase(at schemas.Time) {
	runs := t.c.Runs().Active
	for i := range runs {
		t.decideRun(&runs[i], at, "", schemas.Ended, schemas.Erased, "", "")
	}
	for i := range t.c.Orders().Recent {
		t.unbind(&t.c.Orders().Recent[i], at)
	}
	t.unwatchAll(at)
	for _, alias := range t.c.Core().Aliases {
		t.mail(Mail{
			Kind: MailEvent, To: alias, Customer: t.c.Subject, At: at,
			Event: &schemas.Event{
				ID: "erase/" + t.c.Subject, Source: t.e.cfg.App, Type: schemas.CustomerErased.String(),
				Kind: schemas.CustomerErased, Subject: alias, Time: at, Raw: []byte("{}"),
			},
		})
	}
	t.c.Erase(at)
}

// eraseAlias is what the owner's erasure means for an anonymous id. Where the
// id belongs to somebody else by now, it is theirs to erase.
func (t *turn) eraseAlias(m Mail) {
	if t.c.Core().AliasOf == m.Customer {
		t.c.Erase(m.Event.Time)
	}
}
