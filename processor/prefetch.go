package processor

import (
	"unsafe"

	"github.com/beckon-io/beckon/state/store"
)

// prefetch reads what the next chunk of items will need: the events, and what is
// known of their customers. See store.Task.Prefetch for what that is good for.
func (t *task) prefetch() {
	l := t.l
	l.coming = l.coming[:0]
	t.merge.Coming(func(it *item) {
		if it.record == 0 {
			return
		}
		l.coming = append(l.coming, it.record)
		l.sink += store.Touch(unsafe.Slice((*byte)(unsafe.Pointer(it.ev)), unsafe.Sizeof(*it.ev)))
		l.sink += store.Touch(it.ev.Raw)
	})
	t.store.Prefetch(l.coming, t.ended())
}
