package cycles

import (
	"bufio"
	"encoding/json"
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
		name, err := json.Marshal(c.Category) // a JSON string is a YAML one
		if err != nil {
			return fmt.Errorf("write category: %w", err)
		}
		fmt.Fprintf(out, "%s: %s # %d gaps, quartiles %s and %s\n", name, days(c.Median), c.Gaps, days(c.Lower), days(c.Upper))
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "{}")
	}
	return out.Flush()
}

func days(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
