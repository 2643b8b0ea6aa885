package processor

// farAhead is of an input: more records are not asked for while these are to be processed.
const farAhead = 3072

// work processes in turns, until nothing more may be processed or the
// transaction is full; the next one begins with the task whose turn it is.
func (l *lane) work() error {
	for more := true; more; {
		more = false
		chunks := l.chunksInARow()
		for range l.order {
			t := l.order[l.turn%len(l.order)]
			for n := 0; n < chunks && t.phase == running && (n == 0 || t.plenty); n++ {
				if l.batch.full(&l.limit.Commit, &l.out) {
					t.busy = true // for all we know: nobody sleeps before its turn
					if n > 0 {
						l.turn++
					}
					return nil
				}
				busy, err := t.work(min(chunk, l.batch.room(&l.limit.Commit)))
				if err != nil {
					return err
				}
				more = more || busy
			}
			l.turn++
		}
		if l.wantsRecords() {
			return nil
		}
	}
	return nil
}

// chunksInARow is how long a task's turn is. Tasks that catch up have long ones: what is
// ahead of a task is read into the processor's caches, and is no longer there after the turns
// of others. A task that keeps up is not to wait for that: its next event may come any moment.
func (l *lane) chunksInARow() int {
	for _, t := range l.order {
		if t.phase == running && t.reached().Add(live) > l.now {
			return 1
		}
	}
	return longTurn
}

// wantsRecords tells that a task has, or soon will have, nothing to process, one that
// is busy with a sweep or with waits included, or that one of its sources was not read far
// ahead: others wait to hear that it was.
func (l *lane) wantsRecords() bool {
	for _, t := range l.order {
		if t.phase != running {
			continue
		}
		if !t.plenty {
			return true
		}
		for _, in := range t.inputs {
			if in.unread.n < farAhead && in.next() < in.end && !in.paused {
				return true
			}
		}
	}
	return false
}

// laden tells that the transaction has as many bytes of output as it may, or that its time
// is over, which is looked at now and then: some events and waits take seconds each, and
// while a turn lasts the group has to wait for the lane, or gives it up.
func (l *lane) laden() bool {
	const nowAndThen = 8
	l.loads++
	return l.out.bytes >= l.limit.Bytes || l.loads%nowAndThen == 0 && l.batch.open && l.batch.left(l.limit.Every) == 0
}

func (l *lane) hasWork() bool {
	for _, t := range l.order {
		if t.phase == running && t.busy {
			return true
		}
	}
	return false
}
