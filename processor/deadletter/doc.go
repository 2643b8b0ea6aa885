// Package deadletter is what happens to records that could not be processed:
// how they are written, read and replayed.
//
// A dead letter is the record as it was, key, value and headers, with the
// headers that Kafka Connect writes (__connect.errors.…) so that the tools people
// have can read them, and one of our own for the original timestamp, because an
// event without a time of its own happened then.
//
// # Replay
//
// Replay produces letters back to the partition they came from. Each letter is
// replayed once, however often replay is called and wherever it crashes: in one
// transaction with the record goes a receipt, a record without value in the
// letter's own partition of the dead-letter topic, whose header names the
// letter's offset. Who replays takes the transactional id first, which ends the
// transactions of whoever did before, and reads all receipts after that. An
// offset of a group would do the same only for replaying everything in order;
// receipts let a person choose. A letter whose value had to be cut is not replayed:
// it would come back as another record.
//
// A receipt is behind its letter in the same partition, so retention never drops
// it first.
package deadletter
