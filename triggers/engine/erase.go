package engine

import (
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// erase deletes everything kept about the customer: here, at its anonymous ids,
// and at the records that point to it. Messages that may be called off are. Only
// the moment stays, to tell older events that still arrive.
func (t *turn) erase(ev *schemas.Event) {
	at := ev.Time
	runs := slices.Clone(t.c.Runs().Active)
	slices.SortFunc(runs, func(a, b state.Run) int {
		return cmp.Or(
			cmp.Compare(priority(t.judged(&b).tr), priority(t.judged(&a).tr)),
			cmp.Compare(a.Trigger, b.Trigger), cmp.Compare(a.Key, b.Key),
		)
	})
	for i := range runs {
		t.decideRun(&runs[i], at, "", schemas.Ended, schemas.Erased, "", "")
	}
	for _, m := range t.c.Sends().Open {
		if at < m.ExpiresAt {
			t.callOff(&m, ev, schemas.Erased)
		}
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
