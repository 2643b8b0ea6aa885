package instruments

import "go.opentelemetry.io/otel/attribute"

// Names of the spans. SpanProcess and SpanSend are followed by a blank and the
// topic, as the messaging semantic conventions want it.
const (
	SpanProcess = "process" // a lane's transaction, as far as it read a topic; linked to what it read
	SpanSend    = "send"    // a command, linked to what caused it
	SpanFire    = "fire"    // root of the trace of a wait that ended and sends, linked to what armed it
)

// Attribute keys beside the messaging semantic conventions.
const (
	Source   = attribute.Key("beckon.source")  // topic
	Outcome  = attribute.Key("beckon.outcome") // closed list, see below
	Trigger  = attribute.Key("beckon.trigger")
	Version  = attribute.Key("beckon.trigger.version")
	Step     = attribute.Key("beckon.step")
	Channel  = attribute.Key("beckon.channel")
	Reason   = attribute.Key("beckon.reason") // closed list of the contract; of dead letters: of errors
	Stage    = attribute.Key("beckon.stage")  // of a dead letter
	Task     = attribute.Key("beckon.task")
	Lane     = attribute.Key("beckon.lane")
	State    = attribute.Key("beckon.state")    // of a lane or task, see below
	SetHash  = attribute.Key("beckon.set")      // of all that is loaded
	Customer = attribute.Key("beckon.customer") // hashed, on spans alone, and only where it is asked for
)

// Outcomes of events.
const (
	Processed  = "processed"
	Duplicate  = "duplicate"
	Forwarded  = "forwarded"
	DeadLetter = "dead_letter"
	Ignored    = "ignored" // of a vendor's format, and nobody's concern
)

// Outcomes of restores. Those of transactions are the processor's.
const (
	Done   = "done"
	Failed = "failed"
)

// States of lanes and tasks.
const (
	Joining = "joining"
	Joined  = "joined"

	Waiting   = "waiting" // for all of its partitions and their offsets
	Restoring = "restoring"
	Running   = "running"
)

// Completed stands for the reason of a run that ended by itself.
const Completed = "completed"
