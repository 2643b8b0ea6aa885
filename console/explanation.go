package console

import (
	"github.com/beckon-io/beckon/schemas"
)

// Explanation is what is known, waiting and decided about a customer. Its JSON
// is the API's answer; Text prints it for people.
type Explanation struct {
	Customer   string       `json:"customer"`
	Known      bool         `json:"known"` // false: no event of this customer was seen
	AliasOf    string       `json:"alias_of,omitempty"`
	ErasedAt   schemas.Time `json:"erased_at,omitzero"`
	CreatedAt  schemas.Time `json:"created_at,omitzero"`
	LastSeenAt schemas.Time `json:"last_seen_at,omitzero"`

	Profile     Profile       `json:"profile"`
	Consent     []Consent     `json:"consent,omitempty"`
	Suppression []Suppression `json:"suppression,omitempty"`
	Cart        *Cart         `json:"cart,omitempty"`
	Views       []View        `json:"views,omitempty"`   // newest first
	Watches     []View        `json:"watches,omitempty"` // products of whose changes the customer is told, newest interest first
	Orders      Orders        `json:"orders"`
	Points      int64         `json:"points,omitempty"`
	Tier        string        `json:"tier,omitempty"`
	Cycles      []Cycle       `json:"cycles,omitempty"` // of skus bought on two days or more, by sku

	Waits     []Wait     `json:"waits"`     // by due
	Sends     []Send     `json:"sends"`     // newest first
	Decisions []Decision `json:"decisions"` // newest first
}

// Profile shows addresses in part.
type Profile struct {
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Country  string `json:"country,omitempty"`
	Locale   string `json:"locale,omitempty"`
	Timezone string `json:"timezone,omitempty"`
	Birthday string `json:"birthday,omitempty"` // month and day
}

// Consent is the newest answer for a channel and purpose.
type Consent struct {
	Channel string       `json:"channel"`
	Purpose string       `json:"purpose,omitempty"`
	Granted bool         `json:"granted"`
	At      schemas.Time `json:"at"`
}

// Suppression counts what speaks against a channel.
type Suppression struct {
	Channel    string `json:"channel"`
	Bounced    int    `json:"bounced,omitempty"`
	Complained int    `json:"complained,omitempty"`
}

// Cart is the cart as it stands.
type Cart struct {
	ID        string       `json:"cart_id"`
	Total     string       `json:"total"`
	Currency  string       `json:"currency,omitempty"`
	Items     []Item       `json:"items,omitempty"`
	UpdatedAt schemas.Time `json:"updated_at,omitzero"`
}

// Item is one line of a cart.
type Item struct {
	SKU      string `json:"sku"`
	Quantity string `json:"quantity"`
	Price    string `json:"price"`
}

// View is one look at a product.
type View struct {
	SKU string       `json:"sku"`
	At  schemas.Time `json:"at"`
}

// Orders are the figures and the latest orders, newest first.
type Orders struct {
	Count   int          `json:"count"`
	Revenue string       `json:"revenue"`
	FirstAt schemas.Time `json:"first_at,omitzero"`
	LastAt  schemas.Time `json:"last_at,omitzero"`
	Recent  []Order      `json:"recent,omitempty"`
}

// Order is one order.
type Order struct {
	ID         string       `json:"order_id"`
	At         schemas.Time `json:"at,omitzero"`
	Total      string       `json:"total"`
	Currency   string       `json:"currency,omitempty"`
	Status     string       `json:"status,omitempty"`
	PromisedAt schemas.Time `json:"promised_at,omitzero"`
}

// Cycle is how often the customer buys a sku, and who says so: own gaps, the
// product, its category, or nobody.
type Cycle struct {
	SKU    string  `json:"sku"`
	Days   float64 `json:"days,omitempty"`
	Source string  `json:"source"`
	Gaps   int     `json:"gaps"` // of the customer's own
}

// Wait is one active run and where it stands.
type Wait struct {
	Trigger   string       `json:"trigger"`
	Version   string       `json:"version"`
	Key       string       `json:"key,omitempty"`
	Run       string       `json:"run"`
	Step      string       `json:"step,omitempty"` // the one it stands at; empty if this instance does not know the version
	Due       schemas.Time `json:"due,omitzero"`
	HeldSince schemas.Time `json:"held_since,omitzero"` // original due of a send that quiet hours hold
	StartedAt schemas.Time `json:"started_at"`
	EventID   string       `json:"event_id"`
	EventType string       `json:"event_type"`
	Sent      int          `json:"sent"`
	Variant   string       `json:"variant,omitempty"`
	// Paused: the trigger is, so the run stays where it is after its due.
	Paused bool `json:"paused,omitempty"`
	// Again is when a send over its channel's rate is tried again.
	Again schemas.Time `json:"again,omitzero"`
}

// Send is one message that counts for caps.
type Send struct {
	At        schemas.Time      `json:"at"`
	Trigger   string            `json:"trigger"`
	Channel   string            `json:"channel"`
	Class     schemas.Class     `json:"class"`
	CommandID schemas.CommandID `json:"command_id"`
}

// Decision is one of the latest decisions.
type Decision struct {
	Time      schemas.Time      `json:"time"`
	Trigger   string            `json:"trigger"`
	Version   string            `json:"version,omitempty"`
	Key       string            `json:"key,omitempty"`
	Step      string            `json:"step,omitempty"`
	Outcome   string            `json:"outcome"`
	Reason    string            `json:"reason,omitempty"`
	CommandID schemas.CommandID `json:"command_id,omitempty"`
	EventID   string            `json:"event_id,omitempty"`
	Detail    string            `json:"detail,omitempty"`
}
