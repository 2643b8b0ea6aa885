package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Orders makes one order for each of a row of customers, all promised for the
// same instant. It is a Source.
type Orders struct {
	Prefix   string    // of the customers' ids
	At       time.Time // event time; zero: the moment it is made
	Promised time.Time // zero: not promised
	n        int
	buf      []byte
}

// Next makes the next customer's order.
func (o *Orders) Next() Event {
	o.n++
	at := o.At
	if at.IsZero() {
		at = time.Now()
	}
	customer := fmt.Sprintf("%s-%08d", o.Prefix, o.n)
	o.buf = fmt.Appendf(o.buf[:0], `{"specversion":"1.0","id":"%[1]s","source":"/shop/main","type":"order.placed","subject":"%[1]s","time":"%[2]s",`+
		`"datacontenttype":"application/json","data":{"order_id":"o-%[1]s","currency":"EUR","total":"12.00","items":[]`, customer, at.UTC().Format(time.RFC3339Nano))
	if !o.Promised.IsZero() {
		o.buf = fmt.Appendf(o.buf, `,"promised_at":"%s"`, o.Promised.UTC().Format(time.RFC3339Nano))
	}
	o.buf = append(o.buf, "}}"...)
	return Event{Topic: "orders", Type: "order.placed", Customer: customer, At: at, Value: o.buf}
}

// Archive is when commands of two triggers became visible.
type Archive struct {
	Waited  []time.Time // by the trigger that waits
	AtOnce  []time.Time // by the trigger that does not
	Latency Sample      // of the latter, in order of arrival
}

// Follow reads a topic of commands until so many of the trigger "waits" have
// come and the time after them is over.
func Follow(ctx context.Context, broker, topic string, waited int, after time.Duration) (*Archive, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMinBytes(1))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	a := &Archive{}
	for len(a.Waited) < waited || time.Since(a.Waited[len(a.Waited)-1]) < after {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%d of %d commands of waits came in time: %w", len(a.Waited), waited, ctx.Err())
		}
		now := time.Now()
		for _, r := range fetches.Records() {
			var c struct {
				Trigger string
				Cause   struct {
					At time.Time `json:"event_time"`
				}
			}
			if err := json.Unmarshal(r.Value, &c); err != nil {
				return nil, fmt.Errorf("read command: %w", err)
			}
			if c.Trigger == "waits" {
				a.Waited = append(a.Waited, now)
			} else {
				a.AtOnce = append(a.AtOnce, now)
				a.Latency = append(a.Latency, int(now.Sub(c.Cause.At).Milliseconds()))
			}
		}
	}
	return a, nil
}

// LongestPause is the longest time between two arrivals at once within a span,
// both ends included.
func (a *Archive) LongestPause(from, to time.Time) time.Duration {
	var longest time.Duration
	last := from
	for _, at := range a.AtOnce {
		if at.Before(from) {
			continue
		}
		if at.After(to) {
			break
		}
		longest, last = max(longest, at.Sub(last)), at
	}
	return max(longest, to.Sub(last))
}
