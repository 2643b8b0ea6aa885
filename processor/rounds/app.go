package rounds

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Standing is how far one task is, as the group's offsets and the ends of its logs say. The
// ends were asked for after the offsets.
type Standing struct {
	state.Metadata
	Quiet   bool // all of its logs were read, and what was in them processed, to their ends
	Unknown bool // one of them was not, and no transaction has ever said how far it was read
}

// App is how the rounds of all tasks stand. The zero App does not know.
type App struct {
	N        uint64 // the round that all tasks have come to, but quiet ones
	furthest uint64 // of any
	moves    bool   // whether tasks may go on: not where all are quiet
	quiet    []bool // which are

	// Lows is how far each task is: what may come from it has a place there or later; 0 where
	// that is not known.
	Lows []schemas.Time
}

// WaitsFor tells that the rounds go on only when a task does: what it says is not known to be
// all that it will.
func (app *App) WaitsFor(task int) bool { return app.moves && !app.quiet[task] }

// Asker puts together what the tasks of an app, always as many, say. It remembers which have
// been quiet.
type Asker struct {
	quiet []silence // by task
}

// silence is since when a task has said nothing.
type silence struct {
	seq   uint64
	since uint64 // the furthest round of any task then
	yes   bool
}

// Hear puts together how all tasks stand at the moment now, that of the question.
func (a *Asker) Hear(tasks []Standing, now schemas.Time) App {
	app := App{N: ^uint64(0), Lows: make([]schemas.Time, len(tasks)), quiet: make([]bool, len(tasks))}
	for i := range tasks {
		s := &tasks[i]
		app.furthest = max(app.furthest, s.N)
		if app.quiet[i] = s.Quiet; !s.Quiet {
			app.N, app.moves = min(app.N, s.round()), true
		}
	}
	a.remember(tasks, app.furthest)
	for i := range tasks {
		if s := &tasks[i]; s.Quiet && (!app.moves || a.quiet[i].since+2 <= app.N) {
			app.Lows[i] = now
		} else {
			app.Lows[i] = s.low(app.N)
		}
	}
	return app
}

func (s *Standing) round() uint64 {
	if s.Unknown {
		return 0
	}
	return s.N
}

// low is that of the round before n.
func (s *Standing) low(n uint64) schemas.Time {
	switch {
	case n == 0 || s.Unknown:
		return 0
	case s.N == n:
		return s.Lows[0]
	case s.N == n+1:
		return s.Lows[1]
	}
	return 0
}

func (a *Asker) remember(tasks []Standing, furthest uint64) {
	if a.quiet == nil {
		a.quiet = make([]silence, len(tasks))
	}
	for i := range tasks {
		s, had := &tasks[i], &a.quiet[i]
		if !s.Quiet || !had.yes || had.seq != s.Seq {
			*had = silence{s.Seq, furthest, s.Quiet}
		}
	}
}
