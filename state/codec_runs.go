package state

import "github.com/beckon-io/beckon/schemas"

func (rs *Runs) encode(w *writer) {
	w.section(RunsSection, 3)
	w.array(len(rs.Active))
	for i := range rs.Active {
		rs.Active[i].encode(w)
	}
	w.array(len(rs.Dates))
	for i := range rs.Dates {
		rs.Dates[i].encode(w)
	}
	w.time(rs.Scanned)
}

func (rs *Runs) decode(r *reader) {
	rs.Active = listInto(rs.Active, r, 18, (*Run).decode)
	rs.Dates = listInto(rs.Dates, r, 7, (*DateStart).decode)
	rs.Scanned = r.time()
}

func (rs *Runs) blank() bool { return len(rs.Active) == 0 && len(rs.Dates) == 0 && rs.Scanned == 0 }

func (d *DateStart) encode(w *writer) {
	w.array(6)
	w.str(d.Trigger)
	w.str(d.Version)
	w.str(d.ID)
	w.time(d.Due)
	w.str(d.Last)
	w.time(d.LastAt)
}

func (d *DateStart) decode(r *reader) {
	d.Trigger = r.str()
	d.Version = r.str()
	d.ID = r.str()
	d.Due = r.time()
	d.Last = r.str()
	d.LastAt = r.time()
}

func (u *Run) encode(w *writer) {
	w.array(17)
	w.str(u.Trigger)
	w.str(u.Version)
	w.str(u.Key)
	w.str(u.ID)
	u.Start.encode(w)
	w.time(u.StartedAt)
	w.int(int64(u.Op))
	w.time(u.At)
	w.time(u.Due)
	w.time(u.Held)
	w.strs(u.HeldChannels)
	w.int(int64(u.Sent))
	w.time(u.FirstSentAt)
	w.str(u.Variant)
	w.str(u.TraceParent)
	w.str(u.TraceState)
	w.time(u.Again)
}

func (u *Run) decode(r *reader) {
	u.Trigger = r.str()
	u.Version = r.str()
	u.Key = r.str()
	u.ID = r.str()
	outer := r.open()
	u.Start.decode(r)
	r.close(outer)
	u.StartedAt = r.time()
	u.Op = int(r.int())
	u.At = r.time()
	u.Due = r.time()
	u.Held = r.time()
	u.HeldChannels = r.strs()
	u.Sent = int(r.int())
	u.FirstSentAt = r.time()
	u.Variant = r.str()
	u.TraceParent = r.str()
	u.TraceState = r.str()
	u.Again = r.time()
}

func (e *StartEvent) encode(w *writer) {
	w.array(6)
	w.str(e.ID)
	w.str(e.Source)
	w.str(e.Type)
	w.time(e.Time)
	w.bin(e.Data)
	w.bin(e.Item)
}

func (e *StartEvent) decode(r *reader) {
	e.ID = r.str()
	e.Source = r.str()
	e.Type = r.str()
	e.Time = r.time()
	e.Data = r.bytes()
	e.Item = r.bytes()
}

func (u *Untils) encode(w *writer) {
	w.section(UntilsSection, 1)
	w.array(len(u.Events))
	for i := range u.Events {
		u.Events[i].encode(w)
	}
}

func (u *Untils) decode(r *reader) { u.Events = listInto(u.Events, r, 9, (*StartEvent).decode) }

func (u *Untils) blank() bool { return len(u.Events) == 0 }

func (d *Decisions) encode(w *writer) {
	w.section(DecisionsSection, 1)
	w.array(len(d.Last))
	for i := range d.Last {
		w.array(decisionFields)
		encodeDecision(w, &d.Last[i])
	}
}

func (d *Decisions) decode(r *reader) { d.Last = listInto(d.Last, r, 11, decodeDecision) }

func (d *Decisions) blank() bool { return len(d.Last) == 0 }

const decisionFields = 10

func encodeDecision(w *writer, d *schemas.Decision) {
	w.time(d.Time)
	w.text(d.Trigger)
	w.text(d.Version)
	w.text(d.Key)
	w.text(d.Step)
	w.uint(uint64(d.Outcome))
	w.uint(uint64(d.Reason))
	w.text(string(d.CommandID))
	w.text(d.EventID)
	w.text(d.Detail)
}

// decodeDecision reads an outcome or reason that this version does not know as
// none: the list is for people, and a newer instance may have written it.
func decodeDecision(d *schemas.Decision, r *reader) {
	d.Time = r.time()
	d.Trigger = r.str()
	d.Version = r.str()
	d.Key = r.str()
	d.Step = r.str()
	if v := r.uint(); v <= uint64(schemas.Converted) {
		d.Outcome = schemas.Outcome(v)
	}
	if v := r.uint(); v <= uint64(schemas.Erased) {
		d.Reason = schemas.Reason(v)
	}
	d.CommandID = schemas.CommandID(r.str())
	d.EventID = r.str()
	d.Detail = r.str()
}
