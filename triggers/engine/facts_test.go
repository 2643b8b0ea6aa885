package engine

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/walltime"
)

func factsOf(p *policy.Policy) *turn {
	return newTurn(New(Config{App: "beckon", Set: rule.NewSet(nil, p)}))
}

func TestEveryCountryHasAZone(t *testing.T) {
	for country, zone := range countryZones {
		if walltime.Zone(zone) == nil {
			t.Errorf("%s: no zone %q", country, zone)
		}
	}
}

func TestZoneOfACustomer(t *testing.T) {
	athens, err := time.LoadLocation("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ timezone, country, want string }{
		{"Asia/Tokyo", "RO", "Asia/Tokyo"},
		{"", "RO", "Europe/Bucharest"},
		{"", "ro", "Europe/Bucharest"},
		{"", "UK", "Europe/London"},
		{"No/Such", "US", "America/New_York"},
		{"../../etc/passwd", "", "Europe/Athens"},
		{"Local", "", "Europe/Athens"},
		{"", "XX", "Europe/Athens"},
		{"", "", "Europe/Athens"},
	} {
		customer := state.New("ana")
		customer.EditCore().Profile = state.Profile{Timezone: c.timezone, Country: c.country}
		if got := factsOf(&policy.Policy{Zone: athens}).Location(customer).String(); got != c.want {
			t.Errorf("timezone %q, country %q: %s, want %s", c.timezone, c.country, got, c.want)
		}
	}
	if got := factsOf(&policy.Policy{}).Location(state.New("ana")); got != time.UTC {
		t.Errorf("nothing known: %s", got)
	}
}

func TestMedianGap(t *testing.T) {
	for _, c := range []struct {
		days []int32
		want float64
	}{
		{[]int32{1, 4}, 3},
		{[]int32{1, 4, 5}, 2},
		{[]int32{0, 1, 3, 13}, 2},
		{[]int32{0, 10, 11, 13, 16}, 2.5},
	} {
		if got := medianGap(c.days); got != c.want {
			t.Errorf("%v: %v, want %v", c.days, got, c.want)
		}
	}
}

func TestSegments(t *testing.T) {
	now := monday
	for _, c := range []struct {
		count int
		ago   int // days since the last order
		want  string
	}{
		{0, 0, "new"}, {1, 0, "first_time"}, {1, 90, "first_time"}, {1, 91, "at_risk"},
		{2, 90, "repeat"}, {4, 1, "repeat"}, {5, 90, "loyal"}, {50, 91, "at_risk"}, {50, 180, "at_risk"}, {50, 181, "lapsed"},
	} {
		customer := state.New("ana")
		*customer.EditOrders() = state.Orders{Count: c.count, LastAt: now.Add(-time.Duration(c.ago) * 24 * time.Hour)}
		if got := factsOf(nil).Segment(customer, now); got != c.want {
			t.Errorf("%d orders, the last %d days ago: %s, want %s", c.count, c.ago, got, c.want)
		}
	}
}

func TestUTCDaysBeforeAndAfterTheEpoch(t *testing.T) {
	for _, c := range []struct {
		at   schemas.Time
		want int32
	}{{0, 0}, {day - 1, 0}, {day, 1}, {-1, -1}, {-day, -1}, {-day - 1, -2}} {
		if got := utcDay(c.at); got != c.want {
			t.Errorf("%d: %d, want %d", c.at, got, c.want)
		}
	}
}
