package processor

import "time"

// stride is how long a lane's transactions may get. What the cluster does not take within
// transactionTimeout would never get through as it was: it is done again in smaller
// ones. The lane that has failed with it is gone by then, so this outlives lanes; it
// is used by one after the other.
type stride struct {
	Commit
	most Commit
}

func newStride(most Commit) *stride { return &stride{most, most} }

// inTime is how long an end of a transaction may take for the next one to be longer.
const inTime = transactionTimeout / 4

// kept notes that a transaction was committed, and how long its end took.
func (s *stride) kept(took time.Duration) {
	if took < inTime {
		s.Records, s.Bytes = min(2*s.Records, s.most.Records), min(2*s.Bytes, s.most.Bytes)
	}
}

// failed notes that nobody knows how one of so many inputs and bytes ended.
func (s *stride) failed(records, bytes int) {
	s.Records, s.Bytes = max(1, records/4), max(1, bytes/4)
}
