package state

import (
	"cmp"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

// Coupon is the code among those of the customer, nil if it is not known. Shops
// write codes as they like (WooCommerce in small letters), so case does not
// count.
func (s *Sends) Coupon(code string) *Coupon {
	for i := range s.Coupons {
		if strings.EqualFold(s.Coupons[i].Code, code) {
			return &s.Coupons[i]
		}
	}
	return nil
}

// AddCoupon notes a code at its place by the time it was issued; one that is
// known stays as it is. Where MaxCoupons are known, one that is of no more use
// when the new one is issued makes room, else the oldest.
func (s *Sends) AddCoupon(c Coupon) {
	if s.Coupon(c.Code) != nil {
		return
	}
	if len(s.Coupons) >= MaxCoupons {
		i := len(s.Coupons) - 1
		for i >= 0 && !s.Coupons[i].spent(c.IssuedAt) {
			i--
		}
		if i < 0 {
			i = len(s.Coupons) - 1
			if c.IssuedAt < s.Coupons[i].IssuedAt {
				return
			}
		}
		s.Coupons = slices.Delete(s.Coupons, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(s.Coupons, c, func(a, b Coupon) int { return cmp.Compare(b.IssuedAt, a.IssuedAt) })
	s.Coupons = slices.Insert(s.Coupons, at, c)
}

// spent tells whether the code is used, or expired at an instant.
func (c *Coupon) spent(now schemas.Time) bool {
	return c.UsedAt != 0 || c.ExpiresAt != 0 && c.ExpiresAt <= now
}

// AddOpen notes a message that may be called off from a moment on, by which
// others may have expired; the oldest goes where MaxOpen are known.
func (s *Sends) AddOpen(m Revocable, now schemas.Time) {
	s.Open = slices.DeleteFunc(s.Open, func(o Revocable) bool { return o.ExpiresAt <= now })
	s.Open = push(s.Open, m, MaxOpen)
}

// MergeOpen adds messages to another id. When they were sent is not kept: what expires
// first counts as the oldest.
func (s *Sends) MergeOpen(others []Revocable) {
	if len(others) == 0 {
		return
	}
	all := append(slices.Clone(s.Open), others...)
	slices.SortStableFunc(all, func(a, b Revocable) int { return cmp.Compare(a.ExpiresAt, b.ExpiresAt) })
	s.Open = all[max(0, len(all)-MaxOpen):]
}

// Settled forgets that a message may be called off; false if none was to be.
func (s *Sends) Settled(id schemas.CommandID) bool {
	n := len(s.Open)
	s.Open = slices.DeleteFunc(s.Open, func(m Revocable) bool { return m.CommandID == id })
	return len(s.Open) < n
}

func (c *Coupon) encode(w *writer) {
	w.array(8)
	w.str(c.Code)
	w.str(c.Trigger)
	w.str(string(c.CommandID))
	w.array(5)
	w.str(c.Offer.Kind)
	w.str(c.Offer.Value)
	w.str(c.Offer.Currency)
	w.str(c.Offer.Minimum)
	w.bool(c.Offer.FreeShipping)
	w.time(c.IssuedAt)
	w.time(c.ExpiresAt)
	w.time(c.UsedAt)
	w.str(c.OrderID)
}

func (c *Coupon) decode(r *reader) {
	c.Code = r.str()
	c.Trigger = r.str()
	c.CommandID = schemas.CommandID(r.str())
	outer := r.open()
	c.Offer.Kind = r.str()
	c.Offer.Value = r.str()
	c.Offer.Currency = r.str()
	c.Offer.Minimum = r.str()
	c.Offer.FreeShipping = r.bool()
	r.close(outer)
	c.IssuedAt = r.time()
	c.ExpiresAt = r.time()
	c.UsedAt = r.time()
	c.OrderID = r.str()
}

func (m *Revocable) encode(w *writer) {
	w.array(12)
	w.str(string(m.CommandID))
	w.str(m.Trigger)
	w.str(m.Version)
	w.str(m.Step)
	w.str(m.Key)
	w.str(m.Run)
	w.str(m.Variant)
	w.int(int64(m.Sent))
	w.time(m.StartedAt)
	w.str(m.Channel)
	w.str(string(m.Class))
	w.time(m.ExpiresAt)
}

func (m *Revocable) decode(r *reader) {
	m.CommandID = schemas.CommandID(r.str())
	m.Trigger = r.str()
	m.Version = r.str()
	m.Step = r.str()
	m.Key = r.str()
	m.Run = r.str()
	m.Variant = r.str()
	m.Sent = int(r.int())
	m.StartedAt = r.time()
	m.Channel = r.str()
	m.Class = schemas.Class(r.str())
	m.ExpiresAt = r.time()
}
