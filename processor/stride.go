package processor

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// stride is how long a lane's transactions may get. What the cluster does not take within
// transactionTimeout, or the client does not hold, would never get through as it was: it is
// done again in smaller ones. The lane that has failed with it may be gone by then, so this
// outlives lanes; it is used by one after the other.
type stride struct {
	Commit
	least, most Commit
}

func newStride(most Commit) *stride {
	// Where even the least does not get through in time its size is not what is wrong.
	least := Commit{Records: max(1, most.Records/256), Bytes: max(1, most.Bytes/256)}
	return &stride{most, least, most}
}

// inTime is how long an end of a transaction may take for the next one to be longer:
// it then takes a quarter more at most. What fails sooner does so for another reason
// than its size.
const inTime = transactionTimeout / 2

// ended notes how a transaction of so many inputs and bytes has ended, and how long that took.
func (s *stride) ended(err error, took time.Duration, records, bytes int) {
	switch {
	case err == nil && took < inTime:
		s.Records, s.Bytes = min(s.Records+s.Records/4+1, s.most.Records), min(s.Bytes+s.Bytes/4+1, s.most.Bytes)
	case err != nil && (took >= inTime || errors.Is(err, kgo.ErrMaxBuffered)): // it may be larger than it was to be, through one event
		s.Records, s.Bytes = max(s.least.Records, min(s.Records, records/4)), max(s.least.Bytes, min(s.Bytes, bytes/4))
	}
}
