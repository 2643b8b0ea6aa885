package processor

import (
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// prefetch reads what is known of the next items' customers, and of those whose waits
// end before or among them. See store.Task.Prefetch for what that is good for.
func (t *task) prefetch() {
	l := t.l
	l.coming = l.coming[:0]
	until := t.ended()
	t.merge.Coming(func(it *item) {
		if it.record == 0 {
			return
		}
		until = max(until, it.ev.Time.Add(-l.p.cfg.Grace))
		l.coming = append(l.coming, store.Coming{Subject: it.record, Sections: engine.Sections(it.ev.Kind)})
	})
	t.store.Prefetch(l.coming, min(until, l.now), engine.DueSections())
}
