package state

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/beckon-io/beckon/schemas"
)

// The core record holds the core and every small section, so that a typical
// customer is one record: one read, and one write per change. A
// section that is large lives under a key of its own, so that a year of
// purchases is not written again at each page view.
//
// A core record is a msgpack array:
//
//	0      format number, 3; before that no notes follow
//	1      wake, see Customer.Wake, in µs since 1970, 0: none. Timers are rebuilt from it
//	2      sections that have a key of their own, bit s for Section s
//	3      sections that are in this record
//	4      which slots of decisions are filled, and which is next: see decisions.go; not in format 1
//	5      how many patches the changelog has of it but for those that are notes; not before format 3
//	6…     for each of the former, in order: its size in KiB, rounded up, and its gist
//	       if it is one that leaves one; no gists in format 1
//	…      for each of the latter, in order: its bytes (as a msgpack byte string)
//
// and behind it are its notes, see notes.go.
//
// A section's bytes are drawn at formats. Under its own key it is just these.
const (
	recordFormat = 3
	wholeFormat  = 1 // of EncodeWhole, which has no use for more: an older beckon may get it in the mail
)

// A section moves to a key of its own when it is larger than its bound, and back
// when it is smaller than half of that: two bounds, so that one that grows and
// shrinks around either does not move each time. The core never moves. What page
// views and carts leave alone moves early, so that they don't write it.
var externalAbove = [numSections]int{
	CartSection: 512, RunsSection: 512, TraitsSection: 512, EntrySection: 512, LooksSection: 1024,
	ViewsSection: 96, OrdersSection: 96, CyclesSection: 96, SendsSection: 96, UntilsSection: 96, DecisionsSection: 96,
}

const kib = 1 << 10

