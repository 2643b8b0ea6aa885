package state

import (
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/beckon-io/beckon/schemas"
)

// The methods of this file keep the bounded lists of a customer in order and
// within their bounds. What a list's order is stays true whatever the order of
// the events; what an event means is the engine's business. Pointers they
// return are valid until the next change of the same list.

// EventHash is what EventIDs keep of an event. It is stored: the function never
// changes (xxHash64 of source, NUL, id).
func EventHash(source, id string) uint64 {
	var b [256]byte
	return xxhash.Sum64(append(append(append(b[:0], source...), 0), id...))
}

// Has tells whether the event was among the last ones.
func (ids EventIDs) Has(hash uint64) bool { return slices.Contains(ids, hash) }

// Add appends an event, which pushes out the oldest where the list is full.
func (ids *EventIDs) Add(hash uint64) { *ids = push(*ids, hash, MaxEventIDs) }

// Merge adds those that were kept under another id. Which came first nobody knows: of
// either the latest stay, half of the room each where both have more.
func (ids *EventIDs) Merge(others EventIDs) {
	var all EventIDs
	ours := *ids
	for i := range MaxEventIDs { // from the newest one
		for _, list := range []EventIDs{ours, others} {
			if at := len(list) - 1 - i; at >= 0 && len(all) < MaxEventIDs && !all.Has(list[at]) {
				all = append(all, list[at])
			}
		}
	}
	slices.Reverse(all)
	*ids = all
}

// push appends to a list that holds most elements, the oldest first.
func push[T any](list []T, v T, most int) []T {
	if over := len(list) + 1 - most; over > 0 {
		n := copy(list, list[over:])
		clear(list[n:])
		list = list[:n]
	}
	return append(list, v)
}

// texts are the profile's, in the order of ProfileFields.
func (p *Profile) texts() [7]*string {
	return [...]*string{&p.Email, &p.Phone, &p.Timezone, &p.Country, &p.Locale, &p.Birthday, &p.ReferredBy}
}

// ProfileFields are the names of the profile's texts in events.
var ProfileFields = [7]string{"email", "phone", "timezone", "country", "locale", "birthday", "referred_by"}

// ConsentFor is the newest answer for a channel and purpose, nil if there was
// none.
func (c *Core) ConsentFor(channel, purpose string) *Consent {
	for i := range c.Consent {
		if c.Consent[i].Channel == channel && c.Consent[i].Purpose == purpose {
			return &c.Consent[i]
		}
	}
	return nil
}

// Answer is what the customer says to messages on a channel for a purpose, nil if
// nothing. An answer counts if its channel and its purpose are these or empty, which
// means all. The newest one decides, and of two of the same moment the refusal.
func (c *Core) Answer(channel, purpose string) *Consent {
	var newest *Consent
	for i := range c.Consent {
		a := &c.Consent[i]
		if a.Channel != channel && a.Channel != "" || a.Purpose != purpose && a.Purpose != "" {
			continue
		}
		if newest == nil || a.At > newest.At || a.At == newest.At && !a.Granted {
			newest = a
		}
	}
	return newest
}

// SetConsent takes an answer unless a newer one is known, or a refusal of the same
// moment.
func (c *Core) SetConsent(answer Consent) bool {
	known := c.ConsentFor(answer.Channel, answer.Purpose)
	switch {
	case known == nil:
		c.Consent = push(c.Consent, answer, MaxConsents)
	case answer.At < known.At, answer.At == known.At && !known.Granted:
		return false
	default:
		*known = answer
	}
	return true
}

// Suppressed is what speaks against a channel, zero if nothing does.
func (c *Core) Suppressed(channel string) Suppression {
	for i := range c.Suppress {
		if c.Suppress[i].Channel == channel {
			return c.Suppress[i]
		}
	}
	return Suppression{Channel: channel}
}

// Suppression is the channel's entry, a new one if there was none.
func (c *Core) Suppression(channel string) *Suppression {
	for i := range c.Suppress {
		if c.Suppress[i].Channel == channel {
			return &c.Suppress[i]
		}
	}
	c.Suppress = push(c.Suppress, Suppression{Channel: channel}, MaxChannels)
	return &c.Suppress[len(c.Suppress)-1]
}

