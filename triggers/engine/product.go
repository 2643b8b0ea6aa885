package engine

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// catalogued keeps a product's latest facts at its home, tells the other tasks when a
// fact changed that customers' decisions need, and those who watch the product
// when its price or stock did. Of equal times the later in the log counts.
func (t *turn) catalogued(ev *schemas.Event) {
	old := t.c.Entry().Product
	if ev.Time < old.At {
		return
	}
	now := updatedProduct(old, ev)
	t.c.EditEntry().Product = now
	if now.ReplenishDays != old.ReplenishDays || now.Category != old.Category || now.LowMargin != old.LowMargin ||
		now.SoldOut() != old.SoldOut() {
		t.mail(Mail{Kind: MailProduct, To: t.c.Subject, ToAll: true, Event: factsAlone(ev), At: ev.Time})
	}
	if now.Price.Cmp(old.Price) != 0 || now.Currency != old.Currency || now.Stock != old.Stock || now.HasStock != old.HasStock {
		t.announce(changeOf(ev, &old, &now))
	}
}

// productFacts are what updatedProduct looks at.
var productFacts = []string{"price", "currency", "category", "stock", "replenish_days", "low_margin"}

// factsAlone is an event as the other tasks need it. There may be hundreds of them, and shops
// describe their products at length.
func factsAlone(ev *schemas.Event) *schemas.Event {
	var data map[string]json.RawMessage
	if json.Unmarshal(ev.Raw, &data) != nil {
		return ev
	}
	maps.DeleteFunc(data, func(name string, _ json.RawMessage) bool { return !slices.Contains(productFacts, name) })
	raw, err := json.Marshal(data)
	if err != nil {
		return ev
	}
	facts, err := schemas.FromData(ev.ID, ev.Source, ev.Type, ev.Subject, ev.Time, raw)
	if err != nil {
		return ev
	}
	return facts
}

// updatedProduct is a product after an event; absent fields stay.
func updatedProduct(p state.Product, ev *schemas.Event) state.Product {
	p.At = ev.Time
	if ev.Present.Has(priceField) {
		p.Price = ev.Price
	}
	if ev.Currency != "" {
		p.Currency = ev.Currency
	}
	if ev.Category != "" {
		p.Category = ev.Category
	}
	if ev.Present.Has(stockField) {
		p.Stock, p.HasStock = ev.Stock, true
	}
	if ev.Present.Has(replenishField) {
		p.ReplenishDays = ev.ReplenishDays
	}
	if ev.Present.Has(lowMarginField) {
		p.LowMargin = ev.LowMargin
	}
	return p
}

// learnProduct is a task's own copy following the catalogue.
func (t *turn) learnProduct(ev *schemas.Event) {
	if old := t.c.Entry().Product; ev.Time >= old.At {
		t.c.EditEntry().Product = updatedProduct(old, ev)
	}
}
