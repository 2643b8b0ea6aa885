package state

import "github.com/beckon-io/beckon/schemas"

// Core is what nearly every event reads or changes.
type Core struct {
	Profile  Profile
	Consent  []Consent
	Suppress []Suppression
	EventIDs EventIDs

	CreatedAt  schemas.Time // of the first event
	LastSeenAt schemas.Time // newest event of the customer's own doing; of an alias, when it was identified
	ErasedAt   schemas.Time // events up to it are dropped as erased; zero: never erased
	AliasOf    string       // this id was identified as that customer; its events go there
	Aliases    []string     // the anonymous ids that were identified as this customer

	Points    int64
	Tier      string
	PointsExp schemas.Time // when the points expire
	LoyaltyAt schemas.Time // of the newest event that set any of the three above

	Told []Told // by field; of the profile and the three above, where they are older than the newest
}

// Profile is who the customer is. A field is what the newest event says that named it,
// see Words.
type Profile struct {
	Email, Phone, Timezone, Country, Locale, Birthday, ReferredBy string

	Attributes []byte       // a JSON object, nil if none
	At         schemas.Time // of the newest event
	TakenAway  uint8        // of the texts, bit i for the i-th
}

// Consent is the newest answer for a channel and purpose.
type Consent struct {
	Channel, Purpose string
	Granted          bool
	At               schemas.Time
}

// Suppression counts what speaks against using a channel.
type Suppression struct {
	Channel             string
	Bounced, Complained int
	Unsubscribed        schemas.Time // newest message.unsubscribed; a newer consent lifts it
}

// EventIDs are the hashes of the last MaxEventIDs (source, id), oldest first.
type EventIDs []uint64

// Cart is the cart as it stands. Where there is none UpdatedAt is the time it was
// emptied or ordered.
type Cart struct {
	ID        string
	Currency  string
	Total     schemas.Amount
	Items     []schemas.Item
	UpdatedAt schemas.Time
}

// Empty tells whether there is none; a shop need not name its carts.
func (c *Cart) Empty() bool { return c.ID == "" && len(c.Items) == 0 }

// View is one look at a product.
type View struct {
	SKU, Category string
	Price         schemas.Amount
	At            schemas.Time
}

// Views are the latest looks, newest first, and counts per sku.
type Views struct {
	Recent  []View
	Counts  []ViewCount // most recently viewed first
	Watched []Watch     // newest first
}

// Looks are the latest of all views, in the order in which they came, that Views
// are yet to take in, see Customer.AddView.
type Looks struct{ Last []View }

// Watch is a product that the customer is told of when it changes: it was looked
// at, put into the cart or asked for.
type Watch struct {
	SKU string
	At  schemas.Time // of the interest; one that follows soon does not move it
}

// ViewCount is how often the customer looked at a sku.
type ViewCount struct {
	SKU   string
	Count int
}

// Status is where an order or shipment stands.
type Status uint8

// The statuses, in the order of a normal life.
const (
	Placed Status = iota + 1
	Dispatched
	InTransit
	Delayed
	Delivered
	Failed
	Cancelled
	Refunded
)

var statuses = [...]string{"", "placed", "dispatched", "in_transit", "delayed", "delivered", "failed", "cancelled", "refunded"}

func (s Status) String() string {
	if int(s) >= len(statuses) {
		return ""
	}
	return statuses[s]
}

// Orders are the figures over all orders and the latest ones.
type Orders struct {
	Count           int
	Revenue         schemas.Amount // less what was cancelled or refunded
	FirstAt, LastAt schemas.Time
	Recent          []Order // newest first
}

// Order is one order. At is zero while only a shipment or a cancellation of it
// has been seen.
type Order struct {
	ID, Currency string
	CartID       string
	At           schemas.Time
	Total        schemas.Amount
	Items        []schemas.Item
	PromisedAt   schemas.Time
	Status       Status
	StatusAt     schemas.Time
	Shipments    []Shipment
	Refunded     schemas.Amount // taken off Revenue, or to be once the order is known
}

