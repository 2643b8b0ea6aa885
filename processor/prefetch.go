package processor

import "unsafe"

// lineBytes is a line of the processor's caches.
const lineBytes = 64

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
		l.read(unsafe.Slice((*byte)(unsafe.Pointer(it.ev)), unsafe.Sizeof(*it.ev)))
		l.read(it.ev.Raw)
	})
	t.store.Prefetch(l.coming, t.ended())
}

func (l *lane) read(b []byte) {
	for i := 0; i < len(b); i += lineBytes {
		l.sink += b[i]
	}
}
