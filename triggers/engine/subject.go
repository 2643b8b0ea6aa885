package engine

import (
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// The kinds of internal subjects.
const (
	orderKind    = "order"
	trackingKind = "tracking"
	productKind  = "product"
)

// Internal is the subject of a record that is no customer's: an order, a
// tracking code, a product, a limit. No customer's id can be equal to it.
func Internal(kind, name string) string { return "\x00" + kind + "/" + name }

// Products is what the subjects of products begin with.
const Products = "\x00" + productKind + "/"

// watchersOf is what the subjects of a product's watchers begin with; the
// customer's id follows. Both ids may hold any character, hence the length.
func watchersOf(sku string) string {
	return state.MemberPrefix + strconv.Itoa(len(sku)) + "/" + sku + "/"
}

// watched is the product of a watcher's subject, not ok for others.
func watched(subject string) (sku string, ok bool) {
	after, ok := strings.CutPrefix(subject, state.MemberPrefix)
	if !ok {
		return "", false
	}
	size, rest, ok := strings.Cut(after, "/")
	n, err := strconv.Atoi(size)
	if !ok || err != nil || n < 0 || n >= len(rest) || rest[n] != '/' {
		return "", false
	}
	return rest[:n], true
}

// Watchers is what the subjects of all watchers of the same product begin with;
// false for a record that is no watcher.
func Watchers(subject string) (prefix string, ok bool) {
	sku, ok := watched(subject)
	if !ok {
		return "", false
	}
	return subject[:len(watchersOf(sku))], true
}

// isInternal splits what Internal made; not ok for a customer's id.
func isInternal(subject string) (kind, name string, ok bool) {
	if !strings.HasPrefix(subject, "\x00") {
		return "", "", false
	}
	kind, name, _ = strings.Cut(subject[1:], "/")
	return kind, name, true
}

// RecordOf is the subject of the record that Apply needs for an event: the
// customer, or an internal subject for product.updated and for what happens to
// orders of customers that nobody names. The home task of a record is murmur2 of
// HomeKey(record) modulo the number of tasks.
func RecordOf(ev *schemas.Event) string {
	switch {
	case ev.Kind == schemas.ProductUpdated:
		return Products + ev.Subject
	case ev.Subject != "":
		return ev.Subject
	case ev.OrderID != "":
		return Internal(orderKind, ev.OrderID)
	default:
		return Internal(trackingKind, ev.TrackingCode)
	}
}

// HomeKey is the key whose hash decides a record's home: the customer id, the
// sku of a product (as product.updated is keyed by it) and of its watchers, else
// the whole subject.
func HomeKey(record string) string {
	if sku, ok := watched(record); ok {
		return sku
	}
	if kind, name, ok := isInternal(record); ok && kind == productKind {
		return name
	}
	return record
}
