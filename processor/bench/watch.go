package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Figures are one contender's run, counted from its group's first commit, so
// that neither start-up nor joining the group counts.
type Figures struct {
	Events      int64
	Span        time.Duration
	CPU         time.Duration
	SystemCPU   time.Duration // of CPU
	BrokerCPU   time.Duration
	MaxRSS      int // MiB
	HalfCPU     time.Duration
	HalfEvents  int64
	brokerStart Usage
}

// PerEvent is the contender's CPU time per event in microseconds.
func (f Figures) PerEvent() float64 { return micros(f.CPU, f.Events) }

// SystemPerEvent is what of PerEvent the kernel took: for the network, for files, and
// for memory that is touched for the first time, which is the dearest where a
// hypervisor has to find it.
func (f Figures) SystemPerEvent() float64 { return micros(f.SystemCPU, f.Events) }

// SecondHalf is PerEvent over the second half of the events.
func (f Figures) SecondHalf() float64 { return micros(f.HalfCPU, f.HalfEvents) }

// BrokerPerEvent is the broker's CPU time per event in microseconds.
func (f Figures) BrokerPerEvent() float64 { return micros(f.BrokerCPU, f.Events) }

// Throughput is events a second.
func (f Figures) Throughput() float64 { return float64(f.Events) / f.Span.Seconds() }

func micros(d time.Duration, n int64) float64 {
	return float64(d.Nanoseconds()) / 1000 / float64(max(n, 1))
}

// Watch follows a group's committed offsets until they reach the ends of the
// input topics and until done says that all output is there, and measures the
// process meanwhile.
func Watch(ctx context.Context, broker, group string, pid, brokerPID int, done func(context.Context) (bool, error)) (Figures, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		return Figures{}, err
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	ends, err := adm.ListEndOffsets(ctx, Topics...)
	if err != nil {
		return Figures{}, fmt.Errorf("list the ends of %v: %w", Topics, err)
	}
	total := sum(ends, nil)
	var f Figures
	var first, half Usage
	var atFirst, atHalf int64
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return f, fmt.Errorf("group %s did not get through in time: %w", group, ctx.Err())
		case <-tick.C:
		}
		now := UsageOf(pid)
		if now.At.IsZero() {
			return f, fmt.Errorf("process %d of group %s is gone", pid, group)
		}
		committed, err := adm.FetchOffsets(ctx, group)
		if err != nil {
			continue // the group does not exist yet
		}
		at := sum(ends, committed)
		if at > 0 && atFirst == 0 {
			atFirst, first, f.brokerStart = at, now, UsageOf(brokerPID)
		}
		if at > total/2 && atHalf == 0 {
			atHalf, half = at, now
		}
		if at < total {
			continue
		}
		if ok, err := done(ctx); err != nil || !ok {
			if err != nil {
				return f, err
			}
			continue
		}
		last := UsageOf(pid)
		f.Events, f.HalfEvents = total-atFirst, total-atHalf
		f.Span, f.CPU, f.HalfCPU = last.At.Sub(first.At), last.CPU-first.CPU, last.CPU-half.CPU
		f.SystemCPU = last.System - first.System
		f.BrokerCPU, f.MaxRSS = UsageOf(brokerPID).CPU-f.brokerStart.CPU, MaxRSS(pid)
		if f.Events == 0 {
			return f, fmt.Errorf("all %d events were committed at the first look: nothing to measure", total)
		}
		return f, nil
	}
}

// sum adds up the ends, or what is committed of the same partitions.
func sum(ends kadm.ListedOffsets, committed kadm.OffsetResponses) int64 {
	var n int64
	ends.Each(func(o kadm.ListedOffset) {
		if committed == nil {
			n += o.Offset
		} else if c, ok := committed.Lookup(o.Topic, o.Partition); ok && c.At > 0 {
			n += min(c.At, o.Offset)
		}
	})
	return n
}
