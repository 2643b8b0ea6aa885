package state

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/beckon-io/beckon/schemas"
)

// The core record holds the core and every small section, so that a typical
// customer is one record: one read, and one changelog record per change. A
// section that is large lives under a key of its own, so that a year of
// purchases is not written again at each page view.
//
// A core record is a msgpack array:
//
//	0      format number, 2
//	1      wake, see Customer.Wake, in µs since 1970, 0: none. Timers are rebuilt from it
//	2      sections that have a key of their own, bit s for Section s
//	3      sections that are in this record
//	4      which slots of decisions are filled, and which is next: see decisions.go; not in format 1
//	5…     for each of the former, in order: its size in KiB, rounded up, and its gist
//	       if it is one that leaves one; no gists in format 1
//	…      for each of the latter, in order: its bytes (as a msgpack byte string)
//
// A section's bytes are drawn at formats. Under its own key it is just these.
const (
	recordFormat = 2
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
	if record == "" {
		return nil
	}
	r := reader{s: record, left: 1}
	format, external, inline, outer := c.header(&r)
	for m := external; m != 0; m &= m - 1 {
		p := &c.parts[bits.TrailingZeros64(m)]
		p.external = true
		p.kibs = int32(min(r.count(), MaxBytes))
		if format >= 2 && m&-m&withGist != 0 {
			p.gist = r.str()
		}
		p.size = p.kibs * kib
	}
	for m := inline; m != 0; m &= m - 1 {
		p := &c.parts[bits.TrailingZeros64(m)]
		p.raw = r.raw()
		p.size = int32(len(p.raw))
	}
	r.close(outer)
	if err := r.end(); err != nil {
		return fmt.Errorf("core record: %w", err)
	}
	c.stored = true
	c.armed, c.next = c.wake, c.wake
	return nil
}

// header reads the elements 0 to 4.
func (c *Customer) header(r *reader) (format, external, inline uint64, outer int) {
	outer = r.open()
	format = r.format(recordFormat)
	c.wake = r.time()
	external, inline = r.uint(), r.uint()
	if external&inline != 0 || (external|inline)>>numSections != 0 || external&1 != 0 {
		r.fail("a set of sections")
		return format, 0, 0, outer
	}
	if format >= 2 {
		c.decided = r.count()
		c.storedDecided = c.decided
	}
	if c.decided >= 2*MaxDecisions {
		r.fail("a number of slots")
		return format, 0, 0, outer
	}
	return format, external, inline, outer
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
type Change struct {
	Section Section
	Value   []byte
}

// Encoder turns edited customers into changes, in buffers that it reuses. The
// zero value is ready. Not safe for concurrent use.
type Encoder struct {
	w     writer // sections one after the other
	gist  writer // gists one after the other
	rec   writer // the core record
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
	dst = c.decisionChanges(e, dst)
	rewrite := c.Wake() != c.wake || len(dst) > before
	for s := range c.parts {
		p := &c.parts[s]
		if !p.dirty {
			continue
		}
		was, bytes := p.external, c.encodePart(e, Section(s))
		most := externalAbove[s]
		now := s != int(CoreSection) && (len(bytes) > most || was && len(bytes) >= most/2)
		p.moved = was != now
		switch {
		case now:
			dst = append(dst, Change{Section(s), bytes})
		case was:
			dst = append(dst, Change{Section(s), nil})
		}
		gist := ""
		if now {
			gist = c.encodeGist(e, Section(s))
		}
		rewrite = rewrite || !now || p.moved || kibs(len(bytes)) != p.kibs || gist != p.gist
		p.size = int32(len(bytes))
	}
	switch {
	case !rewrite:
	case !c.Empty():
		dst = append(dst, Change{CoreSection, c.encodeRecord(e, false)})
	case c.stored:
		dst = append(dst, Change{CoreSection, nil})
	}
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

// encodeRecord makes the core record. The dirty sections have been encoded.
// With whole, every section goes into it, whatever its size.
func (c *Customer) encodeRecord(e *Encoder, whole bool) []byte {
	var external, inline uint64
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
		case p.val == nil:
			e.spans[s] = span{}
			continue
		case !p.dirty:
			c.encodePart(e, Section(s))
		}
		if e.spans[s].to > e.spans[s].from {
			inline |= 1 << s
		}
	}
	w := &e.rec
	w.b = w.b[:0]
	format, head := uint64(recordFormat), 5
	if whole {
		format, head = wholeFormat, 4
	}
	w.array(head + bits.OnesCount64(external) + bits.OnesCount64(external&withGist) + bits.OnesCount64(inline))
	w.uint(format)
	w.time(c.Wake())
	w.uint(external)
	w.uint(inline)
	if !whole {
		w.uint(uint64(c.decidedNext()))
	}
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
	return w.b
}

// EncodeWhole is all of a customer but the slots of decisions in one record, for mail
// to another task.
func (c *Customer) EncodeWhole() ([]byte, error) {
	var e Encoder
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
	return c.encodeRecord(&e, true), nil
}

// DecodeWhole reads what EncodeWhole made. The customer is a new one: all of
// it counts as edited, none as stored.
func DecodeWhole(subject string, b []byte) (*Customer, error) {
	c, err := Load(subject, string(b), nil)
	if err != nil {
		return nil, err
	}
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
