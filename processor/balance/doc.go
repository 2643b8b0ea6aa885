// Package balance assigns whole tasks to the lanes of an app's group: task t is
// partition t of the mailbox topic and every source partition p with
// p mod tasks = t, always together.
//
// It is sticky (a task stays where it is while that is even, and otherwise goes
// where its state is on disk, if it can) and cooperative: a task moves in two
// rounds, and nobody has it in between. All lanes get the same number of tasks,
// give or take one; those with one more are spread evenly over processes.
//
// Format and number of tasks are part of the protocol's name, so that a broker
// itself turns away a member that disagrees (INCONSISTENT_GROUP_PROTOCOL) and
// the members that run are not disturbed. Members tell each other in UserData
// who they are:
//
//	version (1) | tasks | lane | lanes | instance | admin address | tasks whose
//	state is on disk, as ascending differences
//
// with numbers as uvarints, and texts and the list preceded by their length.
package balance
