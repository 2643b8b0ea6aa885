// Package rule is the compiled form of triggers and the way there from YAML.
package rule

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
)

// Trigger is one compiled trigger.
type Trigger struct {
	Name        string
	Version     string // first 32 bits, hex, of the hash of the resolved trigger
	Description string
	Enabled     bool
	Class       schemas.Class
	Priority    int
	Tags        []string
	Audience    *expr.Expr // nil: everybody
	Holdout     policy.Share
	Rollout     policy.Share // the part of the customers that this version is for; 100% unless said
	Start       Start
	Repeat      Repeat
	Until       []Until
	Reentry     time.Duration // 0: none
	Stale       time.Duration // 0: off; the default of 24h is filled in
	Goal        *Goal
	Migrate     Migrate
	Steps       []Op // the program: steps flattened, jumps by index
	Cancels     bool // a message of it may be called off

	// Source is the resolved trigger in its canonical form (JSON, so YAML), from
	// which Compile makes this version again. Version is the hash of it.
	Source []byte
	File   string // where it was read, "" for stored versions
}

// Start says what begins a run: events, dates, or a schedule.
type Start struct {
	On   []string
	When *expr.Expr // nil: always
	Key  *expr.Expr // nil: one run per customer
	Each *expr.Expr // nil: one run per event

	Date   *expr.Expr    // `date`
	Every  string        // year, month, week or ""
	Offset time.Duration // `offset`
	Clock  int           // `at: "10:00"` of a date start, minutes after midnight; -1: none

	Schedule string         // cron, as written
	Cron     *Cron          // the same, nil without a schedule
	At       schemas.Time   // a single time: a wall time, in UTC fields, unless Absolute
	Absolute bool           // At is an instant
	Zoned    bool           // schedule and at hold in the customer's zone
	Zone     *time.Location // else in this one; nil: the policy's
}

// Repeat says what a start event does to an active run of the same key.
type Repeat uint8

// The values of `repeat`.
const (
	Refuse Repeat = iota // default: already_active
	Restart
	Ignore
)

// Migrate says what becomes of runs of older versions.
type Migrate uint8

// The values of `migrate`.
const (
	Keep Migrate = iota
	MigrateRestart
	MigrateEnd
)

// Until ends runs.
type Until struct {
	On       []string
	When     *expr.Expr
	MatchKey bool // match: key
}

// Goal attributes conversions.
type Goal struct {
	On     []string
	When   *expr.Expr
	Within time.Duration
}

// OpKind is the kind of an operation.
type OpKind uint8

// The operations. Nested step lists are flattened: If jumps to Else when its
// condition is false, Jump closes a branch, Split jumps to an arm.
const (
	OpWait OpKind = iota + 1
	OpWaitUntil
	OpWaitLocal
	OpRequire
	OpIf
	OpJump
	OpSplit
	OpSend
	OpEmit
	OpStop
)

// Op is one operation of a program.
type Op struct {
	Kind OpKind
	Path string // of the step: steps[2].then[0]; empty for Jump
	Line int    // in File, for messages; 0 where the step is a built-in's

	Wait  time.Duration // OpWait
	Local LocalTime     // OpWaitLocal
	Expr  *expr.Expr    // OpWaitUntil, OpRequire, OpIf
	To    int           // OpIf: where to go when false; OpJump: where to go; len(Steps) is the end
	Split *Split
	Send  *Send
	Emit  *Emit
}

// LocalTime is the next such wall time in the customer's zone.
type LocalTime struct {
	Clock int            // minutes after midnight
	Days  []time.Weekday // empty: every day
}

// Split sends customers down one of its arms, sticky by customer, trigger and
// name.
type Split struct {
	Name string
	Arms []Arm
}

// Arm is one branch of a split.
type Arm struct {
	Name   string // the variant
	Weight int    // of the sum of all arms' weights; 0: nobody goes there
	To     int    // index of the arm's first operation
}

// Send is a message.
type Send struct {
	Template string
	Channels []string
	All      bool // each of Channels instead of the first allowed
	Context  []Binding
	Offer    *Offer
	Expires  time.Duration
	OnlyOnce bool
	Cancel   bool       // called off when an until comes before it has expired
	InStock  *expr.Expr // skus, of which one must be in stock; nil: whatever the stock
}

// Binding is one entry of a map of expressions, in the order of its keys.
type Binding struct {
	Name string
	Expr *expr.Expr
}

// Offer is what a send promises.
type Offer struct {
	Kind, Value, Currency string
	FreeShipping          bool
	Minimum               string
	Expires               time.Duration
	ExpiresAt             *expr.Expr // a timestamp, whenever the message is due; nil: what Expires says
	Excludes              []string
	CodePrefix            string
	Code                  bool
	Limit                 int // 0: none
}

// Emit makes a new event.
type Emit struct {
	Type    string
	Subject *expr.Expr // nil: the same customer
	Data    []Binding
}

// Trait is a declared per-customer figure.
type Trait struct {
	Name   string
	On     []string
	When   *expr.Expr
	Fold   Fold
	Value  *expr.Expr    // nil for Count; a number, but a text for Unique and where Text says so
	Text   bool          // Last of a text
	By     *expr.Expr    // nil: one figure per customer
	Keep   int           // how many keys of By are kept, the latest used first
	Window time.Duration // whole days; 0: for ever
}

// Fold is how a trait's figure grows.
type Fold uint8

// The folds.
const (
	Count Fold = iota + 1
	Sum
	Last
	Min
	Max
	Unique
)
