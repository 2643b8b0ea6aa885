package processor

import (
	"unsafe"

	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// lookAhead is how many items are looked ahead at: so few that what was read of them
// stays in the processor's caches of second level (some 2 KB of each, of 512 KB or
// more), so many that the reads overlap.
const lookAhead = 64

// prefetch reads what the next items will need: the events, and what is
// known of their customers. See store.Task.Prefetch for what that is good for.
func (t *task) prefetch() {
	l := t.l
	l.coming = l.coming[:0]
	t.merge.Coming(func(it *item) {
		if it.record == 0 {
			return
		}
		l.coming = append(l.coming, store.Coming{Subject: it.record, Sections: engine.Sections(it.ev.Kind)})
		l.sink += store.Touch(unsafe.Slice((*byte)(unsafe.Pointer(it.ev)), unsafe.Sizeof(*it.ev)))
		l.sink += store.Touch(it.ev.Raw)
	})
	t.store.Prefetch(l.coming, t.ended(), engine.DueSections())
}
