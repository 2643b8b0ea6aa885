//go:build invariants

package processor

// lookAhead is so small that the few records of a test are more than are fed at a time.
const lookAhead = 4
