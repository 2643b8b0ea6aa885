package engine

import (
	"strings"

	"github.com/beckon-io/beckon/schemas"
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

// isInternal splits what Internal made; not ok for a customer's id.
func isInternal(subject string) (kind, name string, ok bool) {
	if !strings.HasPrefix(subject, "\x00") {
		return "", "", false
	}
	kind, name, _ = strings.Cut(subject[1:], "/")
	return kind, name, true
}

// RecordOf is the subject of the record that Apply needs for an event: the
// customer, or an internal subject for product.updated and for shipments
// without a customer. The home task of a record is murmur2 of
// HomeKey(record) modulo the number of tasks.
func RecordOf(ev *schemas.Event) string {
	switch {
	case ev.Kind == schemas.ProductUpdated:
		return Internal(productKind, ev.Subject)
	case ev.Subject != "":
		return ev.Subject
	case ev.OrderID != "":
		return Internal(orderKind, ev.OrderID)
	default:
		return Internal(trackingKind, ev.TrackingCode)
	}
}

// HomeKey is the key whose hash decides a record's home: the customer id, the
// sku of a product (as product.updated is keyed by it), else the whole subject.
func HomeKey(record string) string {
	if kind, name, ok := isInternal(record); ok && kind == productKind {
		return name
	}
	return record
}
