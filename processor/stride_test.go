package processor

import (
	"errors"
	"testing"
	"time"
)

func TestStride(t *testing.T) {
	most := Commit{Records: 20_000, Bytes: 16 << 20}
	type end struct {
		failed         bool
		took           time.Duration
		records, bytes int
	}
	many := func(n int, e end) (all []end) {
		for range n {
			all = append(all, e)
		}
		return all
	}
	for name, c := range map[string]struct {
		ends           []end
		records, bytes int
	}{
		"what does not get through is made smaller":         {[]end{{true, transactionTimeout, 8000, 8 << 20}}, 2000, 2 << 20},
		"what fails at once is as long the next time":       {[]end{{true, time.Second, 8000, 8 << 20}}, 20_000, 16 << 20},
		"one event's large outcome makes nothing larger":    {[]end{{true, transactionTimeout, 4000, 4 << 20}, {true, transactionTimeout, 1000, 20 << 20}}, 250, 1 << 20},
		"nothing gets smaller than the least":               {many(9, end{true, transactionTimeout, 0, 300}), 78, 64 << 10},
		"what is in time makes the next one a quarter more": {[]end{{true, transactionTimeout, 8000, 8 << 20}, {false, time.Second, 9, 9}}, 2501, 5<<19 + 1},
		"what is late makes none longer":                    {[]end{{true, transactionTimeout, 8000, 8 << 20}, {false, inTime, 9, 9}}, 2000, 2 << 20},
		"a cluster that always takes its time, once it failed": {append([]end{{true, transactionTimeout, 1, 300}},
			many(30, end{false, 3 * time.Second, 1, 300})...), 20_000, 16 << 20},
	} {
		s := newStride(most)
		for _, e := range c.ends {
			var err error
			if e.failed {
				err = errors.New("in doubt")
			}
			s.ended(err, e.took, e.records, e.bytes)
		}
		if s.Records != c.records || s.Bytes != c.bytes {
			t.Errorf("%s: %d records and %d bytes, want %d and %d", name, s.Records, s.Bytes, c.records, c.bytes)
		}
	}
}