// AddAlias notes an anonymous id that was identified as this customer. It gives the one
// that was pushed out for it, empty if none was.
func (c *Core) AddAlias(id string) (gone string) {
	if slices.Contains(c.Aliases, id) {
		return ""
	}
	if len(c.Aliases) >= MaxAliases {
		gone = c.Aliases[0]
	}
	c.Aliases = push(c.Aliases, id, MaxAliases)
	return gone
}

// cut shortens a list to its first most elements.
func cut[T any](list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	clear(list[most:])
	return list[:most]
}

// Find is the order with an id, nil if it is not among the latest.
func (o *Orders) Find(id string) *Order {
	for i := range o.Recent {
		if o.Recent[i].ID == id {
			return &o.Recent[i]
		}
	}
	return nil
}

// Insert puts an order at its place by time, instead of an earlier version with
// its id. Nil where it is older than the latest MaxRecentOrders. An order whose
// time is not known yet stands at the time of its status.
func (o *Orders) Insert(order Order) *Order {
	o.Recent = slices.DeleteFunc(o.Recent, func(x Order) bool { return x.ID == order.ID })
	at := slices.IndexFunc(o.Recent, func(x Order) bool { return x.standsAt() <= order.standsAt() })
	if at < 0 {
		at = len(o.Recent)
	}
	if at >= MaxRecentOrders {
		return nil
	}
	o.Recent = cut(slices.Insert(o.Recent, at, order), MaxRecentOrders)
	return &o.Recent[at]
}

func (o *Order) standsAt() schemas.Time {
	if o.At != 0 {
		return o.At
	}
	return o.StatusAt
}

// Add notes a purchase of a product on a day; the category, if given, is the
// latest. Where MaxSKUs are known the product bought longest ago is forgotten.
func (c *Cycles) Add(sku, category string, day int32) {
	at, known := c.find(sku)
	if !known && len(c.SKUs) >= MaxSKUs {
		c.dropOldest(len(c.SKUs) + 1 - MaxSKUs)
		at, _ = c.find(sku)
	}
	if !known {
		c.SKUs = slices.Insert(c.SKUs, at, Purchases{SKU: sku})
	}
	p := &c.SKUs[at]
	if category != "" {
		p.Category = category
	}
	p.Add(day)
}

// Of is what is known of a sku, zero if nothing.
func (c *Cycles) Of(sku string) Purchases {
	if at, known := c.find(sku); known {
		return c.SKUs[at]
	}
	return Purchases{SKU: sku}
}

func (c *Cycles) find(sku string) (at int, known bool) {
	return slices.BinarySearchFunc(c.SKUs, sku, func(p Purchases, sku string) int { return strings.Compare(p.SKU, sku) })
}

// dropOldest forgets the n products bought longest ago, of equals the first.
func (c *Cycles) dropOldest(n int) {
	if n = min(n, len(c.SKUs)); n == 0 {
		return
	}
	days := make([]int32, len(c.SKUs))
	for i := range c.SKUs {
		days[i] = c.SKUs[i].last()
	}
	slices.Sort(days)
	limit := days[n-1]
	older, _ := slices.BinarySearch(days, limit)
	equals := n - older
	c.SKUs = slices.DeleteFunc(c.SKUs, func(p Purchases) bool {
		switch day := p.last(); {
		case day == limit && equals > 0:
			equals--
			return true
		default:
			return day < limit
		}
	})
}

func (p *Purchases) last() int32 {
	if len(p.Days) == 0 {
		return 0
	}
	return p.Days[len(p.Days)-1]
}

// Add notes a day, false if it was known or is older than the last
// MaxPurchaseDays.
func (p *Purchases) Add(day int32) bool {
	at, known := slices.BinarySearch(p.Days, day)
	if known || at == 0 && len(p.Days) == MaxPurchaseDays {
		return false
	}
	p.Days = slices.Insert(p.Days, at, day)
	if over := len(p.Days) - MaxPurchaseDays; over > 0 {
		p.Days = slices.Delete(p.Days, 0, over)
	}
	return true
}

