package state

import (
	"slices"
	"strings"
)

// Trim keeps a customer below MaxBytes. It is called after each event with the
// size of its data, so that the outcome does not depend on how events are
// batched. For nearly every customer that is a sum of a few known sizes; only
// near the bound are the sections measured.
//
// What goes, until 7/8 of MaxBytes are left: decisions that an earlier version has
// kept, untils, goals that wait but for each trigger's latest, the oldest views, view
// counts, watched products, the latest goals, orders, sends, coupons, keys of traits,
// cycles, waiting events, the cart's last items, attributes, and at last strings of the
// profile and of channels that no honest event has. Never a run: for these ask Runs.Room
// before one starts.
func (c *Customer) Trim(eventBytes int) (gone Trimmed) {
	// Beside the runs, sends and traits an event is kept in an order or cart, its cycles and
	// the untils.
	c.grown += 12*eventBytes + 4*kib
	if c.mostSize() <= MaxBytes {
		return gone
	}
	if c.measure() <= MaxBytes {
		return gone
	}
	orders, aliases := c.Orders().Recent, slices.Clone(c.Core().Aliases)
	for _, step := range trimSteps {
		for c.measure() > MaxBytes/8*7 && c.err == nil {
			if !step(c) {
				break
			}
		}
	}
	gone.Orders = orders[len(c.Orders().Recent):]
	gone.Aliases = slices.DeleteFunc(aliases, func(id string) bool { return slices.Contains(c.Core().Aliases, id) })
	return gone
}

// Trimmed is what Trim has dropped that records of others point to.
type Trimmed struct {
	Orders  []Order
	Aliases []string
}

// mostSize is at least the size of all sections.
func (c *Customer) mostSize() int {
	n := c.grown + maxRingBytes
	for s := range c.parts {
		n += c.parts[s].mostSize()
	}
	return n
}

// mostSize reckons anew with what one event, or moment, may add to many times: it may
// end a thousand waits, each with a message and a goal, and count for two hundred traits.
func (p *part) mostSize() int {
	if p.dirty {
		switch v := p.val.(type) {
		case *Core: // one word on a field gives all others their times
			return int(p.size) + v.toldSize()
		case *Runs:
			return v.maxSize() + v.maxDateSize()
		case *Sends:
			return v.maxSize()
		case *Traits:
			return v.maxSize()
		}
	}
	return int(p.size)
}

// measure is the exact size of all sections, encoded, wherever they live, and what the
// decisions may take.
func (c *Customer) measure() int {
	var w writer
	c.takeNotes()
	n := maxRingBytes
	for s := range c.parts {
		p := &c.parts[s]
		switch {
		case p.raw == "" && p.external && p.val == nil:
			c.read(Section(s))
		case p.raw == "" && p.val != nil:
			w.b = w.b[:0]
			if !p.val.blank() {
				p.val.encode(&w)
			}
			p.size = int32(len(w.b))
		}
		n += int(p.size)
	}
	c.grown = 0
	return n
}

// trimSteps drop something each, false if nothing is left to drop.
var trimSteps = []func(*Customer) bool{
	func(c *Customer) bool { return c.drop(DecisionsSection) }, // as earlier versions kept them; slots are small
	func(c *Customer) bool { return dropOld(&c.EditUntils().Events) },
	func(c *Customer) bool { return c.EditSends().dropGoals(1) },
	func(c *Customer) bool { return dropLast(&c.EditViews().Recent) },
	func(c *Customer) bool { return dropLast(&c.EditViews().Counts) },
	func(c *Customer) bool { return dropLast(&c.EditViews().Watched) },
	func(c *Customer) bool { return c.EditSends().dropGoals(0) },
	func(c *Customer) bool { return dropLast(&c.EditOrders().Recent) },
	func(c *Customer) bool { return dropOld(&c.EditSends().Recent) },
	func(c *Customer) bool { return dropLast(&c.EditSends().Coupons) },
	func(c *Customer) bool { return dropOld(&c.EditSends().Open) },
	func(c *Customer) bool { return c.EditTraits().dropHalf() },
	func(c *Customer) bool {
		cycles := c.EditCycles()
		n := len(cycles.SKUs)
		cycles.dropOldest((n + 1) / 2)
		return n > 0
	},
	func(c *Customer) bool { return dropOld(&c.EditEntry().Waiting) },
	func(c *Customer) bool { return dropLast(&c.EditCart().Items) },
	func(c *Customer) bool { return c.EditCore().dropAttributes() },
	func(c *Customer) bool { return c.dropAbsurd() },
}

// dropOld drops the older half of a list that has the oldest first.
func dropOld[T any](list *[]T) bool {
	n := len(*list)
	*list = slices.Clone((*list)[(n+1)/2:])
	return n > 0
}

// dropLast drops the last half of a list.
func dropLast[T any](list *[]T) bool {
	n := len(*list)
	*list = slices.Clone((*list)[:n/2])
	return n > 0
}

// dropGoals drops the older half of each trigger's goals where more than least wait.
func (s *Sends) dropGoals(least int) bool {
	any := false
	for name, t := range s.Triggers {
		if len(t.Goals) > least {
			dropOld(&t.Goals)
			s.SetTrigger(name, t)
			any = true
		}
	}
	return any
}

// dropHalf drops the half of each trait's keys that was touched longest ago; a
// single figure goes too.
func (t *Traits) dropHalf() bool {
	any := len(t.Values) > 0
	for name, trait := range t.Values {
		if trait.Entries = trait.Entries[:len(trait.Entries)/2]; len(trait.Entries) == 0 {
			delete(t.Values, name)
		} else {
			t.Values[name] = Trait{slices.Clone(trait.Entries)}
		}
	}
	return any
}

func (c *Core) dropAttributes() bool {
	before := len(c.Profile.Attributes) + len(c.Told)
	c.Profile.Attributes = nil
	c.Told = slices.DeleteFunc(c.Told, func(t Told) bool { return strings.HasPrefix(t.Field, attributePrefix) })
	return before > len(c.Told)
}

// absurd is longer than any name, address or id may be.
const absurd = kib

func (c *Customer) dropAbsurd() bool {
	before := c.measure()
	core, cart := c.EditCore(), c.EditCart()
	p := &core.Profile
	for _, s := range []*string{&p.Email, &p.Phone, &p.Timezone, &p.Country, &p.Locale, &p.Birthday, &p.ReferredBy, &core.Tier, &cart.ID, &cart.Currency} {
		if len(*s) > absurd {
			*s = ""
		}
	}
	core.Consent = slices.DeleteFunc(core.Consent, func(c Consent) bool { return len(c.Channel)+len(c.Purpose) > absurd })
	core.Suppress = slices.DeleteFunc(core.Suppress, func(s Suppression) bool { return len(s.Channel) > absurd })
	core.Aliases = slices.DeleteFunc(core.Aliases, func(id string) bool { return len(id) > absurd })
	return c.measure() < before
}