// Shipment is one parcel of an order.
type Shipment struct {
	ID, Carrier, TrackingCode, TrackingURL string

	PromisedAt schemas.Time // nobody reads it yet: expressions see the order's
	Status     Status
	At         schemas.Time // of the status
}

// Cycles are the customer's purchase days per sku, by sku.
type Cycles struct{ SKUs []Purchases }

// Purchases are the distinct UTC days (since 1970-01-01) on which a sku was
// bought, ascending, at most MaxPurchaseDays.
type Purchases struct {
	SKU      string
	Category string
	Days     []int32
}

// Runs are the customer's active runs, in no particular order, and the starts
// of runs that hang on dates.
type Runs struct {
	Active []Run
	Dates  []DateStart
	// Scanned is up to when schedules have begun their runs for the customer
	// where that is later than the task's scan says: it was ahead of the scan.
	Scanned schemas.Time
}

// DateStart is where a customer stands with a trigger that starts by date. Of
// one that starts by schedule there is an entry only where the customer's zone
// has moved.
type DateStart struct {
	Trigger, Version string

	ID     string       // the occurrence to come, as wall time; empty: none
	Due    schemas.Time // when it begins a run, zero: none
	Last   string       // the occurrence that has begun last
	LastAt schemas.Time // its instant
}

// Run is one run of a trigger, standing at a wait or a held send.
type Run struct {
	Trigger, Version, Key string

	ID        string // 16 hex digits, derived from trigger, customer, key and start event
	Start     StartEvent
	StartedAt schemas.Time // event time of the start event

	Op   int          // index of the operation in the version's program at which the run stands
	At   schemas.Time // logical time of the step before
	Due  schemas.Time // when it goes on
	Held schemas.Time // original due of a send held by quiet hours; zero: not held

	HeldChannels []string // of a held send with {all}: the channels still to be decided

	Sent        int
	FirstSentAt schemas.Time // due_at of the run's first message; nobody reads it yet: reentry goes by TriggerSends
	Variant     string
	TraceParent string // W3C trace context of the start event
	TraceState  string

	// Again is when a due run is looked at again that could not go on at its
	// due: a send over its channel's rate. Due stays as it was. Zero: at Due.
	Again schemas.Time
}

// StartEvent is what steps see as `event`, and `item` with each.
type StartEvent struct {
	ID, Source, Type string
	Time             schemas.Time
	Data             []byte // raw data object
	Item             []byte // the element as JSON, nil without each
}

// Sends is the ledger of what was sent.
type Sends struct {
	Recent   []Sent // newest last, by due_at
	Triggers map[string]TriggerSends
	Coupons  []Coupon    // unique codes, the newest first
	Open     []Revocable // messages that may still be called off, the oldest first
}

// Coupon is a unique code that the customer was given.
type Coupon struct {
	Code      string
	Trigger   string            // that gave it; empty: the shop did, by an event of its own
	CommandID schemas.CommandID // of the message that carries it
	Offer     CouponOffer
	IssuedAt  schemas.Time
	ExpiresAt schemas.Time // zero: never
	UsedAt    schemas.Time // time of the order that used it; zero: none has
	OrderID   string       // of that order
}

// CouponOffer is what a code is good for.
type CouponOffer struct {
	Kind, Value, Currency, Minimum string
	FreeShipping                   bool
}

// Revocable is a message that is called off when its run's reason goes before
// anything was heard of it. The run itself may have ended long since.
type Revocable struct {
	CommandID              schemas.CommandID
	Trigger, Version, Step string
	Key, Run, Variant      string // of the run
	Sent                   int    // messages of the run, this one included
	StartedAt              schemas.Time
	Channel                string
	Class                  schemas.Class
	ExpiresAt              schemas.Time // it can't go out later anyway
}

