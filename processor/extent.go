package processor

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/beckon-io/beckon/schemas"
)

// A source can get more partitions while it is read, and be deleted and made anew.
// The group's clients look at their topics now and then: until then a clock that
// knows of no partition but those that are read would end waits in spite of events in
// the others. So how many partitions there are is asked beside the ends of logs, and
// the clock is never ahead of the last answer that told nothing new.

// errReplaced means that a source is not the topic any more that was read.
var errReplaced = errors.New("the topic was deleted and made anew")

// extent is how far a topic reaches.
type extent struct {
	id         [16]byte // zero where the broker is too old to tell
	partitions int
}

// other tells that it is another topic by the same name.
func (e extent) other(than extent) bool {
	none := [16]byte{}
	return e.id != none && than.id != none && e.id != than.id
}

// extents asks for all topics at once. Those that do not exist are left out.
func (s *side) extents(ctx context.Context, topics []string) (map[string]extent, error) {
	described, err := s.describe(ctx, topics...)
	if err != nil {
		return nil, err
	}
	all := make(map[string]extent, len(topics))
	for _, t := range described {
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case err == nil:
			all[*t.Topic] = extent{t.TopicID, len(t.Partitions)}
		case !errors.Is(err, kerr.UnknownTopicOrPartition):
			return nil, fmt.Errorf("describe topic %s: %w", *t.Topic, err)
		}
	}
	return all, nil
}

// covers tells whether the layout has all partitions that there are; the error is
// errReplaced, before any other, or errLayout, or of a topic that is gone.
func (lay *layout) covers(now map[string]extent) error {
	for _, s := range lay.sources {
		if now[s.Topic].other(s.extent) {
			return replaced(s.Topic)
		}
	}
	for _, s := range lay.sources {
		switch e, ok := now[s.Topic]; {
		case !ok:
			return fmt.Errorf("source %s: the topic does not exist any more", s.Topic)
		case e.partitions > s.extent.partitions:
			return fmt.Errorf("%w: %s has %d partitions now", errLayout, s.Topic, e.partitions)
		}
	}
	return nil
}

// replaced is errReplaced with what to do. Beginning at the new topic's start would be
// wrong where it was filled with what the old one had held.
func replaced(topic string) error {
	return fmt.Errorf("source %s: %w since it was read: what it held and was not read is lost, and where its partitions were read up to "+
		"means nothing any more; set the offsets of the group by hand (kafka-consumer-groups --reset-offsets)", topic, errReplaced)
}

// clockBound is how far the tasks' clocks may go: nowhere while a source is silent.
func (l *lane) clockBound() schemas.Time {
	if l.hushed {
		return 0
	}
	return l.knownUpTo()
}

// knownUpTo is how far anything can be said of the sources.
func (l *lane) knownUpTo() schemas.Time { return min(l.now, l.covered) }

// surveyed takes in how far the sources reached when it was asked at a moment.
func (l *lane) surveyed(now map[string]extent, at schemas.Time, err error) {
	if err == nil {
		err = l.lay.covers(now)
	}
	switch {
	case err == nil:
		l.covered, l.uncovered = max(l.covered, at), ""
	case errors.Is(err, errLayout), errors.Is(err, errReplaced):
		l.failed = err
	case l.p.background.Err() == nil && l.uncovered.news(err):
		l.log.Warn("cannot tell how many partitions the sources have; no wait ends before that is known", "err", err)
	}
}
