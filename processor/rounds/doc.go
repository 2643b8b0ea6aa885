// Package rounds finds out how far the mail between the tasks of an app has come, however
// often one mail leads to the next. It does no I/O and reads no clock.
//
// # Why rounds
//
// A parcel's news find the order, the order its customer, who tells the parcel's code whose
// it is, and that lets go of news that came under the code alone: four mails, each processed
// in another task. No wait of the customer may end before the last of them has come. That
// each task has processed its events up to a moment, and read its mailbox, does not tell: what
// is on its way may lead to more. So the tasks go through rounds, as in algorithms for global
// virtual time (F. Mattern, Efficient algorithms for distributed snapshots and global virtual
// time approximation, 1993).
//
// # The rounds
//
// A task is in round n, which it says with each of its transactions. When all are in round n
// or further, somebody asks how far the mailboxes reach; a task that has read so far enters
// round n+1 with its next transaction. So what is on its way to it was sent by tasks that were
// in round n at least.
//
// Mail has a place: how far the task was that read the event which was its first cause.
// What mail leads to inherits it. A task's low of a round is the lowest of
//
//   - how far it was when it entered the round, and when it left it: everything that it knew of
//     and had not processed is later;
//   - the places of the mail that it processed in between.
//
// When all tasks have left round n, no mail is on its way, or waits somewhere, or will be
// sent, whose place is before the lowest of their lows of n. For suppose there is, and take
// the first in the order of cause and effect that was processed after its task had left n,
// or was not yet. Its task did not know of it then, or it would have counted for the low.
// So it was still on its way, and was sent by a task in round n at least. If that was in
// n, its cause was processed there and counted, having the same place; if it was further, its
// cause is one that is earlier in that order.
//
// A late event's place is how far the task was, so it holds nobody up, and whatever happens
// meanwhile, with each round the lows grow.
//
// # Tasks that are quiet
//
// A task whose logs were all read and processed to their ends says nothing, and nobody waits
// for it. If what it said last is old, that it was quiet when somebody asked is not enough: it
// may have passed mail on between two questions. It counts as one that has passed nothing
// on where its last transaction is the same as at a question from before anybody had come as
// far as the round before.
package rounds
