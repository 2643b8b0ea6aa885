package state

import (
	"fmt"
	"maps"
	"slices"
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
	CoreSection:      1,
	CartSection:      1,
	ViewsSection:     2, // 2: Watched
	OrdersSection:    1,
	CyclesSection:    1,
	RunsSection:      3, // 2: Run.Again; 3: Dates, Scanned
	SendsSection:     2, // 2: Coupons, Open, TriggerSends.Before
	TraitsSection:    1,
	UntilsSection:    1,
	DecisionsSection: 1,
	LooksSection:     1,
	EntrySection:     3, // 2: Scan; 3: Watcher, Product.Change
}

var names = [numSections]string{
	"core", "cart", "views", "orders", "cycles", "runs", "sends", "traits", "untils", "decisions", "entry", "looks",
}

func (s Section) String() string {
	if s >= numSections {
		return "unknown"
	}
	return names[s]
}

// sections is room for one of each.
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

// blank empties a section. Lists that nobody else can have keep their room.
func (h *sections) blank(s Section) section {
	switch s {
	case CoreSection:
		h.core = Core{EventIDs: h.core.EventIDs[:0]}
		return &h.core
	case CartSection:
		h.cart = Cart{}
		return &h.cart
	case ViewsSection:
		h.views = Views{Recent: h.views.Recent[:0], Counts: h.views.Counts[:0]}
		return &h.views
	case OrdersSection:
		h.orders = Orders{}
		return &h.orders
	case CyclesSection:
		h.cycles = Cycles{}
		return &h.cycles
	case RunsSection:
		h.runs = Runs{}
		return &h.runs
	case SendsSection:
		h.sends = Sends{}
		return &h.sends
	case TraitsSection:
		h.traits = Traits{}
		return &h.traits
	case UntilsSection:
		h.untils = Untils{}
		return &h.untils
	case DecisionsSection:
		h.decisions = Decisions{}
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
	r := reader{s: from, left: 1}
	outer := r.open()
	r.format(formats[s])
	v.decode(&r)
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
	if n == 0 {
		r.close(outer)
		return room[:0]
	}
	all := room[:0]
	if n >= cap(all) {
		all = make([]T, 0, n+1) // mostly one more is about to come
	}
	all = all[:n]
	clear(all)
	for i := range all {
		inner := r.open()
		decode(&all[i], r)
		r.close(inner)
	}
	r.close(outer)
	return all
}

// sortedKeys: equal states have equal bytes.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
