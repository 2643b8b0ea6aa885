package merge

// Paused tells whether reading a log should pause because enough of it is
// buffered; it says so until half of that is processed. A mailbox with marks
// pauses only while every origin has something buffered: what the others wait
// for may be the next record. Window bounds it then.
func (m *Merge[T]) Paused(log Log) bool {
	p := &m.logs[log]
	switch {
	case p.bytes <= m.cfg.MaxBytes/2:
		p.paused = false
	case p.bytes > m.cfg.MaxBytes:
		p.paused = true
	}
	if !p.paused || log != m.Mailbox() || m.cfg.Origins == 0 {
		return p.paused
	}
	for o := range m.cfg.Origins {
		if o != m.cfg.Self && m.queues[m.forwarded(o)].n == 0 {
			return false
		}
	}
	return true
}

// Buffered is how many bytes of a log are buffered.
func (m *Merge[T]) Buffered(log Log) int { return m.logs[log].bytes }
