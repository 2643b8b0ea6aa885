package state

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
)

func (c *Core) encode(w *writer) {
	w.section(CoreSection, 14)
	c.Profile.encode(w)
	w.array(len(c.Consent))
	for i := range c.Consent {
		w.array(4)
		w.str(c.Consent[i].Channel)
		w.str(c.Consent[i].Purpose)
		w.bool(c.Consent[i].Granted)
		w.time(c.Consent[i].At)
	}
	w.array(len(c.Suppress))
	for i := range c.Suppress {
		w.array(4)
		w.str(c.Suppress[i].Channel)
		w.int(int64(c.Suppress[i].Bounced))
		w.int(int64(c.Suppress[i].Complained))
		w.time(c.Suppress[i].Unsubscribed)
	}
	c.EventIDs.encode(w)
	w.time(c.CreatedAt)
	w.time(c.LastSeenAt)
	w.time(c.ErasedAt)
	w.str(c.AliasOf)
	w.strs(c.Aliases)
	w.int(c.Points)
	w.str(c.Tier)
	w.time(c.PointsExp)
	w.time(c.LoyaltyAt)
	w.array(len(c.Told))
	for i := range c.Told {
		w.array(2)
		w.str(c.Told[i].Field)
		w.time(c.Told[i].At)
	}
}

func (c *Core) decode(r *reader) {
	outer := r.open()
	c.Profile.decode(r)
	r.close(outer)
	c.Consent = listInto(c.Consent, r, 5, (*Consent).decode)
	c.Suppress = listInto(c.Suppress, r, 5, (*Suppression).decode)
	c.EventIDs.decode(r)
	c.CreatedAt = r.time()
	c.LastSeenAt = r.time()
	c.ErasedAt = r.time()
	c.AliasOf = r.str()
	c.Aliases = r.strs()
	c.Points = r.int()
	c.Tier = r.str()
	c.PointsExp = r.time()
	c.LoyaltyAt = r.time()
	c.Told = list(r, 3, (*Told).decode)
}

func (c *Core) blank() bool {
	return c.Profile.blank() && len(c.Consent) == 0 && len(c.Suppress) == 0 && len(c.EventIDs) == 0 &&
		c.CreatedAt == 0 && c.LastSeenAt == 0 && c.ErasedAt == 0 && c.AliasOf == "" && len(c.Aliases) == 0 &&
		c.Points == 0 && c.Tier == "" && c.PointsExp == 0 && c.LoyaltyAt == 0 && len(c.Told) == 0
}

// The profile of somebody of whom only events are known is an empty array.
func (p *Profile) encode(w *writer) {
	if p.blank() {
		w.array(0)
		return
	}
	w.array(10)
	w.str(p.Email)
	w.str(p.Phone)
	w.str(p.Timezone)
	w.str(p.Country)
	w.str(p.Locale)
	w.str(p.Birthday)
	w.str(p.ReferredBy)
	w.bin(p.Attributes)
	w.time(p.At)
	w.uint(uint64(p.TakenAway))
}

func (p *Profile) decode(r *reader) {
	if r.left == 0 {
		return
	}
	p.Email = r.str()
	p.Phone = r.str()
	p.Timezone = r.str()
	p.Country = r.str()
	p.Locale = r.str()
	p.Birthday = r.str()
	p.ReferredBy = r.str()
	p.Attributes = r.bytes()
	p.At = r.time()
	p.TakenAway = uint8(r.uint())
}

func (p *Profile) blank() bool {
	return p.Email == "" && p.Phone == "" && p.Timezone == "" && p.Country == "" && p.Locale == "" &&
		p.Birthday == "" && p.ReferredBy == "" && len(p.Attributes) == 0 && p.At == 0 && p.TakenAway == 0
}

func (t *Told) decode(r *reader) {
	t.Field = r.str()
	t.At = r.time()
}

func (c *Consent) decode(r *reader) {
	c.Channel = r.str()
	c.Purpose = r.str()
	c.Granted = r.bool()
	c.At = r.time()
}

