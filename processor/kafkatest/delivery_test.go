//go:build kafka

package kafkatest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// delivery reads a topic of commands as a delivery service does, read_committed.
type delivery struct {
	t        *testing.T
	topic    string
	client   *kgo.Client
	values   map[string][]byte // by command id
	appended []time.Time
	next     map[int32]int64 // offset by partition
	count    int             // partitions
}

func newDelivery(t *testing.T, ctx context.Context, topic string) *delivery {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr), kgo.ConsumeTopics(topic), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	d := &delivery{t: t, topic: topic, client: client, values: map[string][]byte{}, next: map[int32]int64{}}
	d.count = len(d.ends(ctx))
	return d
}

// until reads until there are n commands. The processes must not end meanwhile.
func (d *delivery) until(ctx context.Context, n int, running ...*process) {
	d.t.Helper()
	last := time.Now()
	for len(d.values) < n {
		wait, cancel := context.WithTimeout(ctx, time.Second)
		got := d.read(wait)
		cancel()
		for _, p := range running {
			p.alive()
		}
		switch {
		case ctx.Err() != nil:
			d.t.Fatalf("%d of %d commands came in time", len(d.values), n)
		case got > 0:
			last = time.Now()
		case time.Since(last) > 30*time.Second:
			d.t.Logf("no command for 30 s, %d of %d so far", len(d.values), n)
			last = time.Now()
		}
	}
}

// toEnd reads everything that is committed by now.
func (d *delivery) toEnd(ctx context.Context) {
	d.t.Helper()
	for p, end := range d.ends(ctx) {
		for d.next[p] < end {
			d.read(ctx)
			if ctx.Err() != nil {
				d.t.Fatalf("%s: %d of %d offsets of partition %d could be read in time", d.topic, d.next[p], end, p)
			}
		}
	}
}

func (d *delivery) ends(ctx context.Context) map[int32]int64 {
	d.t.Helper()
	list, err := kadm.NewClient(d.client).ListCommittedOffsets(ctx, d.topic)
	if err == nil {
		err = list.Error()
	}
	if err != nil {
		d.t.Fatalf("ask for the ends of %s: %v", d.topic, err)
	}
	ends := map[int32]int64{}
	list.Each(func(o kadm.ListedOffset) { ends[o.Partition] = o.Offset })
	return ends
}

// read polls once and returns how many commands came.
func (d *delivery) read(ctx context.Context) (n int) {
	d.t.Helper()
	d.client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
		d.next[r.Partition] = r.Offset + 1
		if !r.Attrs.IsControl() {
			d.take(r)
			n++
		}
	})
	return n
}

func (d *delivery) take(r *kgo.Record) {
	d.t.Helper()
	header := map[string]string{}
	for _, h := range r.Headers {
		header[h.Key] = string(h.Value)
	}
	id := header["ce_id"]
	if d.values[id] != nil {
		d.t.Errorf("command %s is there twice: %s", id, r.Value)
	}
	if header["ce_subject"] != string(r.Key) || schemas.Partition(r.Key, int32(d.count)) != r.Partition {
		d.t.Errorf("command %s of customer %q has the key %q and lies in partition %d", id, header["ce_subject"], r.Key, r.Partition)
	}
	d.values[id] = r.Value
	d.appended = append(d.appended, r.Timestamp)
}

// before is how many of the commands read were appended before an instant.
func (d *delivery) before(when time.Time) (n int) {
	for _, at := range d.appended {
		if at.Before(when) {
			n++
		}
	}
	return n
}

// compare tells the first few differences.
func compare(t *testing.T, got, want map[string][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d commands, want %d", len(got), len(want))
	}
	told := 0
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !bytes.Equal(got[id], want[id]) && told < 5 {
			told++
			t.Errorf("command %s:\n got %s\nwant %s", id, got[id], want[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if want[id] == nil && told < 10 {
			told++
			t.Errorf("command %s is too much: %s", id, got[id])
		}
	}
}
