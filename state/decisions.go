package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

// The latest decisions are for people, who ask for those of a few customers, while
// every sixth event brings some. So those of one event have a key of their own, in a
// ring of MaxDecisions slots, and are written without any others being read. The core
// record counts the slots that were written: up to MaxDecisions, then from there to
// twice that, over and over, so that the number tells both which slots are
// filled and which is next. So MaxDecisions is a part of the stored format.

// firstSlot is the section of the first slot. Slots follow the numbers that are left
// for other sections.
const firstSlot Section = 32

// slotFormat is the number of a slot's format, as in formats: an array of it and,
// as an array of its fields each, the decisions, oldest first.
const slotFormat = 1

const (
	maxSlotBytes    = 2 * kib
	maxDecisionText = 256 // seven of them are less than a slot

	maxRingBytes = MaxDecisions * maxSlotBytes
)

func isSlot(s Section) bool { return s >= firstSlot && s < firstSlot+MaxDecisions }

// Unasked tells that nothing but a person's question reads the section. Of a patch there is
// nothing to read: the store has its tombstones alone.
func (s Section) Unasked() bool { return isSlot(s) || s.IsPatch() }

// slot is the one that is written after so many others.
func slot(decided int) Section { return firstSlot + Section(decided%MaxDecisions) }

// afterSlot counts one more.
func afterSlot(decided int) int {
	if decided++; decided < 2*MaxDecisions {
		return decided
	}
	return MaxDecisions
}

// AddDecision appends a decision, without the customer. Of more than MaxDecisions
// the oldest go, and of those of one event what is more than a slot takes. Texts longer
// than any honest one are cut.
func (c *Customer) AddDecision(d schemas.Decision) {
	d.Customer = ""
	c.decisions = push(c.decisions, d, MaxDecisions)
	if c.decided >= MaxDecisions {
		c.drop(DecisionsSection) // written by a version without slots
	}
}

// Decisions are the latest, oldest first, without the customer. They are read from
// the store each time, but for those that were added since Load.
func (c *Customer) Decisions() []schemas.Decision {
	var parts [][]schemas.Decision // the latest first
	have := 0
	add := func(part []schemas.Decision) {
		parts = append(parts, part)
		have += len(part)
	}
	add(c.decisions)
	for i := range min(c.decided, MaxDecisions) {
		if have >= MaxDecisions {
			break
		}
		part, err := c.readSlot(slot(c.decided - 1 - i + MaxDecisions))
		if err != nil {
			c.Fail(err)
			break
		}
		add(part)
	}
	if have < MaxDecisions {
		add(get[Decisions](c, DecisionsSection).Last)
	}
	slices.Reverse(parts)
	all := slices.Concat(parts...)
	return all[max(0, len(all)-MaxDecisions):]
}

func (c *Customer) readSlot(s Section) (all []schemas.Decision, err error) {
	raw, err := c.external(s)
	if err != nil {
		return nil, err
	}
	r := reader{s: raw, left: 1}
	outer := r.open()
	r.format(slotFormat)
	for r.left > 0 && r.err == nil {
		var d schemas.Decision
		inner := r.open()
		decodeDecision(&d, &r)
		r.close(inner)
		all = append(all, d)
	}
	r.close(outer)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("section %s: %w", s, err)
	}
	return all, nil
}

// forgetDecisions empties the ring.
func (c *Customer) forgetDecisions() {
	clear(c.decisions) // their texts may be parts of what was fetched
	c.decisions, c.decided = c.decisions[:0], 0
}

// decidedNext is how many slots will have been written once the changes are committed.
func (c *Customer) decidedNext() int {
	if len(c.decisions) == 0 {
		return c.decided
	}
	return afterSlot(c.decided)
}

// decisionChanges appends what the edits since Load have done to the ring.
func (c *Customer) decisionChanges(e *Encoder, dst []Change) []Change {
	if len(c.decisions) > 0 {
		dst = append(dst, Change{Section: slot(c.decided), Value: c.encodeSlot(&e.w)})
	}
	for i := min(c.decidedNext(), MaxDecisions); i < min(c.storedDecided, MaxDecisions); i++ { // the ring was emptied
		dst = append(dst, Change{Section: slot(i)})
	}
	return dst
}

// encodeSlot writes the latest of the new decisions, as many as a slot takes.
func (c *Customer) encodeSlot(w *writer) []byte {
	from := len(w.b)
	for n := len(c.decisions); ; n-- {
		w.b = w.b[:from]
		w.array(1 + n)
		w.uint(slotFormat)
		for i := range c.decisions[len(c.decisions)-n:] {
			w.array(decisionFields)
			encodeDecision(w, &c.decisions[len(c.decisions)-n+i])
		}
		if n == 1 || len(w.b)-from <= maxSlotBytes {
			return w.b[from:]
		}
	}
}

// text writes a text of a decision, cut to maxDecisionText.
func (w *writer) text(s string) {
	if len(s) > maxDecisionText {
		s = strings.ToValidUTF8(s[:maxDecisionText-len("…")], "") + "…"
	}
	w.str(s)
}
