package console

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Explain makes an Explanation of a record. rules are those in use; product
// knows of skus and may be nil.
func Explain(c *state.Customer, rules *rule.Set, product func(string) *state.Product) *Explanation {
	core := c.Core()
	e := &Explanation{
		Customer: c.Subject, Known: core.CreatedAt != 0 || core.AliasOf != "" || core.ErasedAt != 0,
		AliasOf: core.AliasOf, ErasedAt: core.ErasedAt, CreatedAt: core.CreatedAt, LastSeenAt: core.LastSeenAt,
		Points: core.Points, Tier: core.Tier,
		Waits: []Wait{}, Sends: []Send{}, Decisions: []Decision{},
	}
	e.profile(core)
	e.shop(c)
	e.waits(c.Runs(), rules)
	e.past(c)
	e.cycles(c, rules, product)
	return e
}

func (e *Explanation) profile(core *state.Core) {
	p := &core.Profile
	e.Profile = Profile{
		Email: maskEmail(p.Email), Phone: maskPhone(p.Phone),
		Country: p.Country, Locale: p.Locale, Timezone: p.Timezone,
	}
	if _, monthAndDay, ok := strings.Cut(p.Birthday, "-"); ok {
		e.Profile.Birthday = monthAndDay
	}
	for _, c := range core.Consent {
		e.Consent = append(e.Consent, Consent{c.Channel, c.Purpose, c.Granted, c.At})
	}
	for _, s := range core.Suppress {
		e.Suppression = append(e.Suppression, Suppression{s.Channel, s.Bounced, s.Complained})
	}
}

// maskEmail keeps the first character and the host: a…@example.org.
func maskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return maskPhone(s)
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n] + "…" + s[at:]
}

// maskPhone keeps the last two characters.
func maskPhone(s string) string {
	if len(s) <= 2 {
		return strings.Repeat("…", min(1, len(s)))
	}
	return "…" + strings.ToValidUTF8(s[len(s)-2:], "")
}

// shop is what the customer did: cart, views, orders.
func (e *Explanation) shop(c *state.Customer) {
	if cart := c.Cart(); !cart.Empty() {
		e.Cart = &Cart{ID: cart.ID, Total: cart.Total.String(), Currency: cart.Currency, UpdatedAt: cart.UpdatedAt}
		for _, it := range cart.Items {
			e.Cart.Items = append(e.Cart.Items, Item{it.SKU, it.Quantity.String(), it.Price.String()})
		}
	}
	for _, v := range c.Views().Recent {
		e.Views = append(e.Views, View{v.SKU, v.At})
	}
	for _, w := range c.Views().Watched {
		e.Watches = append(e.Watches, View{w.SKU, w.At})
	}
	orders := c.Orders()
	e.Orders = Orders{Count: orders.Count, Revenue: orders.Revenue.String(), FirstAt: orders.FirstAt, LastAt: orders.LastAt}
	for _, o := range orders.Recent {
		e.Orders.Recent = append(e.Orders.Recent, Order{o.ID, o.At, o.Total.String(), o.Currency, o.Status.String(), o.PromisedAt})
	}
}

func (e *Explanation) waits(runs *state.Runs, rules *rule.Set) {
	for i := range runs.Active {
		r := &runs.Active[i]
		w := Wait{
			Trigger: r.Trigger, Version: r.Version, Key: r.Key, Run: r.ID, Due: r.Due, HeldSince: r.Held,
			StartedAt: r.StartedAt, EventID: r.Start.ID, EventType: r.Start.Type, Sent: r.Sent, Variant: r.Variant,
			Paused: rules.Paused(r.Trigger), Again: r.Again,
		}
		if t := rules.Version(r.Trigger, r.Version); t != nil && r.Op >= 0 && r.Op < len(t.Steps) {
			w.Step = t.Steps[r.Op].Path
		}
		e.Waits = append(e.Waits, w)
	}
	slices.SortFunc(e.Waits, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Trigger, b.Trigger), cmp.Compare(a.Key, b.Key))
	})
}

// past is what was sent and decided, newest first.
func (e *Explanation) past(c *state.Customer) {
	for _, s := range slices.Backward(c.Sends().Recent) {
		e.Sends = append(e.Sends, Send{s.At, s.Trigger, s.Channel, s.Class, s.CommandID})
	}
	for _, d := range slices.Backward(c.Decisions()) {
		e.Decisions = append(e.Decisions, Decision{
			Time: d.Time, Trigger: d.Trigger, Version: d.Version, Key: d.Key, Step: d.Step, Outcome: d.Outcome.String(),
			Reason: d.Reason.String(), CommandID: d.CommandID, EventID: d.EventID, Detail: d.Detail,
		})
	}
}

// cycles are those of skus bought on two days or more; of the rest there is nothing
// to explain.
func (e *Explanation) cycles(c *state.Customer, rules *rule.Set, product func(string) *state.Product) {
	for _, p := range c.Cycles().SKUs {
		if len(p.Days) < 2 {
			continue
		}
		l := engine.Learn(c, p.SKU, rules, product)
		e.Cycles = append(e.Cycles, Cycle{SKU: p.SKU, Days: l.Days, Source: l.Source.String(), Gaps: l.Gaps})
	}
}
