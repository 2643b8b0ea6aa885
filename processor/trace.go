package processor

import (
	"context"

	"github.com/beckon-io/beckon/schemas"
)

// Tracer joins what lanes do to distributed traces. Without one, commands carry
// the trace context of the event that began their run, so that headers are a
// function of the input, as values always are.
type Tracer interface {
	// Begin opens the trace of a lane's transaction. It is called from lane
	// goroutines, several at a time.
	Begin(lane int) Trace
}

// Trace is the trace of one transaction, in the hands of its lane's goroutine.
type Trace interface {
	// Read is told of an event with a trace context, where it is processed.
	Read(ctx context.Context, topic string, ev *schemas.Event)
	// Send may replace the trace context of a command that is about to be
	// written to a topic.
	Send(ctx context.Context, c *schemas.Command, topic string, why Moment)
	// End is told how the transaction ended.
	End(context.Context, *Batch)
}

// Moment is what led to a command: an event of a source, or a wait that ended.
type Moment struct {
	Source string // topic of the event; empty: a wait
	Wait   int    // the number of the wait in the transaction, from 1; 0: an event
}
