package state

import (
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/schemas"
)

// A page view is the most frequent event of all, and the list of a customer's
// views a long one: fifty of them, and a hundred counts. Written with each view it
// would be most of what is written. So a view goes to the looks at first, a short
// list, and these are taken in eight at a time. Whoever reads or edits the views
// does not notice.

// AddView takes one look at a product.
func (c *Customer) AddView(look View) {
	if c.noteLook(&look) {
		return
	}
	c.takeNotes()
	if c.appendLook(&look) {
		c.note.more = true
		return
	}
	looks := edit[Looks](c, LooksSection)
	looks.Last = append(looks.Last, look)
	if len(looks.Last) >= MaxLooks {
		c.EditViews()
	}
}

// appendLook adds to the bytes of the looks as they are: most events are views, and
// most triggers ask for none of them. False where they are decoded, or full. Like any
// section that nobody asks for they are copied unread: broken ones are noticed when
// somebody does.
func (c *Customer) appendLook(look *View) bool {
	p := &c.parts[LooksSection]
	if n, ok := c.rawLooks(); !ok || n+1 >= MaxLooks {
		return false
	}
	w := &c.looks
	if p.raw == "" {
		w.b = w.b[:0]
		w.section(LooksSection, 1)
		w.array(0)
	} else {
		w.b = append(w.b[:0], p.raw...)
	}
	w.b[looksHeader-1]++
	look.encode(w)
	p.raw, p.size, p.dirty = view(w.b), int32(len(w.b)), true
	return true
}

const looksHeader = 3 // the section's array, its format, the list's array

// rawLooks is how many looks there are in the bytes of the looks; not ok where they are
// decoded, or have to be.
func (c *Customer) rawLooks() (n int, ok bool) {
	p := &c.parts[LooksSection]
	switch {
	case p.val != nil || p.external:
		return 0, false
	case p.raw == "":
		return 0, true
	case len(p.raw) < looksHeader || p.raw[0] != fixedArray+2 || p.raw[1] != byte(formats[LooksSection]):
		return 0, false
	}
	n = int(p.raw[looksHeader-1]) - fixedArray
	return n, n >= 0 && n < 16
}

// Views are all views, to read.
func (c *Customer) Views() *Views {
	views := get[Views](c, ViewsSection)
	looks := get[Looks](c, LooksSection).Last
	if len(looks) == 0 {
		return views
	}
	m := &c.home.merged
	m.Recent = append(m.Recent[:0], views.Recent...)
	m.Counts = append(m.Counts[:0], views.Counts...)
	m.Watched = views.Watched
	for i := range looks {
		m.Add(looks[i])
	}
	return m
}

// EditViews is all views, to change.
func (c *Customer) EditViews() *Views {
	views := edit[Views](c, ViewsSection)
	if len(get[Looks](c, LooksSection).Last) == 0 {
		return views
	}
	looks := edit[Looks](c, LooksSection)
	for i := range looks.Last {
		views.Add(looks.Last[i])
	}
	looks.Last = looks.Last[:0]
	return views
}

// Add takes one look at a product: at its place by time among the latest, and
// in the product's count, whose place is first.
func (v *Views) Add(look View) {
	at := slices.IndexFunc(v.Recent, func(o View) bool { return o.At <= look.At })
	if at < 0 {
		at = len(v.Recent)
	}
	if at < MaxViews {
		v.Recent = slices.Insert(v.Recent, at, look)
		v.Recent = cut(v.Recent, MaxViews)
	}
	v.count(look.SKU, 1)
}

func (v *Views) count(sku string, n int) {
	at := slices.IndexFunc(v.Counts, func(c ViewCount) bool { return c.SKU == sku })
	if at < 0 {
		at = len(v.Counts)
		v.Counts = append(v.Counts, ViewCount{SKU: sku})
	}
	c := v.Counts[at]
	c.Count += n
	copy(v.Counts[1:], v.Counts[:at])
	v.Counts[0] = c
	v.Counts = cut(v.Counts, MaxViewCounts)
}

// Merge adds what was kept under another id.
func (v *Views) Merge(from *Views) {
	counts := v.lastLooks()
	for _, f := range from.lastLooks() {
		at := slices.IndexFunc(counts, func(c lastLook) bool { return c.SKU == f.SKU })
		if at < 0 {
			counts = append(counts, f)
			continue
		}
		c := &counts[at]
		c.Count, c.at = c.Count+f.Count, max(c.at, f.at)
	}
	slices.SortStableFunc(counts, func(a, b lastLook) int { return cmp.Compare(b.at, a.at) })
	v.Counts = make([]ViewCount, 0, MaxViewCounts)
	for _, c := range cut(counts, MaxViewCounts) {
		v.Counts = append(v.Counts, c.ViewCount)
	}
	v.Recent = slices.Concat(v.Recent, from.Recent)
	slices.SortStableFunc(v.Recent, func(a, b View) int { return cmp.Compare(b.At, a.At) })
	v.Recent = cut(v.Recent, MaxViews)
}

// lastLook is a count and when it last grew.
type lastLook struct {
	ViewCount
	at schemas.Time
}

// lastLooks tells of each count when it last grew, as far as is known: where the look
// is none of the latest it was before these.
func (v *Views) lastLooks() []lastLook {
	before := schemas.Time(0)
	if n := len(v.Recent); n > 0 {
		before = v.Recent[n-1].At
	}
	all := make([]lastLook, 0, len(v.Counts))
	for _, c := range v.Counts {
		at := before
		if i := slices.IndexFunc(v.Recent, func(l View) bool { return l.SKU == c.SKU }); i >= 0 {
			at = v.Recent[i].At
		}
		all = append(all, lastLook{c, at})
	}
	return all
}

// Count is how often the customer looked at a product, 0 if that is forgotten.
func (v *Views) Count(sku string) int {
	for i := range v.Counts {
		if v.Counts[i].SKU == sku {
			return v.Counts[i].Count
		}
	}
	return 0
}

// Watching is where a product is among those the customer is told of, -1 if it is
// not.
func (v *Views) Watching(sku string) int {
	return slices.IndexFunc(v.Watched, func(w Watch) bool { return w.SKU == sku })
}

// Watch puts a product at its place among those the customer is told of. Over
// MaxWatched the one whose interest is oldest goes: it is given back, and may be
// the one that was to come.
func (v *Views) Watch(w Watch) (over Watch) {
	v.Unwatch(w.SKU)
	at := slices.IndexFunc(v.Watched, func(o Watch) bool { return o.At <= w.At })
	if at < 0 {
		at = len(v.Watched)
	}
	v.Watched = slices.Insert(v.Watched, at, w)
	if last := len(v.Watched) - 1; last >= MaxWatched {
		over = v.Watched[last]
		v.Watched = cut(v.Watched, MaxWatched)
	}
	return over
}

// Unwatch takes a product out; false if it was not there.
func (v *Views) Unwatch(sku string) bool {
	at := v.Watching(sku)
	if at >= 0 {
		v.Watched = slices.Delete(v.Watched, at, at+1)
	}
	return at >= 0
}