// Add notes a message at its place by due_at. Of more than MaxSends the oldest goes that
// is not needed any more at the time of the newest; where all are needed they stay, up to
// MaxNeededSends. The newest stays: a limit may be about to answer for it.
func (s *Sends) Add(sent Sent, needed func(s *Sent, newest schemas.Time) bool) {
	s.Recent = insert(s.Recent, sent, MaxNeededSends+1, func(a Sent) schemas.Time { return a.At })
	for len(s.Recent) > MaxSends {
		last := len(s.Recent) - 1
		newest := s.Recent[last].At
		out := slices.IndexFunc(s.Recent[:last], func(sent Sent) bool { return !needed(&sent, newest) })
		if out < 0 && len(s.Recent) <= MaxNeededSends {
			return
		}
		s.Recent = slices.Delete(s.Recent, max(out, 0), max(out, 0)+1)
	}
}

// insert puts v at its place by time, after its equals, in a list that holds
// most elements, the oldest first.
func insert[T any](list []T, v T, most int, at func(T) schemas.Time) []T {
	i := len(list)
	for i > 0 && at(list[i-1]) > at(v) {
		i--
	}
	if i == 0 && len(list) >= most {
		return list
	}
	if i == len(list) {
		return push(list, v, most)
	}
	list = slices.Insert(list, i, v)
	if over := len(list) - most; over > 0 {
		list = slices.Delete(list, 0, over)
	}
	return list
}

// Trigger is what is known of one trigger's messages, zero if nothing.
func (s *Sends) Trigger(name string) TriggerSends { return s.Triggers[name] }

// SetTrigger replaces it; what is zero is forgotten.
func (s *Sends) SetTrigger(name string, t TriggerSends) {
	if t.FirstAt == 0 && len(t.Once) == 0 && len(t.Goals) == 0 {
		delete(s.Triggers, name)
		return
	}
	if s.Triggers == nil {
		s.Triggers = make(map[string]TriggerSends)
	}
	s.Triggers[name] = t
}

// AddOnce notes a template that was sent.
func (t *TriggerSends) AddOnce(template string) {
	if !slices.Contains(t.Once, template) {
		t.Once = append(t.Once, template)
	}
}

// AddGoal notes a message that may convert; the one sent longest ago goes
// where MaxGoals wait.
func (t *TriggerSends) AddGoal(g Goal) {
	t.Goals = insert(t.Goals, g, MaxGoals, func(g Goal) schemas.Time { return g.SentAt })
}

// Add notes an event at its place by time.
func (u *Untils) Add(e StartEvent) {
	u.Events = insert(u.Events, e, MaxUntils, func(e StartEvent) schemas.Time { return e.Time })
}

// KeepUntil adds an event to the untils and forgets those that are longer before the
// newest than kept. Where that is all of them they are not read.
func (c *Customer) KeepUntil(e StartEvent, kept time.Duration) {
	if c.NewestUntil() < e.Time.Add(-kept) {
		c.drop(UntilsSection)
	}
	untils := c.EditUntils()
	untils.Add(e)
	if limit := untils.newest().Add(-kept); untils.Events[0].Time < limit {
		untils.Events = slices.DeleteFunc(untils.Events, func(e StartEvent) bool { return e.Time < limit })
	}
}

// Set keeps an entry of a trait: it becomes the latest; of more than most the
// one touched longest ago goes.
func (t *Traits) Set(name string, entry TraitEntry, most int) {
	if t.Values == nil {
		t.Values = make(map[string]Trait)
	}
	entries := t.Values[name].Entries
	at := slices.IndexFunc(entries, func(e TraitEntry) bool { return e.Key == entry.Key })
	if at < 0 {
		at = len(entries)
		entries = append(entries, TraitEntry{})
	}
	copy(entries[1:], entries[:at])
	entries[0] = entry
	t.Values[name] = Trait{Entries: cut(entries, max(most, 1))}
}

// Find is the entry of a trait for a key, empty where the trait has no `by`.
func (t *Traits) Find(name, key string) (TraitEntry, bool) {
	for _, e := range t.Values[name].Entries {
		if e.Key == key {
			return e, true
		}
	}
	return TraitEntry{}, false
}

// AddWaiting keeps an event until the order is known whose it is.
func (e *Entry) AddWaiting(event []byte) { e.Waiting = push(e.Waiting, event, MaxWaiting) }

// SoldOut tells whether the catalogue says that there is none left.
func (p *Product) SoldOut() bool { return p.HasStock && p.Stock <= 0 }
