// Package processor runs triggers on Kafka: it reads store events, lets the
// engine decide, and writes commands, exactly once.
//
// A process has a few lanes. A lane is one group member with one transactional
// id and one goroutine; it owns whole tasks. A task is one partition of the
// mailbox topic with everything whose home it is: customers, timers, clock. All
// that a lane does in 50 to 100 ms is one Kafka transaction: commands, mail,
// dead letters, the changelog of what changed, a commit record per task, and
// the input offsets. The store on disk follows only after the transaction is
// known to be committed, so it is never ahead of Kafka. Where the outcome is
// not known, the lane is thrown away and a new one reads from Kafka what
// happened.
//
// Merging of inputs and the clock live in merge, the assignment of tasks in
// balance, names and settings of topics in topics, mail on the wire in mailbox,
// bad input in deadletter.
package processor