// Sent counts for caps.
type Sent struct {
	At        schemas.Time // due_at
	CommandID schemas.CommandID
	Channel   string
	Class     schemas.Class
	Trigger   string
	Tags      []string
	Priority  int
	ExpiresAt schemas.Time
}

// TriggerSends is what re-entry and only_once need of one trigger.
type TriggerSends struct {
	FirstAt schemas.Time // due_at of the first message of the latest run that sent
	Once    []string     // templates sent, ever, for only_once
	Goals   []Goal       // messages that may still convert
	Before  schemas.Time // FirstAt before the latest run that sent, should a limit take its messages back
}

// Goal waits for an event to be attributed to a run's last message.
type Goal struct {
	Run, Version string
	CommandID    schemas.CommandID
	SentAt       schemas.Time
	Until        schemas.Time
	Key, Step    string // of the run, and of the message in it
}

// Traits are the declared figures, by name.
type Traits struct{ Values map[string]Trait }

// Trait is one figure, or one per key where it is declared `by`.
type Trait struct {
	Entries []TraitEntry // one with an empty Key where there is no `by`; latest first
}

// TraitEntry is a figure: for windows in buckets, else in one.
type TraitEntry struct {
	Key     string
	Count   int64
	Sum     schemas.Amount
	Text    string // last, unique's values joined by NUL
	At      schemas.Time
	Buckets []TraitBucket
}

// TraitBucket is one moment's part of a windowed figure, or, of older ones, that of the
// moments of a day up to it. Versions before kept days alone, as if all of one had
// happened at its beginning.
type TraitBucket struct {
	Day    int32 // UTC, since 1970-01-01
	Count  int64
	Sum    schemas.Amount
	Second int32 // of the day
}

// Untils are the customer's latest events that some trigger's until names,
// kept for a day to judge starts that come late. Oldest first.
type Untils struct{ Events []StartEvent }

// Decisions is how earlier versions kept the latest decisions, oldest first. It is
// read, and goes when there are MaxDecisions newer ones: see Customer.AddDecision.
type Decisions struct{ Last []schemas.Decision }

// Entry is what an internal subject (an order's or product's home) knows.
type Entry struct {
	Customer string   // an order's or tracking code's customer; empty while unknown
	Waiting  [][]byte // events in structured mode that came before it was known
	Members  []string // retired: each watcher of a product has a record of its own
	Product  Product
	Granted  int64   // commands that a limit has let out
	Scan     Scan    // of a task
	Watcher  Watcher // of a product
}

// Watcher is one customer who is told of one product. The subject says which.
type Watcher struct {
	Since schemas.Time // of the first interest
	Until schemas.Time // when it is over; zero: there is none
}

// Scan is how far a task has let schedules and single instants begin their
// runs, and dates be looked up. Each task keeps one, under a subject of its own.
//
// Every customer has had the occurrences up to Done, and those up to and with
// the subject At, the ones up to Goal, while Goal is not zero: then a sweep over
// the customers is under way.
type Scan struct {
	Starts []ScanStart // what the customers are to be held to
	Zones  []string    // in which there may be customers, sorted

	Done, Target schemas.Time // Target: occurrences up to it have come, those after it not yet
	Goal         schemas.Time // of the sweep
	At           string       // the last customer that the sweep has visited
	Arms         schemas.Time // the sweep looks up dates from then on; zero: it does not
	ArmNext      schemas.Time // the same of the sweep after this one
}

// ScanStart is a trigger's start in force since a moment on the task's clock.
type ScanStart struct {
	Trigger string
	Start   string // the start's definition
	Since   schemas.Time
}

// Product is the catalogue's latest word on a sku.
type Product struct {
	Price         schemas.Amount
	Currency      string
	Category      string
	Stock         int64
	HasStock      bool
	ReplenishDays schemas.Amount
	LowMargin     bool
	At            schemas.Time
	// Change is the last change that watchers were told of, as an event in
	// structured mode: for those of whom the product learns late.
	Change []byte
}
