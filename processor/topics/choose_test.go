package topics

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

func counts(list ...int) []Partitions {
	var ps []Partitions
	for i, n := range list {
		ps = append(ps, Partitions{Source{Topic: fmt.Sprint("s", i), Other: n < 0}, max(n, -n)})
	}
	return ps
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		counts []int // negative: keyed otherwise
		want   int
		why    string
	}{
		{[]int{12}, 12, "greatest common divisor"},
		{[]int{12, 6, 18}, 6, "greatest common divisor"},
		{[]int{8, 2}, 2, "greatest common divisor"},
		{[]int{9, 2}, 9, "less than a quarter"},
		{[]int{4, 6, 3}, 6, "less than a quarter"},
		{[]int{4, -64}, 4, "greatest common divisor"},
		{[]int{-4, -6}, 6, "no source is keyed"},
		{[]int{1}, 1, "greatest common divisor"},
	} {
		got := Choose(counts(c.counts...))
		if got.Tasks != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%v: %d, %q; want %d, %q", c.counts, got.Tasks, got.Why, c.want, c.why)
		}
	}
}

// The printed share of forwarded records is what hashing gives.
func TestForwardedShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, tasks := rapid.IntRange(1, 24).Draw(t, "partitions"), rapid.IntRange(1, 24).Draw(t, "tasks")
		const keys = 4000
		hops := 0
		for i := range keys {
			key := fmt.Appendf(nil, "customer-%d", i)
			if int(schemas.Partition(key, int32(n)))%tasks != int(schemas.Partition(key, int32(tasks))) {
				hops++
			}
		}
		got := forwarded(Partitions{Source{}, n}, tasks)
		if math.Abs(got-float64(hops)/keys) > 0.06 {
			t.Fatalf("%d partitions, %d tasks: %.3f, of %d keys %d are forwarded", n, tasks, got, keys, hops)
		}
		if n%tasks == 0 && got != 0 {
			t.Fatalf("%d partitions fit %d tasks, but %.3f are forwarded", n, tasks, got)
		}
	})
}

func TestChoiceIsExplained(t *testing.T) {
	got := Choose([]Partitions{
		{Source{Topic: "orders"}, 12}, {Source{Topic: "browse"}, 18}, {Source{Topic: "parcels", Other: true}, 3},
	}).String()
	want := `tasks: 6, the greatest common divisor of the partition counts of the sources keyed by the customer
  orders: 12 partitions, a multiple of 6: read where its customers live
  browse: 18 partitions, a multiple of 6: read where its customers live
  parcels: 3 partitions, keyed otherwise: about 83% of its records are forwarded to their customer's task
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
