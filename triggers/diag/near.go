package diag

import (
	"fmt"
	"strings"
)

// maxNear bounds the names that are compared; longer ones are no slips of the
// pen.
const maxNear = 64

// Near is the name among the known ones that was probably meant: the one with
// the fewest slips (a character missing, added, wrong, or two swapped), at most
// one slip in three characters, or the one that the name begins with or begins.
// Empty if none is near. Of equals the first.
func Near(name string, known []string) string {
	best, slips := "", len([]rune(name))/3+1
	if len(name) > maxNear {
		return ""
	}
	for _, k := range known {
		if k == name || len(k) > maxNear {
			continue
		}
		if d := distance([]rune(name), []rune(k)); d < slips || d == slips && best == "" && d <= 1 {
			best, slips = k, d
		}
	}
	if best != "" || len(name) < 3 {
		return best
	}
	for _, k := range known {
		if k != name && len(k) >= 3 && (strings.HasPrefix(name, k) || strings.HasPrefix(k, name)) {
			return k
		}
	}
	return ""
}

// DidYouMean is a hint for a name that is not among the known ones, empty if
// none is near.
func DidYouMean(name string, known []string) string {
	if k := Near(name, known); k != "" {
		return fmt.Sprintf("did you mean %q?", k)
	}
	return ""
}

// distance counts slips: Levenshtein's distance with swaps of neighbours
// (optimal string alignment).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
