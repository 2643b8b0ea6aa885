package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// maxMoments is how many moments of a windowed figure are told apart. Of what is older
// days are kept, so that a window of a year has no more than a few hundred buckets.
const maxMoments = 100

// moment is a second since 1970-01-01, the grain of windows.
type moment int64

const (
	oneSecond   = schemas.Time(time.Second / time.Microsecond)
	secondsADay = moment(day / oneSecond)
)

func momentOf(at schemas.Time) moment { return moment(floor(at, oneSecond)) }

func (m moment) bucket() state.TraitBucket {
	d := floor(m, secondsADay)
	return state.TraitBucket{Day: int32(d), Second: int32(m - d*secondsADay)}
}

func bucketMoment(b *state.TraitBucket) moment { return moment(b.Day)*secondsADay + moment(b.Second) }

// bucket is the entry's bucket of a moment; those that the window has left behind
// are dropped. Nil for a moment that is behind already.
func bucket(e *state.TraitEntry, at moment, window time.Duration) *state.TraitBucket {
	first := momentOf(e.At.Add(-window))
	e.Buckets = slices.DeleteFunc(e.Buckets, func(b state.TraitBucket) bool { return bucketMoment(&b) < first })
	if at < first {
		return nil
	}
	i, found := slices.BinarySearchFunc(e.Buckets, at, func(b state.TraitBucket, at moment) int { return cmp.Compare(bucketMoment(&b), at) })
	if !found {
		e.Buckets = slices.Insert(e.Buckets, i, at.bucket())
	}
	return &e.Buckets[i]
}

// joinOldest makes one bucket of the oldest two of one day where there are too many. The
// latest maxMoments stay apart, also where no older ones share a day.
func joinOldest(f rule.Fold, e *state.TraitEntry) {
	for i := 1; i <= len(e.Buckets)-maxMoments; i++ {
		if a, b := e.Buckets[i-1], &e.Buckets[i]; a.Day == b.Day {
			b.Sum, b.Count = folded(f, a.Sum, a.Count, b.Sum, b.Count)
			e.Buckets = slices.Delete(e.Buckets, i-1, i)
			return
		}
	}
}
