package processor

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
)

// fedAhead is how many records of an input are decoded before their turn: what is
// looked ahead at, and some of the next time. More would have left the processor's
// caches before they are used.
const fedAhead = lookAhead + lookAhead/2

// unread is what the client gave of an input and the merge does not have yet.
type unread struct {
	polls  [][]*kgo.Record // none is empty
	end    int64           // the offset after the last record that was given
	n      int             // records
	bytes  int             // that they take, see heldBytes
	paused bool            // enough of them
}

func (u *unread) add(records []*kgo.Record) {
	if len(records) == 0 {
		return
	}
	u.polls = append(u.polls, records)
	u.end = records[len(records)-1].Offset + 1
	u.n += len(records)
	for _, r := range records {
		u.bytes += heldBytes(r)
	}
}

// next takes out the first record; there is one.
func (u *unread) next() *kgo.Record {
	r := u.polls[0][0]
	u.polls[0][0] = nil
	if u.polls[0] = u.polls[0][1:]; len(u.polls[0]) == 0 {
		u.polls[0], u.polls = nil, u.polls[1:]
	}
	u.n--
	u.bytes -= heldBytes(r)
	return r
}

// enough tells whether reading should pause where most bytes may be held; it says so until
// half is used.
func (u *unread) enough(most int) bool {
	u.paused = merge.Enough(u.paused, u.bytes, most)
	return u.paused
}

// mostUnread is how much of an input is held before its turn, where a lane has so many.
func mostUnread(inputs int) int {
	return min(maxUnreadBytes, max(maxHeldBytes, laneUnreadBytes/max(1, inputs)))
}

// feed hands the merge the next records of inputs of which it has few, and all of those
// whose records may belong to other tasks: in which queue these come to wait is not known
// before. As long as an input has any, its queue in the merge is not empty: an empty one
// would have to wait for a proof. What else reads those queues takes at most lookAhead of
// their items between two calls.
func (t *task) feed() {
	for _, in := range t.inputs {
		for in.unread.n > 0 && (!in.keyed() || t.merge.Queued(in.log) < fedAhead) {
			t.l.push(in, in.unread.next())
		}
	}
}

// feedAll hands the merge all that was read of an input.
func (l *lane) feedAll(in *input) {
	for in.unread.n > 0 {
		l.push(in, in.unread.next())
	}
}
