package topics

import (
	"fmt"
	"strings"
)

// Partitions is a source with its partition count.
type Partitions struct {
	Source
	Count int
}

// Choice is a number of tasks and what it means.
type Choice struct {
	Tasks   int
	Why     string // where the number comes from
	Sources []Fit
}

// Fit is how a source's partitions fit the tasks.
type Fit struct {
	Partitions
	// Forwarded is the part of its records that are read by another task than
	// their customer's, 0 to 1: they make a hop through the mailbox.
	Forwarded float64
}

// Choose is the default number of tasks for an app that was never started: the
// greatest common divisor of the partition counts of the sources that are keyed
// by the customer, since then all their records are read where their customer
// lives; unless that is less than a quarter of the largest count, for then few
// tasks would do all the work, and forwarding costs less than that. Then, and
// without such a source, it is the largest count. No source may be without
// partitions.
func Choose(sources []Partitions) Choice {
	divisor, largest, keyed := 0, 0, 0
	for _, s := range sources {
		largest = max(largest, s.Count)
		if !s.Other {
			divisor, keyed = gcd(divisor, s.Count), max(keyed, s.Count)
		}
	}
	switch {
	case keyed == 0:
		return explain(largest, sources, "the largest partition count: no source is keyed by the customer")
	case divisor*4 >= keyed:
		return explain(divisor, sources, "the greatest common divisor of the partition counts of the sources keyed by the customer")
	default:
		return explain(keyed, sources, fmt.Sprintf(
			"the largest partition count of the sources keyed by the customer: their greatest common divisor, %d, is less than a quarter of it", divisor))
	}
}

func explain(tasks int, sources []Partitions, why string) Choice {
	c := Choice{Tasks: tasks, Why: why}
	for _, s := range sources {
		c.Sources = append(c.Sources, Fit{s, forwarded(s, tasks)})
	}
	return c
}

// forwarded is the part of a source's records that need a hop. Of a hash h the
// partition is h mod count, its task that mod tasks, its home h mod tasks; over
// the least common multiple of the two this repeats; a million hashes will do.
func forwarded(s Partitions, tasks int) float64 {
	if s.Count == 0 || tasks == 0 {
		return 0
	}
	if s.Other {
		return 1 - 1/float64(tasks)
	}
	period := min(s.Count/gcd(s.Count, tasks)*tasks, 1_000_000)
	hops := 0
	for h := range period {
		if h%s.Count%tasks != h%tasks {
			hops++
		}
	}
	return float64(hops) / float64(period)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// String is what is printed at the first start: a line for the number, one for
// each source.
func (c Choice) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tasks: %d, %s\n", c.Tasks, c.Why)
	for _, s := range c.Sources {
		fmt.Fprintf(&b, "  %s: %s\n", s.Topic, s.describe(c.Tasks))
	}
	return b.String()
}

func (f Fit) describe(tasks int) string {
	switch {
	case f.Count == 0:
		return "does not exist yet"
	case f.Other:
		return fmt.Sprintf("%d partitions, keyed otherwise: about %.0f%% of its records are forwarded to their customer's task", f.Count, 100*f.Forwarded)
	case f.Forwarded == 0:
		return fmt.Sprintf("%d partitions, a multiple of %d: read where its customers live", f.Count, tasks)
	default:
		return fmt.Sprintf("%d partitions, no multiple of %d: about %.0f%% of its records are forwarded to their customer's task", f.Count, tasks, 100*f.Forwarded)
	}
}
