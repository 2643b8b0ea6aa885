package state

// The scan is an empty array in all entries but a task's own.
func (s *Scan) encode(w *writer) {
	if s.blank() {
		w.array(0)
		return
	}
	w.array(8)
	w.array(len(s.Starts))
	for i := range s.Starts {
		w.array(3)
		w.str(s.Starts[i].Trigger)
		w.str(s.Starts[i].Start)
		w.time(s.Starts[i].Since)
	}
	w.strs(s.Zones)
	w.time(s.Done)
	w.time(s.Target)
	w.time(s.Goal)
	w.str(s.At)
	w.time(s.Arms)
	w.time(s.ArmNext)
}

func (s *Scan) decode(r *reader) {
	outer := r.open()
	s.Starts = list(r, 4, (*ScanStart).decode)
	s.Zones = r.strs()
	s.Done = r.time()
	s.Target = r.time()
	s.Goal = r.time()
	s.At = r.str()
	s.Arms = r.time()
	s.ArmNext = r.time()
	r.close(outer)
}

func (s *ScanStart) decode(r *reader) {
	s.Trigger = r.str()
	s.Start = r.str()
	s.Since = r.time()
}

func (s *Scan) blank() bool {
	return len(s.Starts) == 0 && len(s.Zones) == 0 && s.Done == 0 && s.Target == 0 && s.Goal == 0 && s.At == "" &&
		s.Arms == 0 && s.ArmNext == 0
}
