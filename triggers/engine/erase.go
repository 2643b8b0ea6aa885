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
	t.unwatchAll(at)
	for _, alias := range t.c.Core().Aliases {
		t.mailAlias(alias, at, nil)
	}
	t.wipe(at)
}

// wipe deletes what is kept here, and what points to it.
func (t *turn) wipe(at schemas.Time) {
	recent := t.c.Orders().Recent
	t.c.Erase(at)
	for i := range recent {
		t.unbind(&recent[i], at)
	}
}

// mailAlias erases an anonymous id of the customer, or dissolves it.
func (t *turn) mailAlias(alias string, at schemas.Time, payload []byte) {
	t.mail(Mail{
		Kind: MailEvent, To: alias, Customer: t.c.Subject, At: at, Payload: payload,
		Event: &schemas.Event{
			ID: "erase/" + t.c.Subject, Source: t.e.cfg.App, Type: schemas.CustomerErased.String(),
			Kind: schemas.CustomerErased, Subject: alias, Time: at, Raw: []byte("{}"),
		},
	})
}

// dissolved, as the payload of an alias' erasure, says that its owner lives and has no
// room for it any more: nothing that it did is to be dropped. Earlier versions erase it.
var dissolved = []byte{1}

// dissolve lets an anonymous id go that the customer does not remember any more. It is
// somebody of its own from then on, until it is identified again: the customer's erasure
// would not reach it.
func (t *turn) dissolve(alias string, at schemas.Time) { t.mailAlias(alias, at, dissolved) }

// addAlias remembers an anonymous id. The one that was added first goes where there are
// too many.
func (t *turn) addAlias(id string, at schemas.Time) {
	if gone := t.c.EditCore().AddAlias(id); gone != "" {
		t.dissolve(gone, at)
	}
}

// eraseAlias is what the owner's erasure means for an anonymous id. Where the
// id belongs to somebody else by now, it is theirs to erase.
func (t *turn) eraseAlias(m Mail) {
	switch {
	case t.c.Core().AliasOf != m.Customer:
	case len(m.Payload) > 0: // dissolved
		if t.c.Core().LastSeenAt <= m.At {
			t.c.EditCore().AliasOf = ""
		}
	default:
		t.wipe(m.Event.Time)
	}
}
