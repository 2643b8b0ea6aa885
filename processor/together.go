package processor

import (
	"math"

	"github.com/beckon-io/beckon/schemas"
)

// together tells whether the tasks of a lane hear of each other at once: that each has all
// that the others have asked. What was asked before they were all at work here, as they are
// now, has come by mail, and has to be read first: up to where the mailboxes reached when
// that was committed.
type together struct {
	yes   bool
	since schemas.Time        // of the first commit as they are now; 0: none yet
	ends  map[partition]int64 // of the mailboxes, asked after it
}

func (g *together) committed(now schemas.Time) {
	if g.since == 0 {
		g.since = now
	}
}

func (g *together) heard(w *watermark) {
	if g.ends == nil && g.since != 0 && g.since < w.asked {
		g.ends = w.ends
	}
}

// relearn is for when the lane's tasks, or what they mail, have changed, or have gone back.
func (l *lane) relearn() {
	l.together = together{}
	for _, t := range l.order {
		if t.phase == running {
			t.merge.Unlearn()
		}
	}
	l.learn()
}

// hear tells the lane's tasks how far they are, if they are together.
func (l *lane) hear() {
	if g := &l.together; !g.yes && g.ends != nil && !l.chained() {
		g.yes = true
		for _, t := range l.order {
			end, ok := g.ends[partition{l.lay.mailbox, t.id}]
			g.yes = g.yes && (t.phase != running || ok && t.merge.Position(t.merge.Mailbox()) >= end)
		}
		if g.yes {
			l.learn()
		}
	}
	near := schemas.Time(math.MaxInt64)
	for _, t := range l.order {
		if t.phase == running && l.together.yes {
			near = min(near, t.read())
		}
	}
	for _, t := range l.order {
		if t.phase == running {
			t.merge.Near(near)
		}
	}
}
