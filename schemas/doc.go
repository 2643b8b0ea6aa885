// Package schemas is beckon's vocabulary: the store events that come in, the
// message commands and decisions that go out, and their binding to CloudEvents.
//
// It imports nothing else of ours, reads no clock and keeps no state, so every
// room can speak it.
package schemas
