package merge

// The queues of a task, with n sources and P origins:
//
//	0 … n-1           records of source partition i that are processed here
//	n … 2n-1          records of source partition i for other tasks
//	2n … 2n+P-1       records that origin forwarded
//	2n+P … 2n+2P-1    mail of origin
//	2n+2P             what tasks ask for ahead of their own order, see Ask
//	2n+2P+1           of that, what is of no log, see AskHere
func (m *Merge[T]) layOut() {
	n, p := len(m.cfg.Sources), m.cfg.Origins
	m.queues = make([]queue[T], 2*n+2*p+2)
	m.queues[m.asks()].again, m.queues[m.here()].again = true, true
	for i := range m.queues {
		q := &m.queues[i]
		q.sorted = i >= m.mail(0)
		switch {
		case i < n:
			q.log, q.gate = i, true
		case i < 2*n:
			q.log, q.gate = i-n, m.cfg.Sources[i-n].Forwards
		default:
			q.log = n
			q.gate = !m.cfg.Marks || i-2*n < p && i-2*n != m.cfg.Self
		}
	}
}

func (m *Merge[T]) own(log Log) int      { return int(log) }
func (m *Merge[T]) outbound(log Log) int { return len(m.cfg.Sources) + int(log) }

func (m *Merge[T]) forwarded(origin int) int { return 2*len(m.cfg.Sources) + origin }
func (m *Merge[T]) mail(origin int) int      { return m.forwarded(origin) + m.cfg.Origins }

func (m *Merge[T]) asks() int { return len(m.queues) - 2 }
func (m *Merge[T]) here() int { return len(m.queues) - 1 }

// originOf is the origin whose marks a queue's progress comes from, -1 if none.
func (m *Merge[T]) originOf(i int) int {
	if o := i - 2*len(m.cfg.Sources); m.cfg.Marks && o >= 0 {
		return o
	}
	return -1
}

func (m *Merge[T]) isOut(i int) bool {
	return i >= len(m.cfg.Sources) && i < 2*len(m.cfg.Sources)
}

func (m *Merge[T]) orderOf(i int) *heads {
	if m.isOut(i) {
		return &m.out
	}
	return &m.in
}

// progress is how far an empty queue is.
func (m *Merge[T]) progress(i int) Point {
	if o := m.originOf(i); o >= 0 {
		return m.marks[o]
	}
	return m.logs[m.queues[i].log].progress()
}

// lowest is the lowest progress of the empty queues of an order.
func (m *Merge[T]) lowest(cache *low, out bool) low {
	if cache.valid {
		return *cache
	}
	*cache = low{queue: -1, valid: true}
	n := len(m.cfg.Sources)
	switch {
	case out:
		m.lower(cache, n, 2*n)
	case m.cfg.Marks:
		m.lower(cache, 0, n)
		m.lower(cache, 2*n, 2*n+m.cfg.Origins)
	default: // the mailbox's queues all have its own progress
		m.lower(cache, 0, n)
		for i := 2 * n; i < len(m.queues); i++ {
			if m.queues[i].n == 0 {
				m.lower(cache, i, i+1)
				break
			}
		}
	}
	return *cache
}

// lower takes the empty ones of some queues into account.
func (m *Merge[T]) lower(cache *low, from, to int) {
	for i := from; i < to; i++ {
		q := &m.queues[i]
		if !q.gate || q.n > 0 {
			continue
		}
		if p := m.progress(i); cache.queue < 0 || p.before(cache.Point) {
			cache.Point, cache.queue = p, i
		}
	}
}

// waitsOn tells whether unread records of a log hold something back.
func (m *Merge[T]) waitsOn(log Log) bool {
	for i := range m.queues {
		q := &m.queues[i]
		if q.log == int(log) && q.gate && q.n == 0 && m.originOf(i) < 0 {
			return true
		}
	}
	return false
}
