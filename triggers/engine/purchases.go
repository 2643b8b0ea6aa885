package engine

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
)

const day = schemas.Time(24 * time.Hour / time.Microsecond)

// utcDay numbers the UTC date of an instant since 1970-01-01.
func utcDay(at schemas.Time) int32 { return int32(floor(at, day)) }

// floor is how many whole units an instant is after 1970, also before it.
func floor[T ~int64](at, unit T) T {
	n := at / unit
	if at%unit < 0 {
		n--
	}
	return n
}

// learnPurchases notes the day of an order for each of its skus.
func (t *turn) learnPurchases(ev *schemas.Event) {
	if len(ev.Items) == 0 {
		return
	}
	cycles := t.c.EditCycles()
	for i := range ev.Items {
		if item := &ev.Items[i]; item.SKU != "" {
			cycles.Add(item.SKU, item.Category, utcDay(ev.Time))
		}
	}
}
