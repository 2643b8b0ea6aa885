package schemas

import "time"

// CommandType is the ce_type of every command.
const CommandType = "message.command.v1"

// CommandID is 128 bits in hex. The same decision has the same id wherever and
// whenever it is computed.
type CommandID string

// Action says what a command asks of the delivery service.
type Action string

// The actions.
const (
	Send   Action = "send"
	Cancel Action = "cancel" // CommandID names the earlier command that should not go out any more
)

// Class is the legal class of a message.
type Class string

// The classes.
const (
	Marketing     Class = "marketing"
	Transactional Class = "transactional"
)

// Command is one message to send, or one to call off. Field order is the order
// in JSON; empty fields are left out there.
type Command struct {
	CommandID CommandID
	Action    Action
	Trigger   string
	Version   string // of the trigger, 8 hex digits
	Run       string
	Step      string // path of the step, such as steps[1] or steps[2].then[0]
	Variant   string
	Class     Class
	Channel   string
	Template  string
	Locale    string
	To        string // the address, if known
	DueAt     Time   // logical moment of the decision; also ce_time
	NotBefore Time
	ExpiresAt Time
	Quiet     *Quiet
	Priority  int
	Offer     *Offer
	Context   []byte // a JSON object, nil if none
	Cause     Cause

	// Not part of the JSON:
	Customer    string // ce_subject and record key
	TraceParent string
	TraceState  string
}

// Quiet is the quiet window that holds for the customer, wall times in Zone.
type Quiet struct{ From, To, Zone string }

// Offer is what the message promises.
type Offer struct {
	Kind         string // percent, amount, free_shipping, points, gift
	Value        string
	Currency     string
	FreeShipping bool
	Code         string
	ExpiresAt    Time
	Minimum      string
	Excludes     []string
}

// Cause is the event that led to the command.
type Cause struct {
	EventID   string
	EventType string
	EventTime Time
}

// MaxExpiry bounds expires_at - due_at; no trigger may ask for longer.
const MaxExpiry = 366 * 24 * time.Hour
