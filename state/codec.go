package state

import (
	"fmt"
	"slices"

	"github.com/beckon-io/beckon/schemas"
)

// section is the value of one section of a customer.
type section interface {
	encode(w *writer)
	decode(r *reader)
	blank() bool // nothing is known: the section is not stored
}

// formats: every section's bytes are an array whose first element is the number
// of the section's format, then the fields in the order of the struct.
//
// To add a field: append it at the end of its array (of the section, or of an
// array within), raise the section's number here, keep the golden file of the
// old format in testdata. A field that an older format lacks reads as zero.
// Fields are never removed or moved.
var formats = [numSections]uint64{
	CoreSection:      3, // 2: Profile.TakenAway; 3: Told
	CartSection:      1,
	ViewsSection:     2, // 2: Watched
	OrdersSection:    1,
	CyclesSection:    1,
	RunsSection:      3, // 2: Run.Again; 3: Dates, Scanned
	SendsSection:     3, // 2: Coupons, Open, TriggerSends.Before; 3: Goal.Key, Goal.Step
	TraitsSection:    2, // 2: TraitBucket.Second
	UntilsSection:    1,
	DecisionsSection: 1,
	LooksSection:     1,
	EntrySection:     3, // 2: Scan; 3: Watcher, Product.Change
}

var names = [numSections]string{
	"core", "cart", "views", "orders", "cycles", "runs", "sends", "traits", "untils", "decisions", "entry", "looks",
}

func (s Section) String() string {
	switch {
	case isSlot(s):
		return names[DecisionsSection]
	case s.IsPatch():
		return "patch"
	case s >= numSections:
		return "unknown"
	}
	return names[s]
}

// sections is room for one of each. It is used again for the next customer, so
// that decoding one allocates next to nothing: nobody may keep a list of a section,
// or of an element of one, beyond the life of the Customer.
type sections struct {
	core      Core
	cart      Cart
	views     Views
	orders    Orders
	cycles    Cycles
	runs      Runs
	sends     Sends
	traits    Traits
	untils    Untils
	decisions Decisions
	entry     Entry
	looks     Looks

	merged Views // of Customer.Views
}

// lists is room for the lists within the elements of lists.
type lists struct {
	items     []schemas.Item
	shipments []Shipment
	goals     []Goal
	days      []int32
}

func (l *lists) reset() {
	l.items, l.shipments, l.goals, l.days = l.items[:0], l.shipments[:0], l.goals[:0], l.days[:0]
}

// carve takes a list of n out of room, with a place for one more, which is mostly
// about to come. Lists that were taken before stay where they are.
func carve[T any](room *[]T, n int) []T {
	at := len(*room)
	if at+n+1 > cap(*room) {
		*room, at = make([]T, 0, max(2*cap(*room), n+1, 16)), 0
	}
	*room = (*room)[:at+n+1]
	return (*room)[at : at+n : at+n+1]
}

// blank empties a section. Its lists keep their room, but for what an event
// brings whole.
func (h *sections) blank(s Section) section {
	switch s {
	case CoreSection:
		h.core = Core{EventIDs: h.core.EventIDs[:0], Consent: h.core.Consent[:0], Suppress: h.core.Suppress[:0]}
		return &h.core
	case CartSection:
		h.cart = Cart{}
		return &h.cart
	case ViewsSection:
		h.views = Views{Recent: h.views.Recent[:0], Counts: h.views.Counts[:0]}
		return &h.views
	case OrdersSection:
		h.orders = Orders{Recent: h.orders.Recent[:0]}
		return &h.orders
	case CyclesSection:
		h.cycles = Cycles{SKUs: h.cycles.SKUs[:0]}
		return &h.cycles
	case RunsSection:
		h.runs = Runs{Active: h.runs.Active[:0], Dates: h.runs.Dates[:0]}
		return &h.runs
	case SendsSection:
		h.sends = Sends{Recent: h.sends.Recent[:0], Triggers: emptied(h.sends.Triggers)}
		return &h.sends
	case TraitsSection:
		h.traits = Traits{}
		return &h.traits
	case UntilsSection:
		h.untils = Untils{Events: h.untils.Events[:0]}
		return &h.untils
	case DecisionsSection:
		h.decisions = Decisions{Last: h.decisions.Last[:0]}
		return &h.decisions
	case EntrySection:
		h.entry = Entry{}
		return &h.entry
	case LooksSection:
		h.looks = Looks{Last: h.looks.Last[:0]}
		return &h.looks
	}
	panic("state: no such section")
}

func newSection(s Section) section { return new(sections).blank(s) }

// decodeSection reads a section's bytes into v, which is blank. Strings of v
// are parts of from.
func decodeSection(s Section, from string, v section) error {
	return new(reader).section(s, from, v)
}

// section is decodeSection with a reader that is used again: it is an argument of
// section.decode and so lies on the heap.
func (r *reader) section(s Section, from string, v section) error {
	r.s, r.pos, r.left, r.err = from, 0, 1, nil
	outer := r.open()
	r.format(formats[s])
	v.decode(r)
	r.close(outer)
	if err := r.end(); err != nil {
		return fmt.Errorf("section %s: %w", s, err)
	}
	return nil
}

// section begins a section of n fields.
func (w *writer) section(s Section, n int) {
	w.array(1 + n)
	w.uint(formats[s])
}

// list reads a list of structures of at least size bytes each, nil if empty.
func list[T any](r *reader, size int, decode func(*T, *reader)) []T {
	return listInto[T](nil, r, size, decode)
}

// listInto is list into a slice that nobody else has, which is used as far as it
// goes.
func listInto[T any](room []T, r *reader, size int, decode func(*T, *reader)) []T {
	n, outer := r.list(size)
	if n >= cap(room) && n > 0 {
		room = make([]T, 0, max(n+1, 2*cap(room))) // mostly one more is about to come
	}
	return elements(room[:n], r, outer, decode)
}

// listWithin is list in room that all lists within a customer's lists share.
func listWithin[T any](room *[]T, r *reader, size int, decode func(*T, *reader)) []T {
	n, outer := r.list(size)
	if n == 0 {
		r.close(outer)
		return nil
	}
	return elements(carve(room, n), r, outer, decode)
}

// elements reads what follows a list's header.
func elements[T any](all []T, r *reader, outer int, decode func(*T, *reader)) []T {
	clear(all)
	for i := range all {
		inner := r.open()
		decode(&all[i], r)
		r.close(inner)
	}
	r.close(outer)
	return all
}

// sortedKeys: equal states have equal bytes. The keys are good until the next call.
func sortedKeys[V any](w *writer, m map[string]V) []string {
	w.keys = w.keys[:0]
	for key := range m {
		w.keys = append(w.keys, key)
	}
	slices.Sort(w.keys)
	return w.keys
}

// emptied is a map to use again, unless it is so large that emptying it would cost
// more than making one.
func emptied[V any](m map[string]V) map[string]V {
	if len(m) > 32 {
		return nil
	}
	clear(m)
	return m
}
