package cycles

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

const header = `# Days until a customer buys the same thing again, by category: the median of
# %d gaps between purchase days, in %d orders. Learned by "beckon learn cycles";
# categories with fewer than %d gaps are left out. A customer's own cycle, from
# five gaps on, goes before these figures.
`

// Write writes cycles.yaml. Equal orders make equal files.
func (l *Learner) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, header, l.Gaps, l.Orders, MinGaps)
	all := l.Cycles()
	for _, c := range all {
		// What Go escapes in a string, and how, YAML reads between double quotes.
		fmt.Fprintf(out, "%q: %s # %d gaps, quartiles %s and %s\n", c.Category, days(c.Median), c.Gaps, days(c.Lower), days(c.Upper))
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "{}")
	}
	return out.Flush()
}

func days(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
