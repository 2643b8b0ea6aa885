package state

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// A core record is ten times what an event changes of it. So the changelog mostly gets a
// patch: the note of the event, or the record with those of its sections alone that
// were edited. Patches have keys of their own, by how many there were since the record was
// written whole; after maxPatches that is done again. So it is, too, where the core is edited
// otherwise than by a note: what was taken out of a profile is to go from the log. Whoever
// keeps records, in memory or on disk, keeps them whole.
//
// In the log patches follow the record that they are of, in their order. What compaction
// leaves of older ones lies before the newest record, and may meet an older copy of the
// customer. So each says what it is put on, and is passed over where that is something else.
//
// A patch is the xxHash64 of the record that it is put on (8 bytes, little-endian), then
// either a note, see notes.go, or a msgpack array, behind which one may be:
//
//	0    format number, 1
//	1–5  as elements 1 to 5 of the record that it makes
//	6    sections that were edited, none of them the core or the looks; the others in the
//	     record stay as they are, and so do its notes
//	…    for each section with a key of its own: as in the record
//	…    for each in the record that was edited, in order: its bytes (as a msgpack byte string)
//
// Of a customer who comes no more, compaction leaves the record and all its patches: so
// there are few. Three save most of what eight would. The number is a part of the stored
// format: it never changes.
const (
	maxPatches  = 3
	patchFormat = 1
	patchHead   = 3 // the format of records whose head a patch has
	hashBytes   = 8
)

// firstPatch is the section of a record's first patch.
const firstPatch Section = 64

// IsPatch tells that the section is of a patch of the core record.
func (s Section) IsPatch() bool { return s >= firstPatch && s < firstPatch+maxPatches }

// patching is what a Customer knows of its record, to patch it.
type patching struct {
	record  string // as it was loaded, with its notes
	format  uint64 // of the record
	core    string // its core
	patches int    // since it was written whole, but for those that are notes
	notes   string // behind the record
	count   int    // of notes
	looked  int    // how many of them are looks
	taken   bool   // the looks have those of the notes
	note    note   // of the events since Load
	erased  bool   // since Load
}

// used is how many patches there were since the record was written whole.
func (p *patching) used() int { return p.patches + p.count }

// patchable tells that the changelog has the record and takes a patch of it. Internal records
// come and go by the million, and are small: patches would have to be deleted with them.
func (c *Customer) patchable() bool {
	return c.stored && c.format >= patchHead && !c.erased && c.used() < maxPatches && !c.internal()
}

// noPatches lets none of the customer stay in the changelog.
func noPatches(dst []Change) []Change {
	for i := range Section(maxPatches) {
		dst = append(dst, Change{Section: firstPatch + i})
	}
	return dst
}

// noteChange is the core record with one more note behind it.
func (c *Customer) noteChange(e *Encoder) Change {
	e.patch.b = appendHash(e.patch.b[:0], c.record)
	c.note.encode(&e.patch)
	e.rec.b = append(append(e.rec.b[:0], c.record...), e.patch.b[hashBytes:]...)
	return Change{Section: CoreSection, Value: e.rec.b, Patch: e.patch.b, Slot: firstPatch + Section(c.used())}
}

func appendHash(b []byte, record string) []byte {
	return binary.LittleEndian.AppendUint64(b, xxhash.Sum64String(record))
}

// wholeChange is the core record, to be written whole. There are no notes to take in.
func (c *Customer) wholeChange(e *Encoder) Change {
	patches := c.patches
	c.patches = 0
	c.encodeRecord(e, false)
	c.patches = patches
	return Change{Section: CoreSection, Value: e.rec.b}
}

// patchChange is the core record with some sections edited, none of them the core or the
// looks, and the note of the event, if there is one, behind it.
func (c *Customer) patchChange(e *Encoder, edited uint64) Change {
	change := Change{Section: CoreSection, Slot: firstPatch + Section(c.used())}
	core, patches := &c.parts[CoreSection], c.patches
	raw := core.raw
	if core.dirty { // by what the note says, which is not in the record's core
		core.raw = c.core
	}
	if c.note.events == 0 { // else the note counts
		c.patches++
	}
	external, inline := c.encodeRecord(e, false)
	w := &e.patch
	w.b = appendHash(w.b[:0], c.record)
	edited &^= external
	given := edited & inline
	w.array(7 + bits.OnesCount64(external) + bits.OnesCount64(external&withGist) + bits.OnesCount64(given))
	w.uint(patchFormat)
	c.encodeHead(w, external, inline)
	w.uint(edited)
	c.encodeExternals(e, w, external)
	for m := given; m != 0; m &= m - 1 {
		span := e.spans[bits.TrailingZeros64(m)]
		w.bin(e.rec.b[span.from:span.to])
	}
	core.raw, c.patches = raw, patches
	from := len(w.b)
	c.note.encode(w)
	e.rec.b = append(append(e.rec.b, c.notes...), w.b[from:]...)
	change.Value, change.Patch = e.rec.b, w.b
	return change
}

// Patched is a core record, empty if there is none, with a patch that comes after it in the
// changelog. It is the same where the patch is of another record. An error is ErrCorrupt or
// ErrNewer.
func Patched(record, patch string) (string, error) {
	var hash [hashBytes]byte
	if len(patch) < hashBytes || string(appendHash(hash[:0], record)) != patch[:hashBytes] {
		return record, nil
	}
	var c Customer
	note := patch[hashBytes:]
	if noteIn(note) == 0 {
		if err := c.Reload("", record, nil); err != nil {
			return "", err
		}
		at, err := c.patch(note)
		if err != nil {
			return "", fmt.Errorf("patch of a core record: %w", err)
		}
		var e Encoder
		c.encodeRecord(&e, false)
		record, note = string(e.rec.b)+c.notes, note[at:]
	}
	if note != "" && noteIn(note) != len(note) {
		return "", fmt.Errorf("patch of a core record: behind it is no note: %w", ErrCorrupt)
	}
	record += note
	if err := c.Reload("", record, nil); err != nil {
		return "", fmt.Errorf("patched %w", err)
	}
	return record, nil
}

// patch lets a patch without its hash and its note, which begins at at, happen to its
// record, which was loaded and nothing else.
func (c *Customer) patch(patch string) (at int, err error) {
	r := reader{s: patch, left: 1}
	outer := r.open()
	r.format(patchFormat)
	before := c.parts
	c.parts = [numSections]part{}
	external, inline := c.decodeHead(&r, patchHead)
	c.next = c.wake
	edited := r.uint()
	if edited&external != 0 || edited>>numSections != 0 {
		r.fail("a set of sections")
	}
	c.decodeExternals(&r, external, patchHead)
	for m := inline; m != 0 && r.err == nil; m &= m - 1 {
		s := bits.TrailingZeros64(m)
		p := &c.parts[s]
		if m&-m&edited != 0 {
			p.raw = r.raw()
		} else {
			p.raw = before[s].raw
		}
		if p.raw == "" {
			r.fail("a section")
		}
	}
	r.close(outer)
	return r.pos, r.err
}
