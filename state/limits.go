package state

// Bounds of a customer's lists. The oldest entries go first, but for runs: a
// start beyond MaxRuns is refused with too_many_runs.
const (
	MaxViews        = 50
	MaxLooks        = 8   // views until they are taken in
	MaxViewCounts   = 100 // skus with a view count
	MaxWatched      = 50  // skus of whose changes the customer is told
	MaxRecentOrders = 20
	MaxShipments    = 10 // of one order
	MaxEventIDs     = 64
	MaxPurchaseDays = 21 // per sku: 20 gaps
	MaxSKUs         = 2000
	MaxRuns         = 1000
	MaxDates        = 200 // triggers that start by date
	MaxDecisions    = 20  // never changes: see decisions.go
	MaxSends        = 50
	MaxNeededSends  = 200 // where caps count them all
	MaxGoals        = 20  // of one trigger
	MaxCoupons      = 20
	MaxOpen         = 20 // messages that may be called off
	MaxUntils       = 32
	MaxConsents     = 64 // channels times purposes
	MaxChannels     = 32 // with a suppression
	MaxAliases      = 100
	MaxWaiting      = 20 // events of an order not yet known
)

// Bounds in bytes, all of the encoded form.
const (
	MaxBytes    = 256 << 10 // of all sections; see Customer.Trim
	maxRunBytes = 152 << 10 // of the runs, of which none is ever dropped; see Runs.Room. MaxRuns of lean ones fit
	MaxRunKey   = 1 << 10   // of a run's key: the run keeps it, its messages and each of its goals
)
