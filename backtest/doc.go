// Package backtest runs events from files through the engine in virtual time:
// what would these triggers have sent, to whom, when, and why not?
//
// The file's events are one task that has read everything: before an event of
// time t every wait with due + grace < t ends, in the order of due time, then
// customer. The wall clock is the virtual clock, so nothing is ever stale.
// Time stops at the last event unless told otherwise; waits due by then still
// end, as no later event can come to stop them.
//
// Customers live in memory, all of them. No clock is read here.
package backtest
