package merge

// fewComing is how many items of a log are looked ahead at in any case.
const fewComing = 8

// Coming gives out what is likely to be processed soon, mail apart, each item once: of each
// log a few more than were taken of it since the last call. It is for getting
// their data ready, and changes nothing.
func (m *Merge[T]) Coming(f func(*T)) {
	for i := range m.queues {
		q := &m.queues[i]
		if m.isOut(i) || q.sorted {
			continue
		}
		most := min(q.n, q.taken+q.taken/8+fewComing)
		for ; q.coming < most; q.coming++ {
			f(&q.ring[(q.head+q.coming)&(len(q.ring)-1)].Payload)
		}
		q.taken = 0
	}
}
