package processor

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// Watcher is told what a processor does. Its methods are called from lane
// goroutines, several at a time; they must not block and may keep nothing.
type Watcher interface {
	// Batch is one finished transaction of a lane.
	Batch(Batch)
	// Command is one command of a confirmed transaction.
	Command(*schemas.Command)
	// Decision is one decision of a confirmed transaction.
	Decision(*schemas.Decision)
}

// Outcome is how a transaction ended.
type Outcome string

// The outcomes of transactions.
const (
	Committed Outcome = "committed"
	Aborted   Outcome = "aborted"
	InDoubt   Outcome = "in_doubt" // the lane was given up; restore finds out
)

// Batch describes one transaction.
type Batch struct {
	Lane     int
	Outcome  Outcome
	Began    time.Time
	Took     time.Duration // all of it
	Ending   time.Duration // from flush to answer
	Events   []SourceCount
	Fired    int // waits that ended
	Late     time.Duration
	Forwards int
	Dead     int
	Records  int // produced
	Bytes    int
}

// SourceCount is how many events of a topic a batch took in.
type SourceCount struct {
	Topic  string
	Events int
}

// Unwatched ignores everything.
type Unwatched struct{}

func (Unwatched) Batch(Batch)                {}
func (Unwatched) Command(*schemas.Command)   {}
func (Unwatched) Decision(*schemas.Decision) {}
