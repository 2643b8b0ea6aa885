package state

import "github.com/beckon-io/beckon/schemas"

func (s *Sends) encode(w *writer) {
	w.section(SendsSection, 4)
	w.array(len(s.Recent))
	for i := range s.Recent {
		s.Recent[i].encode(w)
	}
	w.array(len(s.Triggers))
	for _, name := range sortedKeys(w, s.Triggers) {
		t := s.Triggers[name]
		w.array(5)
		w.str(name)
		w.time(t.FirstAt)
		w.strs(t.Once)
		w.array(len(t.Goals))
		for i := range t.Goals {
			t.Goals[i].encode(w)
		}
		w.time(t.Before)
	}
	w.array(len(s.Coupons))
	for i := range s.Coupons {
		s.Coupons[i].encode(w)
	}
	w.array(len(s.Open))
	for i := range s.Open {
		s.Open[i].encode(w)
	}
}

func (s *Sends) decode(r *reader) {
	s.Recent = listInto(s.Recent, r, 9, (*Sent).decode)
	n, outer := r.list(5)
	if n > 0 && s.Triggers == nil {
		s.Triggers = make(map[string]TriggerSends, n)
	}
	for range n {
		inner := r.open()
		name := r.str()
		s.Triggers[name] = TriggerSends{FirstAt: r.time(), Once: r.strs(), Goals: listWithin(&r.room.goals, r, 6, (*Goal).decode), Before: r.time()}
		r.close(inner)
	}
	r.close(outer)
	s.Coupons = list(r, 9, (*Coupon).decode)
	s.Open = list(r, 13, (*Revocable).decode)
}

func (s *Sends) blank() bool {
	return len(s.Recent) == 0 && len(s.Triggers) == 0 && len(s.Coupons) == 0 && len(s.Open) == 0
}

// maxSize is at least the encoded size, reckoned as that of a run.
func (s *Sends) maxSize() int {
	const lists, header, instant, number, flag = 4 * 5, 5, 9, 9, 1
	n := header + lists
	for i := range s.Recent {
		m := &s.Recent[i]
		n += 2*header + 2*instant + number + textSizes(string(m.CommandID), m.Channel, string(m.Class), m.Trigger) + textSizes(m.Tags...)
	}
	for name, t := range s.Triggers {
		n += 3*header + 2*instant + textSizes(name) + textSizes(t.Once...)
		for i := range t.Goals {
			g := &t.Goals[i]
			n += header + 2*instant + textSizes(g.Run, g.Version, string(g.CommandID), g.Key, g.Step)
		}
	}
	for i := range s.Coupons {
		c, o := &s.Coupons[i], &s.Coupons[i].Offer
		n += 2*header + 3*instant + flag + textSizes(c.Code, c.Trigger, string(c.CommandID), c.OrderID, o.Kind, o.Value, o.Currency, o.Minimum)
	}
	for i := range s.Open {
		m := &s.Open[i]
		n += header + 2*instant + number +
			textSizes(string(m.CommandID), m.Trigger, m.Version, m.Step, m.Key, m.Run, m.Variant, m.Channel, string(m.Class))
	}
	return n
}

func (s *Sent) encode(w *writer) {
	w.array(8)
	w.time(s.At)
	w.str(string(s.CommandID))
	w.str(s.Channel)
	w.str(string(s.Class))
	w.str(s.Trigger)
	w.strs(s.Tags)
	w.int(int64(s.Priority))
	w.time(s.ExpiresAt)
}

func (s *Sent) decode(r *reader) {
	s.At = r.time()
	s.CommandID = schemas.CommandID(r.str())
	s.Channel = r.str()
	s.Class = schemas.Class(r.str())
	s.Trigger = r.str()
	s.Tags = r.strs()
	s.Priority = int(r.int())
	s.ExpiresAt = r.time()
}

func (g *Goal) encode(w *writer) {
	w.array(7)
	w.str(g.Run)
	w.str(g.Version)
	w.str(string(g.CommandID))
	w.time(g.SentAt)
	w.time(g.Until)
	w.str(g.Key)
	w.str(g.Step)
}

func (g *Goal) decode(r *reader) {
	g.Run = r.str()
	g.Version = r.str()
	g.CommandID = schemas.CommandID(r.str())
	g.SentAt = r.time()
	g.Until = r.time()
	g.Key = r.str()
	g.Step = r.str()
}

func (t *Traits) encode(w *writer) {
	w.section(TraitsSection, 1)
	w.array(len(t.Values))
	for _, name := range sortedKeys(w, t.Values) {
		entries := t.Values[name].Entries
		w.array(2)
		w.str(name)
		w.array(len(entries))
		for i := range entries {
			entries[i].encode(w)
		}
	}
}

func (t *Traits) decode(r *reader) {
	n, outer := r.list(3)
	if n > 0 {
		t.Values = make(map[string]Trait, n)
	}
	for range n {
		inner := r.open()
		name := r.str()
		t.Values[name] = Trait{Entries: list(r, 8, (*TraitEntry).decode)}
		r.close(inner)
	}
	r.close(outer)
}

func (t *Traits) blank() bool { return len(t.Values) == 0 }

// maxSize is at least the encoded size, reckoned as that of a run.
func (t *Traits) maxSize() int {
	const header, instant, number, day, amount = 5, 9, 9, 5, 1 + 9
	n := 2 * header
	for name, trait := range t.Values {
		n += 2*header + textSizes(name)
		for i := range trait.Entries {
			e := &trait.Entries[i]
			n += 2*header + number + amount + instant + textSizes(e.Key, e.Text) + len(e.Buckets)*(header+2*day+number+amount)
		}
	}
	return n
}

func (e *TraitEntry) encode(w *writer) {
	w.array(7)
	w.str(e.Key)
	w.int(e.Count)
	w.amount(e.Sum)
	w.str(e.Text)
	w.time(e.At)
	w.array(len(e.Buckets))
	for i := range e.Buckets {
		w.array(5)
		w.int(int64(e.Buckets[i].Day))
		w.int(e.Buckets[i].Count)
		w.amount(e.Buckets[i].Sum)
		w.int(int64(e.Buckets[i].Second))
	}
}

func (e *TraitEntry) decode(r *reader) {
	e.Key = r.str()
	e.Count = r.int()
	e.Sum = r.amount()
	e.Text = r.str()
	e.At = r.time()
	e.Buckets = list(r, 5, (*TraitBucket).decode)
}

func (b *TraitBucket) decode(r *reader) {
	b.Day = r.int32()
	b.Count = r.int()
	b.Sum = r.amount()
	b.Second = r.int32()
}
