// Package store keeps the state of a process's tasks on its disk, in one Pebble
// database. It is a copy: Kafka's changelog is the truth, so nothing here is
// written before the transaction that carries it is known to be committed, the
// database has no log of its own, and losing it costs a restore and no data.
//
// A lane opens each of its tasks. The Task is the lane's working copy: it hands
// out decoded customers, notes whom to wake when, and at the end of a
// transaction either becomes the committed state by Store.Apply or forgets by
// Task.Discard. See Task.
//
// What is not here: reading Kafka, clocks, and when to flush.
package store
