package state

import (
	"fmt"

	"github.com/beckon-io/beckon/schemas"
)

// Section numbers a part of a customer's record. The numbers are stored: they
// are never reused.
type Section uint8

// The sections. Numbers from firstSlot on are of slots of decisions.
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
	LooksSection
	numSections
)

// Customer is one customer's record, decoded as far as it was asked for. Get
// methods return the section to read; Edit methods return it to change and
// mark it dirty. A change to what a Get method returned is lost or not, as it
// happens: always Edit. Not safe for concurrent use.
//
// A section that cannot be read (corrupt, or the store fails) comes back blank
// and the reason is kept: whoever lets an event happen to a customer asks Err
// afterwards, before anything of the outcome leaves the process.
//
// Life in a store: Load, then any number of Get and Edit, then Changes. After
// that the Customer is dropped, or serves another one by Reload.
type Customer struct {
	Subject string

	parts [numSections]part
	home  sections // where sections are decoded to
	in    reader   // decodes them
	looks writer   // what appendLook makes; its memory serves the next customer, unless it was decoded
	src   Source
	err   error

	decisions     []schemas.Decision // added since Load, the last of them
	decided       int                // slots of decisions that were written before, see AddDecision
	storedDecided int                // as in the record

	stored bool         // there is a core record in the store
	wake   schemas.Time // as in that record

	next    schemas.Time // what Wake says while settled
	settled bool         // neither the runs nor the entry were edited since next was set
	armed   schemas.Time // see Armed
	grown   int          // upper bound of what events have added since the sizes of the parts were known, see Trim

	patching
}

// Source reads the sections that have a key of their own. The store is one.
type Source interface {
	// ReadSection gives a section's bytes, empty if there is none.
	ReadSection(subject string, s Section) (string, error)
}

// part is one section: its bytes, its value once decoded, and where it lives.
type part struct {
	val  section
	raw  string // the bytes; empty where the value was edited, or nothing was read yet. Dirty and not decoded: what appendLook has made
	size int32  // of the bytes when they were last known; exact, or rounded up to KiB
	kibs int32  // of a section under its own key: its size in the stored core record

	dirty    bool
	external bool   // in the store under a key of its own
	gist     string // of an external one, as in the stored core record; empty if it leaves none
	moved    bool   // external will be the opposite once the changes are committed
}

// New is a customer nothing is known about yet.
func New(subject string) *Customer { return &Customer{Subject: subject, settled: true} }

// get decodes a section when it is first asked for.
func get[T any, P interface {
	*T
	section
}](c *Customer, s Section) P {
	p := &c.parts[s]
	if v, ok := p.val.(P); ok {
		return v
	}
	v := any(c.home.blank(s)).(P)
	p.val = v
	if p.external && p.raw == "" {
		c.read(s)
	}
	if p.raw != "" {
		if p.dirty { // what appendLook has made: strings of it may be kept
			c.looks.b = nil
		}
		if err := c.in.section(s, p.raw, v); err != nil {
			c.Fail(err)
			v = P(new(T))
			p.val = v
		}
	}
	switch v := any(v).(type) {
	case *Core:
		c.notedCore(v)
	case *Looks:
		c.notedLooks(func(look *View) { v.Last = append(v.Last, *look) })
	}
	return v
}

func edit[T any, P interface {
	*T
	section
}](c *Customer, s Section) P {
	v := get[T, P](c, s)
	p := &c.parts[s]
	p.dirty = true
	p.raw = ""
	if s == CoreSection || s == LooksSection {
		c.note.more = true
	}
	return v
}

// read fetches a section that lives under its own key.
func (c *Customer) read(s Section) {
	raw, err := c.external(s)
	if err != nil {
		c.Fail(err)
		return
	}
	p := &c.parts[s]
	p.raw = raw
	p.size = int32(len(raw))
}

// external is what the store has under the key of a section or slot.
func (c *Customer) external(s Section) (string, error) {
	if c.src == nil {
		return "", fmt.Errorf("section %s lives under a key of its own and there is no store: %w", s, ErrCorrupt)
	}
	raw, err := c.src.ReadSection(c.Subject, s)
	if err == nil && raw == "" {
		err = fmt.Errorf("it is not there: %w", ErrCorrupt)
	}
	if err != nil {
		return "", fmt.Errorf("read section %s: %w", s, err)
	}
	return raw, nil
}

// Fetch reads all that lives under keys of its own, so that nothing is asked of the source
// from here on. What cannot be read is told by Err.
func (c *Customer) Fetch() {
	have := fetched{}
	for s := range c.parts {
		if p := &c.parts[s]; p.external && p.val == nil && p.raw == "" {
			c.read(Section(s))
		}
	}
	for i := range min(c.decided, MaxDecisions) {
		raw, err := c.external(slot(i))
		if err != nil {
			c.Fail(err)
		}
		have[slot(i)] = raw
	}
	c.src = have
}

// fetched is a Source of what was read before.
type fetched map[Section]string

func (f fetched) ReadSection(_ string, s Section) (string, error) { return f[s], nil }

// drop empties a section without reading it, false if there was nothing in it.
func (c *Customer) drop(s Section) bool {
	p := &c.parts[s]
	if p.empty() {
		return false
	}
	p.val, p.raw, p.dirty = c.home.blank(s), "", true
	return true
}

