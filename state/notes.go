package state

import (
	"encoding/binary"
	"fmt"

	"github.com/beckon-io/beckon/schemas"
)

// Most events leave nothing in the core but a note: their id, that the customer was about,
// and the look at a product where it was one. So that the core and the looks are not
// encoded for that, notes come behind the record, and are taken in when there are many,
// or with the next change that a note cannot say.
//
// A note is a msgpack byte string, of the event's hash (8 bytes, little-endian), the
// time at which the customer was about (µs since 1970, 8 bytes, big-endian; 0: it was
// not of their doing) and, if it is a look at that time, the fields of a View but its
// time.
const noteHead = 16 // bytes of its hash and time

// note is what the events since Load have left behind.
type note struct {
	events int // how many
	hash   uint64
	seen   schemas.Time
	looked bool
	look   View
	more   bool // than a note can say
}

// AddEvent notes the event that happens to the customer.
func (c *Customer) AddEvent(hash uint64) {
	c.touchCore().EventIDs.Add(hash)
	c.note.events++
	c.note.hash = hash
}

// Seen notes that the customer was about.
func (c *Customer) Seen(at schemas.Time) {
	core := c.touchCore()
	if at > core.LastSeenAt {
		core.LastSeenAt = at
		c.note.seen = at
		c.note.more = c.note.more || at == 0 // which means none in a note
	}
}

// touchCore is EditCore for what a note can say.
func (c *Customer) touchCore() *Core {
	more := c.note.more
	core := c.EditCore()
	c.note.more = more
	return core
}

// noteLook keeps a look for a note, false where it is to be written with the others.
func (c *Customer) noteLook(look *View) bool {
	if !c.patchable() || c.note.looked || c.note.more {
		return false
	}
	const most = 128 // of texts: one byte says how long a note is
	if look.At == 0 || len(look.SKU)+len(look.Category) >= most {
		return false
	}
	if n, ok := c.rawLooks(); !ok || n+c.looked+1 >= MaxLooks {
		return false
	}
	c.note.looked, c.note.look = true, *look
	return true
}

// noted tells that nothing has happened to the core and the looks but what a note can say,
// which may be nothing at all.
func (c *Customer) noted() bool {
	n := &c.note
	if n.events == 0 && !n.looked {
		return !c.parts[CoreSection].dirty && !c.parts[LooksSection].dirty
	}
	if n.more || n.events != 1 || c.core == "" || !c.patchable() {
		return false
	}
	return !n.looked || (n.seen == 0 || n.seen == n.look.At) && c.Core().LastSeenAt >= n.look.At
}

// encode appends the note, if there is one.
func (n *note) encode(w *writer) {
	if n.events == 0 {
		return
	}
	from := len(w.b)
	w.binHeader(noteHead)
	w.b = binary.LittleEndian.AppendUint64(w.b, n.hash)
	at := n.seen
	if n.looked {
		at = n.look.At
	}
	w.b = binary.BigEndian.AppendUint64(w.b, uint64(at))
	if n.looked {
		w.str(n.look.SKU)
		w.str(n.look.Category)
		w.amount(n.look.Price)
	}
	w.b[from+1] = byte(len(w.b) - from - 2)
}

// readNotes counts the notes behind a record.
func (c *Customer) readNotes(r *reader) {
	c.notes = r.s[r.pos:]
	for r.pos < len(r.s) && r.err == nil {
		n := noteIn(r.s[r.pos:])
		if n == 0 || c.used() == maxPatches {
			r.fail("a note")
			c.notes = ""
			return
		}
		if n > 2+noteHead {
			c.looked++
		}
		c.count++
		r.pos += n
	}
}

// noteIn is the size of the note that bytes begin with, 0 if there is none.
func noteIn(s string) int {
	if len(s) < 2+noteHead || s[0] != bin8 || int(s[1]) < noteHead || len(s) < 2+int(s[1]) {
		return 0
	}
	return 2 + int(s[1])
}

// head takes a note's hash and time out.
func head(note string) (hash uint64, seen schemas.Time) {
	b := []byte(note[2 : 2+noteHead])
	return binary.LittleEndian.Uint64(b), schemas.Time(binary.BigEndian.Uint64(b[8:]))
}

// notedCore lets the notes happen to the core as the record has it.
func (c *Customer) notedCore(core *Core) {
	for s := c.notes; s != ""; s = s[noteIn(s):] {
		hash, seen := head(s)
		core.EventIDs.Add(hash)
		if seen != 0 {
			core.LastSeenAt = max(core.LastSeenAt, seen)
		}
	}
}

// notedLooks calls add with the looks that the looks do not have yet.
func (c *Customer) notedLooks(add func(*View)) {
	if c.taken {
		return
	}
	c.taken = true
	for s := c.notes; s != ""; s = s[noteIn(s):] {
		n := noteIn(s)
		if n == 2+noteHead {
			continue
		}
		_, at := head(s)
		r := reader{s: s[2+noteHead : n], left: 4}
		look := View{SKU: r.str(), Category: r.str(), Price: r.amount(), At: at}
		if err := r.end(); err != nil {
			c.Fail(fmt.Errorf("note: %w", err))
			return
		}
		add(&look)
	}
	if c.note.looked {
		add(&c.note.look)
	}
}

// takeNotes makes them a part of the core and the looks, which are edited by that.
func (c *Customer) takeNotes() {
	if c.count == 0 && !c.note.looked {
		return
	}
	c.EditCore()
	if c.looked > 0 || c.note.looked {
		c.takeLooks()
	}
	c.notes, c.count, c.looked = "", 0, 0
}

// takeLooks adds the looks of notes to the bytes of the looks, or to what was decoded.
func (c *Customer) takeLooks() {
	if n, ok := c.rawLooks(); ok && n+c.looked+1 < MaxLooks {
		c.notedLooks(func(look *View) { c.appendLook(look) })
		return
	}
	edit[Looks](c, LooksSection)
}
