package state

import "slices"

// Find is the index of the active run of a trigger with a key, -1 if none.
func (rs *Runs) Find(trigger, key string) int {
	for i := range rs.Active {
		if rs.Active[i].Trigger == trigger && rs.Active[i].Key == key {
			return i
		}
	}
	return -1
}

// Room tells whether one more run may start; false means too_many_runs.
func (rs *Runs) Room(run *Run) bool {
	if len(rs.Active) >= MaxRuns {
		return false
	}
	return rs.maxSize()+run.maxSize() <= maxRunBytes
}

// maxDateSize is at least the encoded size of the starts that hang on dates.
func (rs *Runs) maxDateSize() (n int) {
	const instants, header = 2 * 9, 1
	for i := range rs.Dates {
		d := &rs.Dates[i]
		n += instants + header + textSize(len(d.Trigger)) + textSize(len(d.Version)) + textSize(len(d.ID)) + textSize(len(d.Last))
	}
	return n
}

// maxSize is at least the encoded size of the active runs, see Run.maxSize.
func (rs *Runs) maxSize() (n int) {
	for i := range rs.Active {
		n += rs.Active[i].maxSize()
	}
	return n
}

// maxSize is at least the encoded size, wherever the run comes to stand: its instants
// and numbers are reckoned at their largest. Only the channels of a held send and the
// arm of a split add to it.
func (u *Run) maxSize() int {
	const instants, numbers, headers = 7 * 9, 2 * 5, 8
	n := instants + numbers + headers
	for _, s := range [...]string{u.Trigger, u.Version, u.Key, u.ID, u.Start.ID, u.Start.Source, u.Start.Type, u.Variant, u.TraceParent, u.TraceState} {
		n += textSize(len(s))
	}
	for _, s := range u.HeldChannels {
		n += textSize(len(s))
	}
	return n + textSize(len(u.Start.Data)) + 1 + textSize(len(u.Start.Item)) + 1
}

// Remove ends the run at an index; the last run takes its place.
func (rs *Runs) Remove(i int) {
	last := len(rs.Active) - 1
	rs.Active[i] = rs.Active[last]
	rs.Active[last] = Run{}
	rs.Active = rs.Active[:last]
}

// Date is the entry of a trigger, made if there is none. It is valid until the
// next call.
func (rs *Runs) Date(trigger string) *DateStart {
	if i := rs.FindDate(trigger); i >= 0 {
		return &rs.Dates[i]
	}
	if len(rs.Dates) >= MaxDates {
		rs.dropDate()
	}
	rs.Dates = append(rs.Dates, DateStart{Trigger: trigger})
	return &rs.Dates[len(rs.Dates)-1]
}

// FindDate is the index of a trigger's entry, -1 if there is none.
func (rs *Runs) FindDate(trigger string) int {
	return slices.IndexFunc(rs.Dates, func(d DateStart) bool { return d.Trigger == trigger })
}

// RemoveDate forgets the entry at an index.
func (rs *Runs) RemoveDate(i int) { rs.Dates = slices.Delete(rs.Dates, i, i+1) }

// dropDate makes room: of the entry that waits for nothing and has begun a run
// the longest ago, or of the one that waits the longest.
func (rs *Runs) dropDate() {
	worst := 0
	for i := range rs.Dates {
		a, b := &rs.Dates[i], &rs.Dates[worst]
		if (a.Due == 0) != (b.Due == 0) {
			if a.Due == 0 {
				worst = i
			}
			continue
		}
		if a.Due > b.Due || a.Due == 0 && a.LastAt < b.LastAt {
			worst = i
		}
	}
	rs.Dates = slices.Delete(rs.Dates, worst, worst+1)
}
