package schemas

// Limits on one event. A larger or deeper one is bad input.
const (
	MaxEventBytes = 1 << 20 // of the record's value
	MaxEventDepth = 64      // nested JSON objects and arrays, data itself being the first
)

// Kind is a known event type, as a number; KindUnknown for every other type,
// which is legal and can start triggers.
type Kind uint8

// Event is one thing that happened in the store, decoded. An Event is not
// changed after decoding; its strings and Raw belong to it and may be kept:
// none points into the record, unless that is Shared, and a short string holds
// at most 128 bytes.
type Event struct {
	ID      string
	Source  string
	Type    string
	Kind    Kind
	Subject string // the customer, or the sku for product.updated; empty only on a lookup source
	Time    Time   // event time; never zero
	Raw     []byte // the data object as it came, unknown fields included; never nil ("{}")

	TraceParent string // W3C trace context of the record, empty if it had none
	TraceState  string

	Fields
}

// FieldID numbers a field of some event type's data.
type FieldID uint8

// FieldSet is a set of FieldIDs.
type FieldSet uint64

// Has tells whether f is in the set.
func (s FieldSet) Has(f FieldID) bool { return s&(1<<f) != 0 }

// With is the set and f.
func (s FieldSet) With(f FieldID) FieldSet { return s | 1<<f }

// Fields is the union of the data fields that the schema knows, over all event
// types. Which of them a type has is in the table FieldsOf. An absent field is
// zero and not in Present. A JSON null counts as absent, and so does an empty
// text for a time.
type Fields struct {
	Present FieldSet

	SKU, Category, Currency, SessionID         string
	CartID, OrderID, ShipmentID                string
	Carrier, TrackingCode, TrackingURL         string
	Email, Phone, Timezone, Country, Locale    string
	Birthday, ReferredBy, Channel, Purpose     string
	AnonymousID, Tier, FeedbackKind, CommandID string
	Code, Customer, Trigger                    string

	Price, Total  Amount
	Score         Amount
	ReplenishDays Amount
	Points        int64
	Stock         int64
	Granted       bool
	LowMargin     bool

	PromisedAt Time
	ExpiresAt  Time

	Items      []Item
	Codes      []string
	Attributes []byte // a JSON object, part of Raw; nil if absent
	Offer      []byte // the same
}

// Item is one line of a cart, checkout or order.
type Item struct {
	SKU      string
	Quantity Amount // whole or (weighed goods) not; 1 where the event has none
	Price    Amount
	Category string
}

// FieldType is how a field looks in JSON and in expressions.
type FieldType uint8

// The field types. Amounts are written as decimal strings; they, numbers and
// integers are read from strings or numbers. In expressions both amounts and
// numbers are doubles.
const (
	String FieldType = iota + 1
	Bool
	Int
	Number
	AmountType
	Timestamp
	ItemList
	StringList
	Object
)

// Field describes one field of an event type's data.
type Field struct {
	ID   FieldID
	Name string
	Type FieldType
}
