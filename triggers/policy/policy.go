// Package policy answers whether a message may go to a customer, on which
// channel, and when: consent, suppression, quiet hours, caps, holdout.
//
// Everything here is a pure function of the policy, the customer's record and
// an instant; no clock is read.
package policy

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Policy is what holds for all triggers. It is immutable once loaded.
type Policy struct {
	Grace          time.Duration // how late an event may be appended after its event time
	Zone           *time.Location
	RequireAddress map[string]bool    // channels that need a known address
	Consent        map[string]Consent // per channel; a channel not listed needs none
	Bounced        int                // suppress a channel after so many bounces; 0: never
	Complained     int
	Quiet          *Quiet // nil: none
	Caps           []Cap
	Holdout        Share // over all marketing triggers
	Rate           map[string]int
	Transactional  bool // the policy's consent names the transactional class as bound too

	Given bool // false: defaults, no file was given
}

// Consent is what a channel needs.
type Consent uint8

// The consent modes. OptIn needs a granted consent, OptOut the absence of a
// refusal.
const (
	None Consent = iota
	OptIn
	OptOut
)

// Quiet is the daily window in which nothing is sent, half-open wall times in
// the customer's zone.
type Quiet struct {
	From, To int             // minutes after midnight; From > To spans midnight
	Channels []string        // empty: all
	Classes  []schemas.Class // empty: marketing
}

// Cap bounds messages in a rolling window: at most Max in any (t-Per, t].
// Empty lists match everything, but transactional only where Classes names it.
type Cap struct {
	Channels []string
	Classes  []schemas.Class
	Tags     []string
	Max      int
	Per      time.Duration
}

// Share is a part of the customers in hundredths of a percent: 5% is 500.
type Share int

// Default is the policy when no file is given: grace 10s, UTC, no consent
// needed, no caps, no quiet hours.
func Default() *Policy { return &Policy{Grace: 10 * time.Second, Zone: time.UTC} }
