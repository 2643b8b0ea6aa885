package engine

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/expr"
)

// A change of a product goes to those who watch it, who may be a million. So the
// product tells them in chunks: each ends with mail to itself that says where to
// go on. That mail waits its turn like any other, so events and waits of the
// task come in between, and it is in the log, so a restart goes on there.
//
// Watchers are read as they are committed. One who has come since the change, or
// whose mail was slow, is told when it arrives (see watch); that may tell some
// twice, of which they hear once (see hear).

// tellChunk bounds the watchers told in one go: some 200 KB of mail.
const tellChunk = 500

// maxChange bounds the data of a change, which is written for each watcher: what
// the shop's event has beyond the schema is left out where it is larger.
const maxChange = 16 << 10

// changeOf is product.updated as watchers see it: the product as it stands after
// the event, and what was known of it before; a price in another currency is no
// price to compare with. Fields that the shop's event has beyond the schema come
// along.
func changeOf(ev *schemas.Event, old, now *state.Product) *schemas.Event {
	if len(ev.Raw) <= maxChange {
		if change, err := changeWith(ev.Raw, ev, old, now); err == nil {
			return change
		}
	}
	change, err := changeWith([]byte("{}"), ev, old, now)
	if err != nil {
		panic("a change of nothing but figures: " + err.Error())
	}
	return change
}

// changeWith makes the change from the shop's data.
func changeWith(raw []byte, ev *schemas.Event, old, now *state.Product) (*schemas.Event, error) {
	var data map[string]json.RawMessage
	if err := json.Unmarshal(raw, &data); err != nil {
		return nil, err
	}
	put := func(name string, known bool, value string) {
		delete(data, name)
		if known {
			data[name] = json.RawMessage(value)
		}
	}
	put("sku", true, string(schemas.AppendQuoted(nil, ev.Subject)))
	put("price", !now.Price.IsZero() || ev.Present.Has(priceField), strconv.Quote(now.Price.String()))
	put("currency", nameable(now.Currency), string(schemas.AppendQuoted(nil, now.Currency)))
	put("category", nameable(now.Category), string(schemas.AppendQuoted(nil, now.Category)))
	put("stock", now.HasStock, strconv.FormatInt(now.Stock, 10))
	put("replenish_days", !now.ReplenishDays.IsZero(), now.ReplenishDays.String())
	put("low_margin", now.LowMargin, "true")
	put("previous_price", !old.Price.IsZero() && old.Currency == now.Currency, strconv.Quote(old.Price.String()))
	put("previous_stock", old.HasStock, strconv.FormatInt(old.Stock, 10))
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	change, err := schemas.FromData(ev.ID, ev.Source, ev.Type, ev.Subject, ev.Time, raw)
	if err != nil {
		return nil, err
	}
	change.TraceParent, change.TraceState = ev.TraceParent, ev.TraceState
	return change, nil
}

// nameable tells a name from nothing, and from what is longer than any name.
func nameable(s string) bool { return s != "" && len(s) <= schemas.MaxSubjectBytes }

// announce begins to tell the watchers of a change, if it can mean anything to
// any of them.
func (t *turn) announce(change *schemas.Event) {
	if !t.e.watching || !t.matters(change) {
		return
	}
	t.c.EditEntry().Product.Change = schemas.AppendEvent(nil, change)
	t.tellOn(change, "")
}

// matters asks the conditions that look at the event alone, once for all
// watchers: where all of them say no, nobody need be told. It only saves work.
// What stored versions end by is not known here.
func (t *turn) matters(change *schemas.Event) bool {
	if t.set.StoredEnds(change.Type) {
		return true
	}
	t.in.Event, t.in.Now = change, change.Time
	for _, tr := range t.set.StartsOn(change.Type) {
		if t.mayHold(tr.Start.When) {
			return true
		}
	}
	for _, tr := range t.set.UntilOn(change.Type) {
		for i := range tr.Until {
			if u := &tr.Until[i]; slices.Contains(u.On, change.Type) && t.mayHold(u.When) {
				return true
			}
		}
		if g := tr.Goal; g != nil && slices.Contains(g.On, change.Type) && t.mayHold(g.When) {
			return true
		}
	}
	for _, trait := range t.e.traitsOn[change.Type] {
		if t.mayHold(trait.When) {
			return true
		}
	}
	return false
}

// mayHold tells whether a condition can hold for any customer. An error is for
// each to come upon.
func (t *turn) mayHold(x *expr.Expr) bool {
	if x == nil || x.Uses("customer") || x.Uses("run") || x.Uses("item") {
		return true
	}
	ok, err := x.Bool(&t.in)
	return ok || err != nil
}

// tellOn mails the product that the watchers after one are to be told.
func (t *turn) tellOn(change *schemas.Event, after string) {
	t.mail(Mail{Kind: MailProduct, To: t.c.Subject, Event: change, Payload: append([]byte{0}, after...), At: change.Time})
}

// tell tells the next watchers. Who began to watch after the change has seen the
// product as it is now.
func (t *turn) tell(m Mail) {
	if t.env.Watchers == nil || len(m.Payload) == 0 {
		return
	}
	prefix := watchersOf(m.Event.Subject)
	page := t.env.Watchers(prefix, string(m.Payload[1:]), tellChunk)
	for _, c := range page {
		if w := c.Entry().Watcher; w.Since <= m.Event.Time && m.Event.Time <= w.Until {
			t.mail(Mail{Kind: MailProduct, To: c.Subject[len(prefix):], Event: m.Event, At: m.Event.Time})
		}
	}
	if len(page) == tellChunk {
		t.tellOn(m.Event, page[len(page)-1].Subject)
	}
}

// hear lets a change happen to a customer who watches the product, once.
func (t *turn) hear(m Mail) {
	core := t.c.Core()
	if hops, _ := wayOf(m); core.AliasOf != "" && hops < maxHops {
		t.mail(Mail{Kind: MailProduct, To: core.AliasOf, Event: m.Event, Payload: []byte{hops + 1, 0}, At: m.At})
		return
	}
	if t.c.Views().Watching(m.Event.Subject) < 0 || core.EventIDs.Has(state.EventHash(m.Event.Source, m.Event.ID)) {
		return
	}
	t.apply(m.Event, maxHops)
}
