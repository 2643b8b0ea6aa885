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
	SendsSection:     1,
	TraitsSection:    1,
	UntilsSection:    1,
	DecisionsSection: 1,
	EntrySection:     3, // 2: Scan; 3: Watcher, Product.Change
}

var names = [numSections]string{
	"core", "cart", "views", "orders", "cycles", "runs", "sends", "traits", "untils", "decisions", "entry",
}

func (s Section) String() string {
	if s >= numSections {
		return "unknown"
	}
	return names[s]
}

func newSection(s Section) section {
	switch s {
	case CoreSection:
		return new(Core)
	case CartSection:
		return new(Cart)
	case ViewsSection:
		return new(Views)
	case OrdersSection:
		return new(Orders)
	case CyclesSection:
		return new(Cycles)
	case RunsSection:
		return new(Runs)
	case SendsSection:
		return new(Sends)
	case TraitsSection:
		return new(Traits)
	case UntilsSection:
		return new(Untils)
	case DecisionsSection:
		return new(Decisions)
	case EntrySection:
		return new(Entry)
	}
	panic("state: no such section")
}

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
	n, outer := r.list(size)
	if n == 0 {
		r.close(outer)
		return nil
	}
	all := make([]T, n, n+1) // mostly one more is about to come
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