// Load takes a customer's core record, empty if there is none, and decodes
// nothing yet. Sections under their own keys are read from src when they are
// asked for; src may be nil for a record made by EncodeWhole.
func Load(subject, record string, src Source) (*Customer, error) {
	c := new(Customer)
	if err := c.Reload(subject, record, src); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload is Load into a Customer that nobody has any more use for, nor for its
// sections.
func (c *Customer) Reload(subject, record string, src Source) error {
	c.Subject, c.src, c.err = subject, src, nil
	c.parts = [numSections]part{}
	c.in.room.reset()
	c.stored, c.wake, c.next, c.settled, c.armed, c.grown = false, 0, 0, true, 0, 0
	c.forgetDecisions()
	c.storedDecided = 0
	c.patching = patching{record: record}
	if record == "" {
		return nil
	}
	r := reader{s: record, left: 1}
	format, external, inline, outer := c.header(&r)
	c.decodeExternals(&r, external, format)
	for m := inline; m != 0; m &= m - 1 {
		p := &c.parts[bits.TrailingZeros64(m)]
		p.raw = r.raw()
		p.size = int32(len(p.raw))
	}
	r.close(outer)
	c.core = c.parts[CoreSection].raw
	if c.format = format; format >= patchHead {
		c.readNotes(&r)
		c.parts[CoreSection].size += int32(len(c.notes))
	}
	if err := r.end(); err != nil {
		return fmt.Errorf("core record: %w", err)
	}
	c.stored = true
	c.armed, c.next = c.wake, c.wake
	return nil
}

// header reads the elements 0 to 5.
func (c *Customer) header(r *reader) (format, external, inline uint64, outer int) {
	outer = r.open()
	format = r.format(recordFormat)
	external, inline = c.decodeHead(r, format)
	return format, external, inline, outer
}

// decodeHead reads what encodeHead writes, as a record of an older format has it.
func (c *Customer) decodeHead(r *reader, format uint64) (external, inline uint64) {
	c.wake = r.time()
	external, inline = r.uint(), r.uint()
	if external&inline != 0 || (external|inline)>>numSections != 0 || external&1 != 0 {
		r.fail("a set of sections")
		return 0, 0
	}
	if format >= 2 {
		c.decided = r.count()
		c.storedDecided = c.decided
	}
	if format >= patchHead {
		c.patches = r.count()
	}
	if c.decided >= 2*MaxDecisions || c.patches > maxPatches {
		r.fail("a number of slots")
		return 0, 0
	}
	return external, inline
}

// encodeHead writes the elements 1 to 5.
func (c *Customer) encodeHead(w *writer, external, inline uint64) {
	w.time(c.Wake())
	w.uint(external)
	w.uint(inline)
	w.uint(uint64(c.decidedNext()))
	w.uint(uint64(c.patches))
}

// decodeExternals reads what encodeExternals writes.
func (c *Customer) decodeExternals(r *reader, external, format uint64) {
	for m := external; m != 0; m &= m - 1 {
		p := &c.parts[bits.TrailingZeros64(m)]
		p.external = true
		p.kibs = int32(min(r.count(), MaxBytes))
		if format >= 2 && m&-m&withGist != 0 {
			p.gist = r.str()
		}
		p.size = p.kibs * kib
	}
}

// encodeExternals writes of each section with a key of its own what the record has of it.
func (c *Customer) encodeExternals(e *Encoder, w *writer, external uint64) {
	for m := external; m != 0; m &= m - 1 {
		s := bits.TrailingZeros64(m)
		p := &c.parts[s]
		w.uint(uint64(kibs(int(p.size))))
		switch {
		case m&-m&withGist == 0:
		case p.dirty:
			w.str(view(e.gist.b[e.gists[s].from:e.gists[s].to]))
		default:
			w.str(p.gist)
		}
	}
}

// WakeOf is the wake in a core record, without decoding the rest.
func WakeOf(record string) (schemas.Time, error) {
	var c Customer
	r := reader{s: record, left: 1}
	c.header(&r)
	if r.err != nil {
		return 0, fmt.Errorf("core record: %w", r.err)
	}
	return c.wake, nil
}

// Change is what has to be written of one section: to the store, and to the
// changelog. The CoreSection's value is the core record, sections that are
// inlined in it have no change of their own. A nil Value deletes the key.
//
// Of a core record the changelog gets the Patch, under the key of Slot, where there is one.
type Change struct {
	Section Section
	Value   []byte

	Patch []byte
	Slot  Section
}

// Encoder turns edited customers into changes, in buffers that it reuses. The
// zero value is ready. Not safe for concurrent use.
type Encoder struct {
	w     writer // sections one after the other
	gist  writer // gists one after the other
	rec   writer // the core record
	patch writer // of it
	spans [numSections]span
	gists [numSections]span
}

// span is where a section's bytes are in one of the writers.
type span struct{ from, to int }

// view is the bytes as a string. They are not touched again while it is in use.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Changes appends what the edits since Load have to write. Calling it again
// gives the same. Large sections come first, the core record last. The values
// are the encoder's: they are valid until it is used again.
func (c *Customer) Changes(e *Encoder, dst []Change) []Change {
	before := len(dst)
	e.w.b, e.gist.b = e.w.b[:0], e.gist.b[:0]
	noted := c.noted()
	if !noted {
		c.takeNotes()
	}
	dst = c.decisionChanges(e, dst)
	rewrite := c.Wake() != c.wake || len(dst) > before
	edited := uint64(0)
	for s := range numSections {
		if p := &c.parts[s]; p.dirty && !(noted && (s == CoreSection || s == LooksSection)) {
			dst = c.change(e, s, dst, &rewrite)
			edited |= 1 << s
		}
	}
	if noted && rewrite && !c.patchable() { // nothing has happened to the core; it takes its notes in
		c.takeNotes()
		noted = false
		for _, s := range []Section{CoreSection, LooksSection} {
			if c.parts[s].dirty {
				dst = c.change(e, s, dst, &rewrite)
			}
		}
	}
	switch {
	case !rewrite && (!noted || c.note.events == 0):
	case !rewrite:
		dst = append(dst, c.noteChange(e))
	case !c.Empty():
		if c.erased && c.stored {
			dst = noPatches(dst)
		}
		if noted {
			dst = append(dst, c.patchChange(e, edited))
		} else {
			dst = append(dst, c.wholeChange(e))
		}
	case c.stored:
		if !c.internal() {
			dst = noPatches(dst)
		}
		dst = append(dst, Change{Section: CoreSection})
	}
	return dst
}

// change appends what an edited section has to write under its own key, and says whether
// the core record is to be written for it.
func (c *Customer) change(e *Encoder, s Section, dst []Change, rewrite *bool) []Change {
	p := &c.parts[s]
	was, bytes := p.external, c.encodePart(e, s)
	most := externalAbove[s]
	now := s != CoreSection && (len(bytes) > most || was && len(bytes) >= most/2)
	p.moved = was != now
	switch {
	case now:
		dst = append(dst, Change{Section: s, Value: bytes})
	case was:
		dst = append(dst, Change{Section: s})
	}
	gist := ""
	if now {
		gist = c.encodeGist(e, s)
	}
	*rewrite = *rewrite || !now || p.moved || kibs(len(bytes)) != p.kibs || gist != p.gist
	p.size = int32(len(bytes))
	return dst
}

func kibs(n int) int32 { return int32((n + kib - 1) / kib) }

// encodePart leaves the bytes of a section in e.
func (c *Customer) encodePart(e *Encoder, s Section) []byte {
	from := len(e.w.b)
	switch p := &c.parts[s]; {
	case p.val == nil:
		e.w.b = append(e.w.b, p.raw...)
	case !p.val.blank():
		p.val.encode(&e.w)
	}
	e.spans[s] = span{from, len(e.w.b)}
	return e.w.b[from:]
}

// encodeGist leaves the gist of a dirty section in e, and gives it.
func (c *Customer) encodeGist(e *Encoder, s Section) string {
	from := len(e.gist.b)
	if g, ok := c.parts[s].val.(gister); ok {
		g.gist(&e.gist)
	}
	e.gists[s] = span{from, len(e.gist.b)}
	return view(e.gist.b[from:])
}

// encodeRecord makes the core record, e.rec. The dirty sections have been encoded.
// With whole, every section goes into it, whatever its size.
func (c *Customer) encodeRecord(e *Encoder, whole bool) (external, inline uint64) {
	for s := range c.parts {
		p := &c.parts[s]
		switch {
		case !whole && p.external != p.moved:
			external |= 1 << s
			e.spans[s] = span{}
			continue
		case p.raw != "":
			e.spans[s] = span{}
			inline |= 1 << s
			continue
		case !p.dirty: // nothing is in it
			e.spans[s] = span{}
			continue
		}
		if e.spans[s].to > e.spans[s].from {
			inline |= 1 << s
		}
	}
	w := &e.rec
	w.b = w.b[:0]
	elements := bits.OnesCount64(external) + bits.OnesCount64(external&withGist) + bits.OnesCount64(inline)
	if whole {
		w.array(4 + elements)
		w.uint(wholeFormat)
		w.time(c.Wake())
		w.uint(external)
		w.uint(inline)
	} else {
		w.array(6 + elements)
		w.uint(recordFormat)
		c.encodeHead(w, external, inline)
	}
	c.encodeExternals(e, w, external)
	for m := inline; m != 0; m &= m - 1 {
		s := bits.TrailingZeros64(m)
		bytes := c.parts[s].raw
		if bytes == "" {
			bytes = view(e.w.b[e.spans[s].from:e.spans[s].to])
		}
		w.binHeader(len(bytes))
		w.b = append(w.b, bytes...)
		e.spans[s] = span{len(w.b) - len(bytes), len(w.b)}
	}
	return external, inline
}

// EncodeWhole is all of a customer but the slots of decisions in one record, for mail
// to another task.
func (c *Customer) EncodeWhole() ([]byte, error) {
	var e Encoder
	c.takeNotes() // which counts as an edit: nobody wants a record that was sent away to stay as it is
	for s := range c.parts {
		p := &c.parts[s]
		switch {
		case p.dirty:
			c.encodePart(&e, Section(s))
		case p.external && p.val == nil && p.raw == "":
			c.read(Section(s))
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	c.encodeRecord(&e, true)
	return e.rec.b, nil
}

// DecodeWhole reads what EncodeWhole made. The customer is a new one: all of
// it counts as edited, none as stored.
func DecodeWhole(subject string, b []byte) (*Customer, error) {
	c, err := Load(subject, string(b), nil)
	if err != nil {
		return nil, err
	}
	if c.count > 0 {
		return nil, fmt.Errorf("core record: there are notes behind it: %w", ErrCorrupt)
	}
	c.note.more = true
	for s := range c.parts {
		p := &c.parts[s]
		if p.external {
			return nil, fmt.Errorf("core record: section %s is not in it: %w", Section(s), ErrCorrupt)
		}
		if p.raw == "" {
			continue
		}
		p.val = newSection(Section(s))
		if err := decodeSection(Section(s), p.raw, p.val); err != nil {
			return nil, err
		}
		p.raw, p.dirty = "", true
	}
	c.stored, c.settled = false, false
	c.wake, c.armed = 0, 0
	return c, nil
}
