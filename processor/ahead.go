//go:build !invariants

package processor

// lookAhead is how many items are looked ahead at: so few that what was read of them
// stays in the processor's caches of second level (some 2 KB of each, of 512 KB or
// more), so many that the reads overlap.
const lookAhead = 64

const (
	chunk    = 256 // items of one task, then what it forwards and sweeps, before the next has its turn
	longTurn = 16  // chunks of a turn where all tasks of a lane catch up
)
