package rounds

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Task is a task's part in the rounds, as of its last transaction. The zero Task never had a
// part; see Resume.
type Task struct {
	state.Round
	entered schemas.Time // how far it was when it entered the round
	low     schemas.Time // of the round, so far; 0: not known
}

// Resume is the part of a task that begins anew: its round is the one that was said last, and
// what it has processed in that is not known.
func Resume(said state.Round) Task { return Task{Round: said} }

// Place is the place of mail that an event or a wait leads to, which counts as happening at a
// moment.
func (t *Task) Place(at schemas.Time) schemas.Time { return max(at, t.entered) }

// Took is to be told of each mail that is processed: its place.
func (t *Task) Took(place schemas.Time) { t.low = min(t.low, place) }

// MayEnter tells whether the task may go on to another round, as the app stands. read tells
// that it has read its mailbox to where that reached then.
func (t *Task) MayEnter(app App, read bool) bool {
	return app.moves && (t.behind(app) || t.N == app.N && read)
}

// behind tells that others have left it behind.
func (t *Task) behind(app App) bool { return t.N+1 < app.furthest }

// Enter lets it go on, where it may; reached is how far it is. It is to be said with the
// transaction under way, and all that is processed later is of the new round.
//
// A task that was left behind, as one that was quiet, goes to the round of those that are
// furthest: of the rounds that it leaves out nothing is known. It has never been in that one,
// or what it sent before would be taken for news of the round.
func (t *Task) Enter(app App, reached schemas.Time) {
	if t.behind(app) {
		t.N, t.Lows = app.furthest, [2]schemas.Time{}
	} else {
		t.N, t.Lows = t.N+1, [2]schemas.Time{min(t.low, reached), t.Lows[0]}
	}
	t.entered, t.low = reached, reached
}