// Fail says that something of the customer's could not be read. The first reason stays.
func (c *Customer) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Err is why a section could not be read, nil if all could: an ErrCorrupt or
// ErrNewer, or an error of the store. A customer with an error has no Changes
// worth keeping.
func (c *Customer) Err() error { return c.err }

func (c *Customer) Core() *Core     { return get[Core](c, CoreSection) }
func (c *Customer) Cart() *Cart     { return get[Cart](c, CartSection) }
func (c *Customer) Orders() *Orders { return get[Orders](c, OrdersSection) }
func (c *Customer) Cycles() *Cycles { return get[Cycles](c, CyclesSection) }
func (c *Customer) Runs() *Runs     { return get[Runs](c, RunsSection) }
func (c *Customer) Sends() *Sends   { return get[Sends](c, SendsSection) }
func (c *Customer) Traits() *Traits { return get[Traits](c, TraitsSection) }
func (c *Customer) Untils() *Untils { return get[Untils](c, UntilsSection) }
func (c *Customer) Entry() *Entry   { return get[Entry](c, EntrySection) }

func (c *Customer) EditCore() *Core     { return edit[Core](c, CoreSection) }
func (c *Customer) EditCart() *Cart     { return edit[Cart](c, CartSection) }
func (c *Customer) EditOrders() *Orders { return edit[Orders](c, OrdersSection) }
func (c *Customer) EditCycles() *Cycles { return edit[Cycles](c, CyclesSection) }
func (c *Customer) EditSends() *Sends   { return edit[Sends](c, SendsSection) }
func (c *Customer) EditTraits() *Traits { return edit[Traits](c, TraitsSection) }
func (c *Customer) EditUntils() *Untils { return edit[Untils](c, UntilsSection) }

// EditRuns is the runs to change; the Wake is theirs again.
func (c *Customer) EditRuns() *Runs {
	c.settled = false
	return edit[Runs](c, RunsSection)
}

// EditEntry is the entry to change; the Wake is a watcher's again.
func (c *Customer) EditEntry() *Entry {
	c.settled = false
	return edit[Entry](c, EntrySection)
}

// internal tells that the record is no customer's.
func (c *Customer) internal() bool { return c.Subject != "" && c.Subject[0] == 0 }

// Wake is when the customer has to be looked at next, zero for never: the
// earliest due of its runs and dates, or what SetWake has said since they were
// edited. An internal record wakes when it is a watcher whose time is over.
func (c *Customer) Wake() schemas.Time {
	switch {
	case c.settled:
		return c.next
	case c.internal():
		return c.Entry().Watcher.Until
	}
	return c.Runs().wake()
}

// SetWake replaces the earliest due of the runs until they are edited again.
// The timer index sets what it will find the customer by; it is stored.
func (c *Customer) SetWake(t schemas.Time) { c.next, c.settled = t, true }

// WaitChange is what the edits since Load or Clean mean for the number of
// customers that wait: 1 if this one has begun to, -1 if it has ended, else 0.
// Internal records are no customers.
func (c *Customer) WaitChange() int {
	if c.internal() {
		return 0
	}
	before, after := c.wake != 0, c.Wake() != 0
	switch {
	case after && !before:
		return 1
	case before && !after:
		return -1
	}
	return 0
}

// Settled tells whether Wake was set since what it hangs on was edited.
func (c *Customer) Settled() bool { return c.settled }

func (rs *Runs) wake() schemas.Time {
	var wake schemas.Time
	for i := range rs.Active {
		if at := rs.Active[i].Wake(); at != 0 && (wake == 0 || at < wake) {
			wake = at
		}
	}
	for i := range rs.Dates {
		if at := rs.Dates[i].Due; at != 0 && (wake == 0 || at < wake) {
			wake = at
		}
	}
	return wake
}

// Wake is when the run has to be looked at next, zero for never.
func (u *Run) Wake() schemas.Time {
	if u.Again != 0 {
		return u.Again
	}
	return u.Due
}

// Armed is a due time at or before which the timer index is known to have an
// entry for the customer, zero if nothing is known. It starts as the stored
// Wake. It belongs to the timer index (store.Task) and is not stored.
func (c *Customer) Armed() schemas.Time { return c.armed }

// SetArmed is for the timer index.
func (c *Customer) SetArmed(t schemas.Time) { c.armed = t }

// Empty tells whether nothing at all is known about the customer: there is
// nothing to store.
func (c *Customer) Empty() bool {
	if c.decidedNext() > 0 {
		return false
	}
	for s := range c.parts {
		if !c.parts[s].empty() {
			return false
		}
	}
	return true
}

func (p *part) empty() bool {
	if p.val != nil {
		return p.val.blank()
	}
	return p.raw == "" && !p.external
}

// Erase forgets everything about the customer but that it was erased at the
// given event time (or later, if it says so already), so that older events
// which still arrive can be told. Runs end without a word: the caller has
// written their decisions.
func (c *Customer) Erase(at schemas.Time) {
	at = max(at, c.Core().ErasedAt)
	c.settled = false
	for s := range c.parts {
		p := &c.parts[s]
		if !p.empty() {
			p.dirty = true
		}
		p.val, p.raw = newSection(Section(s)), ""
	}
	c.forgetDecisions()
	c.patching = patching{erased: true}
	c.EditCore().ErasedAt = at
}
