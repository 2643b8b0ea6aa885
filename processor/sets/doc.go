// Package sets keeps what an app knows about its sets of triggers in the
// compacted topic <app>.triggers, so that every instance knows the same.
//
// The naive way is to let each process go by the files that it has. Then a
// deployment, in which processes with older and newer files share the work for
// a while, ends runs by rules that never were theirs: a run that a newer file
// began comes to a process that has never heard of its trigger. So before a
// process uses a set, it writes down the set and every version of a trigger in
// it, and only when this is acknowledged does it start runs. And before a
// process works on a task that it has restored, it reads this topic to its end
// (Keeper.CatchUp): whatever the task's runs refer to was written before them.
//
// The records, values being JSON:
//
//	set/HASH             a set and its number: rule.Manifest, written when the set is new
//	version/NAME/VERSION a trigger's canonical form and what ends its runs; written once
//	pause/NAME, pause/   a trigger, or everything, is paused; a tombstone resumes
//	instance/NAME        which set a process uses; a tombstone when it stops
//	barrier              nothing: who has read his own has read all before
//
// Sets are numbered in the order of the log; of two with one number the first
// in the log has it, and the other's writer tries the next. A set that is
// loaded again keeps its number, so a process that is started with older files
// is one with an older set. Sets and versions are never
// deleted, for nobody can tell cheaply whether some customer's run, waiting
// for a year, still needs one. A version takes one to three KiB here and in
// memory, and is compiled only when a run asks for it.
//
// Keys of other kinds are left alone: a newer program may write them.
package sets
