package deadletter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/kafka"
)

// Filter chooses letters; its zero value chooses all.
type Filter struct {
	Topic        string    // that the record came from
	Class        string    // of the reason
	Since, Until time.Time // when the letter was written: from, up to but not
	Replayed     bool      // those that were replayed, too
	// Letters are these only, by partition and offset in the dead-letter topic.
	// One that is not there is an ErrNoLetter.
	Letters []Place
}

// Place is one record of the dead-letter topic.
type Place struct {
	Partition int32
	Offset    int64
}

func (p Place) String() string { return fmt.Sprintf("%d/%d", p.Partition, p.Offset) }

// ErrNoLetter means that letters were named that are not in the topic; what else
// was to be done with the others is done.
var ErrNoLetter = errors.New("no such dead letter")

func (f *Filter) matches(l *Listed) bool {
	switch {
	case l.Replayed && !f.Replayed,
		f.Topic != "" && f.Topic != l.Topic,
		f.Class != "" && f.Class != l.Class,
		!f.Since.IsZero() && l.At.Before(f.Since),
		!f.Until.IsZero() && !l.At.Before(f.Until):
		return false
	}
	for _, p := range f.Letters {
		if p == (Place{l.Partition, l.Offset}) {
			return true
		}
	}
	return len(f.Letters) == 0
}

// Listed is a letter with what became of it.
type Listed struct {
	Letter
	Replayed bool
}

// List calls each for every letter of a topic that the filter chooses, in log
// order within a partition, up to what is there when it is called. It stops at
// the first error of each. Memory is bounded by the number of receipts.
func List(ctx context.Context, c kafka.Config, topic string, f Filter, each func(*Listed) error) error {
	ends, err := bounds(ctx, c, topic)
	if err != nil {
		return err
	}
	replayed, err := receipts(ctx, c, topic, ends)
	if err != nil {
		return err
	}
	return letters(ctx, c, topic, ends, replayed, f, each)
}

// letters calls each for the letters that a filter chooses. A letter that is
// named and there is no ErrNoLetter, whether or not the rest of the filter wants
// it: it may have been replayed.
func letters(ctx context.Context, c kafka.Config, topic string, ends spans, replayed map[Place]bool, f Filter, each func(*Listed) error) error {
	missing := slices.Clone(f.Letters)
	err := scan(ctx, c, topic, ends, func(r *kgo.Record) error {
		l, _, ok := parse(r)
		if !ok {
			return nil
		}
		here := Place{l.Partition, l.Offset}
		missing = slices.DeleteFunc(missing, func(p Place) bool { return p == here })
		listed := Listed{l, replayed[here]}
		if !f.matches(&listed) {
			return nil
		}
		return each(&listed)
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	var names []string
	for _, p := range missing {
		names = append(names, p.String())
	}
	return fmt.Errorf("%w in %s: %s; beckon dead-letters list --replayed prints all there are", ErrNoLetter, topic, strings.Join(names, ", "))
}

// receipts are the letters that were replayed.
func receipts(ctx context.Context, c kafka.Config, topic string, ends spans) (map[Place]bool, error) {
	replayed := map[Place]bool{}
	err := scan(ctx, c, topic, ends, func(r *kgo.Record) error {
		if _, of, ok := parse(r); !ok {
			replayed[Place{r.Partition, of}] = true
		}
		return nil
	})
	return replayed, err
}

// span is a part of a partition, end excluded.
type span struct{ start, end int64 }

type spans map[int32]span

// bounds are what a topic has now, up to the last stable offset.
func bounds(ctx context.Context, c kafka.Config, topic string) (spans, error) {
	cl, err := kafka.Connect(c)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	var ends kadm.ListedOffsets
	if err == nil {
		ends, err = adm.ListCommittedOffsets(ctx, topic)
	}
	if err == nil {
		err = ends.Error()
	}
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return nil, fmt.Errorf("topic %s does not exist; beckon topics create makes it: %w", topic, err)
	case err != nil:
		return nil, fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	all := spans{}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(topic, end.Partition)
		if start.Offset < end.Offset {
			all[end.Partition] = span{start.Offset, end.Offset}
		}
	})
	return all, nil
}

// scan reads parts of a topic, read_committed. Control records are asked for,
// as one may be the last thing before an end.
func scan(ctx context.Context, c kafka.Config, topic string, ends spans, each func(*kgo.Record) error) error {
	if len(ends) == 0 {
		return nil
	}
	from := map[int32]kgo.Offset{}
	for p, s := range ends {
		from[p] = kgo.NewOffset().At(s.start)
	}
	cl, err := kafka.Connect(c,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.MaxDecompressBatchBytes(maxBatchBytes),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	if err != nil {
		return err
	}
	defer cl.Close()
	left := make(map[int32]int64, len(ends))
	for p, s := range ends {
		left[p] = s.end
	}
	for len(left) > 0 {
		fs := cl.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", topic, context.Cause(ctx))
		}
		if err := firstError(fs); err != nil {
			return fmt.Errorf("read %s: %w", topic, err)
		}
		for it := fs.RecordIter(); !it.Done(); {
			r := it.Next()
			end, ok := left[r.Partition]
			if !ok {
				continue
			}
			if r.Offset < end && !r.Attrs.IsControl() {
				if err := each(r); err != nil {
					return err
				}
			}
			if r.Offset >= end-1 {
				delete(left, r.Partition)
			}
		}
	}
	return nil
}

const maxBatchBytes = 64 << 20

func firstError(fs kgo.Fetches) error {
	var first error
	fs.EachError(func(_ string, p int32, err error) {
		if first == nil {
			first = fmt.Errorf("partition %d: %w", p, err)
		}
	})
	return first
}
