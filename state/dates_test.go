package state

import (
	"strconv"
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

func TestTheEarliestDateWakesTheCustomer(t *testing.T) {
	c := New("ana")
	c.EditRuns().Date("birthday").Due = 700
	c.EditRuns().Active = []Run{{Due: 900}}
	if got := c.Wake(); got != 700 {
		t.Errorf("with a date before the run's due: wake %d, want 700", got)
	}
	c.EditRuns().Date("birthday").Due = 0
	if got := c.Wake(); got != 900 {
		t.Errorf("with a date that waits for nothing: wake %d, want 900", got)
	}
}

// Of too many dates those go first that have nothing ahead, the oldest of them
// before the others, and then those that are furthest ahead.
func TestTooManyDatesLoseTheLeastOfThem(t *testing.T) {
	var rs Runs
	for i := range MaxDates {
		d := rs.Date(strconv.Itoa(i))
		d.Due, d.LastAt = schemas.Time(1000+i), schemas.Time(10+i)
	}
	rs.Date("3").Due = 0
	rs.Date("5").Due = 0
	for _, gone := range []string{"3", "5", strconv.Itoa(MaxDates - 1)} {
		rs.Date("new " + gone).Due = 1
		if len(rs.Dates) != MaxDates {
			t.Fatalf("%d dates are kept, want %d", len(rs.Dates), MaxDates)
		}
		for _, d := range rs.Dates {
			if d.Trigger == gone {
				t.Errorf("one more came and %s is still there", gone)
			}
		}
	}
}
