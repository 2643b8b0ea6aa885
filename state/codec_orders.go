package state

func (o *Orders) encode(w *writer) {
	w.section(OrdersSection, 6)
	w.int(int64(o.Count))
	w.amount(o.Revenue)
	w.time(o.FirstAt)
	w.time(o.LastAt)
	w.array(len(o.Recent))
	for i := range o.Recent {
		o.Recent[i].encode(w)
	}
}

func (o *Orders) decode(r *reader) {
	o.Count = int(r.int())
	o.Revenue = r.amount()
	o.FirstAt = r.time()
	o.LastAt = r.time()
	o.Recent = listInto(o.Recent, r, 13, (*Order).decode)
}

func (o *Orders) blank() bool {
	return o.Count == 0 && o.Revenue.IsZero() && o.FirstAt == 0 && o.LastAt == 0 && len(o.Recent) == 0
}

func (o *Order) encode(w *writer) {
	w.array(13)
	w.str(o.ID)
	w.str(o.Currency)
	w.str(o.CartID)
	w.time(o.At)
	w.amount(o.Total)
	encodeItems(w, o.Items)
	w.time(o.PromisedAt)
	w.uint(uint64(o.Status))
	w.time(o.StatusAt)
	w.array(len(o.Shipments))
	for i := range o.Shipments {
		o.Shipments[i].encode(w)
	}
	w.amount(o.Refunded)
}

func (o *Order) decode(r *reader) {
	o.ID = r.str()
	o.Currency = r.str()
	o.CartID = r.str()
	o.At = r.time()
	o.Total = r.amount()
	o.Items = listWithin(&r.room.items, r, 7, decodeItem)
	o.PromisedAt = r.time()
	o.Status = r.status()
	o.StatusAt = r.time()
	o.Shipments = listWithin(&r.room.shipments, r, 8, (*Shipment).decode)
	o.Refunded = r.amount()
}

func (s *Shipment) encode(w *writer) {
	w.array(7)
	w.str(s.ID)
	w.str(s.Carrier)
	w.str(s.TrackingCode)
	w.str(s.TrackingURL)
	w.time(s.PromisedAt)
	w.uint(uint64(s.Status))
	w.time(s.At)
}

func (s *Shipment) decode(r *reader) {
	s.ID = r.str()
	s.Carrier = r.str()
	s.TrackingCode = r.str()
	s.TrackingURL = r.str()
	s.PromisedAt = r.time()
	s.Status = r.status()
	s.At = r.time()
}

func (r *reader) status() Status {
	v := r.uint()
	if v > 255 {
		r.fail("a status")
	}
	return Status(v)
}

func (c *Cycles) encode(w *writer) {
	w.section(CyclesSection, 1)
	w.array(len(c.SKUs))
	for i := range c.SKUs {
		p := &c.SKUs[i]
		w.array(3)
		w.str(p.SKU)
		w.str(p.Category)
		w.array(len(p.Days))
		for _, day := range p.Days {
			w.int(int64(day))
		}
	}
}

func (c *Cycles) decode(r *reader) {
	c.SKUs = listInto(c.SKUs, r, 4, (*Purchases).decode)
	for i := 1; i < len(c.SKUs); i++ {
		if c.SKUs[i-1].SKU >= c.SKUs[i].SKU { // they are searched by halves
			r.fail("skus in order")
			return
		}
	}
}

func (p *Purchases) decode(r *reader) {
	p.SKU = r.str()
	p.Category = r.str()
	p.Days = r.days()
}

func (c *Cycles) blank() bool { return len(c.SKUs) == 0 }

func (r *reader) days() []int32 {
	n, outer := r.list(1)
	var all []int32
	if n > 0 {
		all = carve(&r.room.days, n)
	}
	for i := range all {
		all[i] = r.int32()
	}
	r.close(outer)
	return all
}

func (e *Entry) encode(w *writer) {
	w.section(EntrySection, 7)
	w.str(e.Customer)
	w.array(len(e.Waiting))
	for _, event := range e.Waiting {
		w.bin(event)
	}
	w.strs(e.Members)
	p := &e.Product
	w.array(11)
	w.amount(p.Price)
	w.str(p.Currency)
	w.str(p.Category)
	w.int(p.Stock)
	w.bool(p.HasStock)
	w.amount(p.ReplenishDays)
	w.bool(p.LowMargin)
	w.time(p.At)
	w.bin(p.Change)
	w.int(e.Granted)
	e.Scan.encode(w)
	w.array(2)
	w.time(e.Watcher.Since)
	w.time(e.Watcher.Until)
}

func (e *Entry) decode(r *reader) {
	e.Customer = r.str()
	n, outer := r.list(2)
	for range n {
		e.Waiting = append(e.Waiting, r.bytes())
	}
	r.close(outer)
	e.Members = r.strs()
	outer = r.open()
	p := &e.Product
	p.Price = r.amount()
	p.Currency = r.str()
	p.Category = r.str()
	p.Stock = r.int()
	p.HasStock = r.bool()
	p.ReplenishDays = r.amount()
	p.LowMargin = r.bool()
	p.At = r.time()
	p.Change = r.bytes()
	r.close(outer)
	e.Granted = r.int()
	e.Scan.decode(r)
	outer = r.open()
	e.Watcher.Since = r.time()
	e.Watcher.Until = r.time()
	r.close(outer)
}

func (e *Entry) blank() bool {
	p := &e.Product
	return e.Customer == "" && e.Granted == 0 && len(e.Waiting) == 0 && len(e.Members) == 0 &&
		p.Price.IsZero() && p.Currency == "" && p.Category == "" && p.Stock == 0 && !p.HasStock &&
		p.ReplenishDays.IsZero() && !p.LowMargin && p.At == 0 && len(p.Change) == 0 &&
		e.Scan.blank() && e.Watcher == Watcher{}
}

func (w *writer) strs(all []string) {
	w.array(len(all))
	for _, s := range all {
		w.str(s)
	}
}

func (r *reader) strs() []string {
	n, outer := r.list(1)
	var all []string
	if n > 0 {
		all = make([]string, n)
	}
	for i := range all {
		all[i] = r.str()
	}
	r.close(outer)
	return all
}
