// Package oracle is a second opinion on the engine: what must come of a few
// customers' events under a few triggers, computed from the contract in the most
// obvious way and compared with what triggers/engine does on random cases.
//
// The way is another one. The engine keeps a record of each customer up to date
// and wakes up at its timers; the oracle keeps nothing but a journal of what was
// read and what was decided, and works out every fact anew from its beginning
// whenever one is asked for: the events are sorted, a run is walked from its
// first step, the next wait is found by looking at all of them. It is slow, and
// there is little in it that could be wrong.
//
// A case is a handful of triggers, a policy and a log: events of one to four
// customers in the order in which they are read, which need not be that of their
// times; some are read twice, some very late, some after an outage, some around
// a change of the clocks. Conditions come from a small set that the oracle knows
// as Go, so that it has no need of CEL. With the engine it shares the vocabulary
// of package schemas and the texts that both are given, no rules.
//
// A case on which the two disagree shrinks and is printed as a scenario, for
// `beckon test`, with what the oracle wants.
//
// It leaves out what has no answer in one customer's history (limits, emitted
// events, lookups, schedules), traits and cycles, aliases, and what happens at the
// bounds of lists: cases are too small to reach them.
package oracle
