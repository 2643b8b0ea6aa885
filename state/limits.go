package state

// Bounds of a customer's lists. The oldest entries go first, but for runs: a
// start beyond MaxRuns is refused with too_many_runs.
const (
	MaxViews        = 50
	MaxViewCounts   = 100 // skus with a view count
	MaxRecentOrders = 20
	MaxShipments    = 10 // of one order
	MaxEventIDs     = 64
	MaxPurchaseDays = 21 // per sku: 20 gaps
	MaxSKUs         = 2000
	MaxRuns         = 1000
	MaxDecisions    = 20
	MaxSends        = 50
	MaxUntils       = 32
	MaxBytes        = 256 << 10 // of all sections, encoded
)
