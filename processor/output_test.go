package processor

import (
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A client refuses a record that is too large before anything is flushed, on its own
// goroutine, while the lane goes on adding.
func TestARecordFailsWhileOthersAreAdded(t *testing.T) {
	o := output{cl: new(kgo.Client)}
	in := &input{}
	first := o.next()
	o.slabs[0].causes[0] = cause{in: in, offset: 7}
	o.n++
	var promises sync.WaitGroup
	promises.Go(func() { o.done(first, kerr.MessageTooLarge) })
	for range 3 * slabRecords {
		o.next()
		o.n++
	}
	promises.Wait()
	culprits, err := o.err()
	if err == nil || len(culprits) != 1 || culprits[0].cause != (cause{in: in, offset: 7}) {
		t.Errorf("culprits %v, error %v", culprits, err)
	}
}
