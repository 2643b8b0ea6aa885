//go:build invariants

package processor

// So small that the few records of a test are more than are looked ahead at, and more than a
// turn takes.
const (
	lookAhead = 4
	chunk     = 8
	longTurn  = 3
)