func (s *Suppression) decode(r *reader) {
	s.Channel = r.str()
	s.Bounced = int(r.int())
	s.Complained = int(r.int())
	s.Unsubscribed = r.time()
}

// The hashes are one byte string of eight bytes each, little-endian.
func (ids EventIDs) encode(w *writer) {
	w.binHeader(8 * len(ids))
	for _, h := range ids {
		w.b = append(w.b, byte(h), byte(h>>8), byte(h>>16), byte(h>>24), byte(h>>32), byte(h>>40), byte(h>>48), byte(h>>56))
	}
}

func (ids *EventIDs) decode(r *reader) {
	s := r.raw()
	if len(s)%8 != 0 {
		r.fail("a list of hashes")
		return
	}
	if s == "" {
		return
	}
	all := slices.Grow((*ids)[:0], len(s)/8+1)[:len(s)/8]
	for i := range all {
		b := s[8*i : 8*i+8]
		all[i] = uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	}
	*ids = all
}

func (c *Cart) encode(w *writer) {
	w.section(CartSection, 6)
	w.str(c.ID)
	w.str(c.Currency)
	w.amount(c.Total)
	encodeItems(w, c.Items)
	w.time(c.UpdatedAt)
}

func (c *Cart) decode(r *reader) {
	c.ID = r.str()
	c.Currency = r.str()
	c.Total = r.amount()
	c.Items = listWithin(&r.room.items, r, 7, decodeItem)
	c.UpdatedAt = r.time()
}

func (c *Cart) blank() bool {
	return c.ID == "" && c.Currency == "" && c.Total.IsZero() && len(c.Items) == 0 && c.UpdatedAt == 0
}

func encodeItems(w *writer, items []schemas.Item) {
	w.array(len(items))
	for i := range items {
		it := &items[i]
		w.array(6)
		w.str(it.SKU)
		w.amount(it.Quantity)
		w.amount(it.Price)
		w.str(it.Category)
	}
}

func decodeItem(it *schemas.Item, r *reader) {
	it.SKU = r.str()
	it.Quantity = r.amount()
	it.Price = r.amount()
	it.Category = r.str()
}

func (v *Views) encode(w *writer) {
	w.section(ViewsSection, 3)
	encodeViews(w, v.Recent)
	w.array(len(v.Counts))
	for i := range v.Counts {
		w.array(2)
		w.str(v.Counts[i].SKU)
		w.int(int64(v.Counts[i].Count))
	}
	w.array(len(v.Watched))
	for i := range v.Watched {
		w.array(2)
		w.str(v.Watched[i].SKU)
		w.time(v.Watched[i].At)
	}
}

func (v *Views) decode(r *reader) {
	v.Recent = listInto(v.Recent, r, 6, (*View).decode)
	v.Counts = listInto(v.Counts, r, 3, (*ViewCount).decode)
	v.Watched = list(r, 3, (*Watch).decode)
}

func (v *Views) blank() bool {
	return len(v.Recent) == 0 && len(v.Counts) == 0 && len(v.Watched) == 0
}

func (l *Looks) encode(w *writer) {
	w.section(LooksSection, 1)
	encodeViews(w, l.Last)
}

func (l *Looks) decode(r *reader) { l.Last = listInto(l.Last, r, 6, (*View).decode) }

func (l *Looks) blank() bool { return len(l.Last) == 0 }

func encodeViews(w *writer, views []View) {
	w.array(len(views))
	for i := range views {
		views[i].encode(w)
	}
}

func (v *View) encode(w *writer) {
	w.array(5)
	w.str(v.SKU)
	w.str(v.Category)
	w.amount(v.Price)
	w.time(v.At)
}

func (v *View) decode(r *reader) {
	v.SKU = r.str()
	v.Category = r.str()
	v.Price = r.amount()
	v.At = r.time()
}

func (v *ViewCount) decode(r *reader) {
	v.SKU = r.str()
	v.Count = int(r.int())
}

func (w *Watch) decode(r *reader) {
	w.SKU = r.str()
	w.At = r.time()
}
