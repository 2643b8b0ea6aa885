package processor

import (
	"context"
	"time"

	"github.com/beckon-io/beckon/processor/deadletter"
	"github.com/beckon-io/beckon/schemas"
)

// Watcher is told what a processor has done. Its methods are called from lane
// goroutines, several at a time; they must not block and may keep nothing of
// what they are handed but commands and decisions. What is told is counted per
// transaction, so that an event costs nothing.
type Watcher interface {
	// Batch is one transaction that has ended. One that ended in doubt is told
	// a second time, Resolved, when restore has found out how; not if its tasks
	// went to another process meanwhile.
	Batch(context.Context, *Batch)
	// Restored is one task that was made ready, or could not be.
	Restored(context.Context, Restored)
}

// Outcome is how a transaction ended.
type Outcome string

// The outcomes of transactions.
const (
	Committed Outcome = "committed"
	Aborted   Outcome = "aborted"  // without a trace; all of it is done again
	InDoubt   Outcome = "in_doubt" // the lane was given up; restore finds out
)

// Batch describes one transaction. Only what is committed counts: the figures
// of an aborted one come again.
type Batch struct {
	Lane     int
	Outcome  Outcome
	Resolved bool // the outcome of a transaction that was in doubt

	Began  time.Time
	Took   time.Duration // from the first thing done in it to the answer
	Ending time.Duration // of Took, from flush to answer
	Ended  schemas.Time  // of the processor's clock

	Sources []SourceCount
	Mail    int             // taken in from the mailbox, forwarded events apart
	Late    []time.Duration // of each wait that ended, behind due + grace, by the processor's clock
	Dead    []DeadLetter
	Records int // produced
	Bytes   int // produced, about

	Commands  []SentCommand
	Sent      map[Sent]int // of Commands, those that call off others apart
	Decisions []*schemas.Decision
	Fates     map[Fate]int // of Decisions
	Regretted int          // commands that a processed event should have prevented; never any
}

// SourceCount is what became of the records of a source. An event that is
// forwarded counts twice: there, and once more at its home.
type SourceCount struct {
	Topic     string // empty: a source that is no longer configured
	Processed int    // applied at their home
	Duplicate int    // repeats, dropped at their home
	Forwarded int    // passed on to another task
	Misplaced int    // of Forwarded, those of a source that is keyed by subject
	Ignored   int    // a vendor's records that concern nobody, passed over where they were read
}

// DeadLetter is one record that was set aside.
type DeadLetter struct {
	Source string // topic of the record
	Stage  deadletter.Stage
	Class  string // closed list: codes of schemas and mailbox, and "refused"
}

// Sent and Fate are what commands and decisions are counted by. They are counted one by
// one as they are made: at the end of a transaction all of them have left the
// processor's caches.
type (
	Sent struct{ Trigger, Channel string }
	Fate struct {
		Trigger string
		Outcome schemas.Outcome
		Reason  schemas.Reason
		How     string // a run ended that has no reason for it: restarted, migrated, stopped, holdout; empty: by itself
	}
)

// FateOf is what a decision is counted by.
func FateOf(d *schemas.Decision) Fate {
	f := Fate{Trigger: d.Trigger, Outcome: d.Outcome, Reason: d.Reason}
	if d.Outcome == schemas.Ended && d.Reason == 0 {
		f.How = d.Detail
	}
	return f
}

// SentCommand is one command of a transaction.
type SentCommand struct {
	*schemas.Command
	Topic string
	// Appended is when the event was appended that led to the command at once;
	// 0 where a wait did, or where that cannot be told on the processor's clock.
	Appended schemas.Time
}

// Restored is one restore of a task.
type Restored struct {
	Task    int
	Records int // read from the changelog
	Took    time.Duration
	Err     error
}

// Unwatched ignores everything.
type Unwatched struct{}

func (Unwatched) Batch(context.Context, *Batch)      {}
func (Unwatched) Restored(context.Context, Restored) {}
