package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Difference is a section of which two stores do not hold the same.
type Difference struct {
	Section     state.Section
	Subject     string
	Mine, Other int // bytes that each holds, -1 for nothing
}

// Compare calls each for every difference between a task's sections here and in
// another store, in the order of the keys. There is none where the two Digests
// are equal.
func (s *Store) Compare(other *Store, task TaskID, each func(Difference)) error {
	err := s.compare(other, task, each)
	if err != nil {
		return fmt.Errorf("compare task %d: %w", task, err)
	}
	return nil
}

func (s *Store) compare(other *Store, task TaskID, each func(Difference)) (err error) {
	mine, err := s.sectionIter(task)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mine.Close()) }()
	theirs, err := other.sectionIter(task)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, theirs.Close()) }()
	mine.First()
	theirs.First()
	for mine.Valid() || theirs.Valid() {
		order := compareKeys(mine, theirs)
		here, there := mine, theirs
		if order < 0 {
			there = nil
		} else if order > 0 {
			here = nil
		}
		if err := tell(here, there, each); err != nil {
			return err
		}
		if here != nil {
			here.Next()
		}
		if there != nil {
			there.Next()
		}
	}
	return nil
}

// compareKeys is negative where a's key comes first or b is at its end.
func compareKeys(a, b *pebble.Iterator) int {
	switch {
	case !b.Valid():
		return -1
	case !a.Valid():
		return 1
	}
	return bytes.Compare(a.Key(), b.Key())
}

// tell compares two values of one key, of which one may be missing (nil).
func tell(mine, theirs *pebble.Iterator, each func(Difference)) error {
	d := Difference{Mine: -1, Other: -1}
	var key []byte
	var values [2][]byte
	for i, it := range []*pebble.Iterator{mine, theirs} {
		if it == nil {
			continue
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		key, values[i] = it.Key(), v
	}
	if mine != nil && theirs != nil && bytes.Equal(values[0], values[1]) {
		return nil
	}
	if mine != nil {
		d.Mine = len(values[0])
	}
	if theirs != nil {
		d.Other = len(values[1])
	}
	section, subject, err := state.ParseKey(key[2:])
	if err != nil {
		return err
	}
	d.Section, d.Subject = section, subject
	each(d)
	return nil
}

// sectionIter visits the sections of a task, as applied.
func (s *Store) sectionIter(task TaskID) (*pebble.Iterator, error) {
	if err := s.writeBack(task); err != nil {
		return nil, err
	}
	from, _ := bounds(task)
	return s.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: appendPrefix(nil, task, timerKind)})
}

// Unarmed lists the subjects of a task, sorted, that wait for something and
// would never be looked at for it, because the timer index has no entry for them
// at or before their Wake. There is none in a sound store.
func (s *Store) Unarmed(task TaskID) ([]string, error) {
	if err := s.writeBack(task); err != nil {
		return nil, fmt.Errorf("check timers of task %d: %w", task, err)
	}
	early, err := s.withoutOwnTimer(task)
	if err == nil && len(early) > 0 {
		err = s.withoutEarlierTimer(task, early)
	}
	if err != nil {
		return nil, fmt.Errorf("check timers of task %d: %w", task, err)
	}
	return slices.Sorted(maps.Keys(early)), nil
}

// withoutOwnTimer are the wakes of which the index has no entry at just that
// instant: where a wake has moved later, or the index is broken.
func (s *Store) withoutOwnTimer(task TaskID) (map[string]schemas.Time, error) {
	early := make(map[string]schemas.Time)
	err := s.cores(task, "", func(subject, record string) (bool, error) {
		wake, err := state.WakeOf(record)
		if err != nil || wake == 0 {
			return err == nil, err
		}
		_, closer, err := s.db.Get(appendTimerKey(nil, task, timer{wake, subject}))
		if errors.Is(err, pebble.ErrNotFound) {
			early[subject] = wake
			return true, nil
		}
		if err != nil {
			return false, err
		}
		return true, closer.Close()
	})
	return early, err
}

// withoutEarlierTimer takes out those that an earlier entry leads to.
func (s *Store) withoutEarlierTimer(task TaskID, early map[string]schemas.Time) error {
	const page = 1000
	for after := newTimers().end; ; {
		entries, err := s.readTimers(task, after, page)
		if err != nil {
			return err
		}
		for _, t := range entries {
			if wake, ok := early[t.subject]; ok && t.due <= wake {
				delete(early, t.subject)
			}
		}
		if len(entries) < page {
			return nil
		}
		after = entries[page-1]
	}
}
