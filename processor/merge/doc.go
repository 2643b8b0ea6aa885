// Package merge puts the inputs of one task in order and tells how far the
// task's clock may go. It does no I/O, reads no clock and starts no goroutine:
// what was read, how far the logs reach and what time it is are arguments.
//
// # Why not just process what arrives
//
// A task reads several logs: source partitions, and the mailbox. A consumer
// that was down for a day gets megabytes of one log before the first record of
// another, so carts of the whole day would be seen before the first order, and
// a wait that ends when "event time has passed" would remind customers who
// ordered long ago. Timers by the wall clock are no better: all of them fire at
// once after an outage. So two things are kept apart here.
//
// # Progress
//
// The progress of an input is the time of its buffered head. While nothing is
// buffered it is the T0 of the last proof that the input was read to its end
// (or the time of the newest record read, if that is later). A proof is the
// answer of ListOffsets(latest, read_uncommitted) asked at T0, once the position
// has reached it. Records that are not read yet were appended after that
// moment, so they are older than the progress by the policy's grace at most.
// Silence is never proof.
//
// # The order of processing
//
// The head with the lowest time goes first; equal times go by rank, which is the
// order of sources. What is equal still, from different partitions of one source,
// goes by event id, so that the order does not depend on how a source is
// partitioned (unless there is more of one instant than is buffered). While the
// task is catching up (some input's progress is more than grace behind now) a
// head is taken only if no unread record can come before it: every other input
// has a head or progress beyond it. Live, a head
// may be ahead of another input's progress by grace, for such disorder is
// allowed anyway and nothing should wait for a proof.
//
// # The clock
//
// The clock is the lowest progress of all inputs. It never moves back, is never
// ahead of now, and is kept in the Snapshot; where now is set back, the owner makes
// a new Merge from a Snapshot with an earlier clock. A wait ends when due + grace is
// behind it (Ended): every record appended until then has been processed or is
// a head that is later. A record that comes later than grace allows is still
// processed, at once, and does not move the clock.
//
// A time in the future would let one record push the clock past everything
// behind it in its log. So an item's Time is what its event time counts as, see
// Counts: never later than its append.
//
// # Forwarded input
//
// Where records live elsewhere than they are read (Config.Marks), a task
// has two orders. Records for other tasks leave in the order of their own logs
// only (NextForward): waiting for the other tasks there would let all of them
// wait for each other, one transaction per step. They are followed by a mark
// (Mark), the progress of the logs they came from, which says that what is
// forwarded later is not older. The home keeps one queue per origin; its
// progress is its head, else the origin's last mark. A task forwards no
// more than MaxAhead bytes beyond the slowest origin, so queues are bounded.
// Forwards are always taken strictly, live too: else the head of an origin's
// queue would say less than the head of a log does.
//
// # Mail
//
// Mail takes its place in the order by its time, in a queue of each task that sends it, which
// is sorted: tasks are hours apart in a backlog, and what a task passes on for another may be
// older than what it has sent of its own. While it is absent nothing waits for it, as the
// sender may wait for the same. But the clock does: it is never ahead of the app's
// watermark (Watermark), up to where all tasks have processed what came to them, nor of
// the mail that was sent until then. Only live it is, by a moment that the others need to
// say so. Where one mail leads to another, that is found out in rounds; see package rounds.
//
// What is mailed when its cause is read, not when it is processed, is far ahead of the
// sender's order: it has a queue of its own that does not know what was taken (Ask). For
// that the watermark is of what was read.
//
// # Offsets
//
// Queues of one log are processed at different speeds, so an offset does not
// tell what was processed. A Snapshot has for each log the lowest offset not yet
// processed, which is what to commit to the group, and for each queue that is
// ahead of it where it stands, and what it has left out before that; other records
// before that are dropped when they are read again.
package merge
