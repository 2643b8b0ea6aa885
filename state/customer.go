package state

import "github.com/beckon-io/beckon/schemas"

// Section numbers a part of a customer's record. The numbers are stored: they
// are never reused.
type Section uint8

// The sections.
const (
	CoreSection Section = iota
	CartSection
	ViewsSection
	OrdersSection
	CyclesSection
	RunsSection
	SendsSection
	TraitsSection
	UntilsSection
	DecisionsSection
	EntrySection
	numSections
)

// Customer is one customer's record, decoded as far as it was asked for. Get
// methods return the section to read; Edit methods return it to change and
// mark it dirty. Not safe for concurrent use.
type Customer struct {
	Subject string

	core      slot[Core]
	cart      slot[Cart]
	views     slot[Views]
	orders    slot[Orders]
	cycles    slot[Cycles]
	runs      slot[Runs]
	sends     slot[Sends]
	traits    slot[Traits]
	untils    slot[Untils]
	decisions slot[Decisions]
	entry     slot[Entry]
}

// slot is one section: its value, once decoded, and whether it was edited.
type slot[T any] struct {
	val   *T
	dirty bool
}

func (s *slot[T]) get() *T {
	if s.val == nil {
		s.val = new(T)
	}
	return s.val
}

func (s *slot[T]) edit() *T {
	s.dirty = true
	return s.get()
}

// New is a customer nothing is known about yet.
func New(subject string) *Customer { return &Customer{Subject: subject} }

func (c *Customer) Core() *Core           { return c.core.get() }
func (c *Customer) Cart() *Cart           { return c.cart.get() }
func (c *Customer) Views() *Views         { return c.views.get() }
func (c *Customer) Orders() *Orders       { return c.orders.get() }
func (c *Customer) Cycles() *Cycles       { return c.cycles.get() }
func (c *Customer) Runs() *Runs           { return c.runs.get() }
func (c *Customer) Sends() *Sends         { return c.sends.get() }
func (c *Customer) Traits() *Traits       { return c.traits.get() }
func (c *Customer) Untils() *Untils       { return c.untils.get() }
func (c *Customer) Decisions() *Decisions { return c.decisions.get() }
func (c *Customer) Entry() *Entry         { return c.entry.get() }

func (c *Customer) EditCore() *Core           { return c.core.edit() }
func (c *Customer) EditCart() *Cart           { return c.cart.edit() }
func (c *Customer) EditViews() *Views         { return c.views.edit() }
func (c *Customer) EditOrders() *Orders       { return c.orders.edit() }
func (c *Customer) EditCycles() *Cycles       { return c.cycles.edit() }
func (c *Customer) EditRuns() *Runs           { return c.runs.edit() }
func (c *Customer) EditSends() *Sends         { return c.sends.edit() }
func (c *Customer) EditTraits() *Traits       { return c.traits.edit() }
func (c *Customer) EditUntils() *Untils       { return c.untils.edit() }
func (c *Customer) EditDecisions() *Decisions { return c.decisions.edit() }
func (c *Customer) EditEntry() *Entry         { return c.entry.edit() }

// Wake is the earliest due of the customer's runs, zero if none waits.
func (c *Customer) Wake() schemas.Time {
	var wake schemas.Time
	for i := range c.Runs().Active {
		if due := c.Runs().Active[i].Due; due != 0 && (wake == 0 || due < wake) {
			wake = due
		}
	}
	return wake
}
