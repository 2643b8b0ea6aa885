package expr

import (
	"errors"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// place is a position counted from 1, of one that CEL counts from line 1 and
// column 0.
func place(src string, at common.Location) (line, col int) {
	return max(at.Line(), 1), max(at.Column(), 0) + 1
}

func sorted(issues []Issue) []Issue {
	slices.SortStableFunc(issues, func(a, b Issue) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return issues
}

func translate(src string, scope *environment, found []*cel.Error) []Issue {
	var issues []Issue
	for _, f := range found {
		line, col := place(src, f.Location)
		issues = append(issues, Issue{line, col, f.Message, ""})
	}
	return sorted(issues)
}

func comparisonHint(l, r *types.Type) string { return "" }

func checkResult(out *types.Type, want Want) *Issue { return nil }

func plainType(t *types.Type) string { return t.String() }

func plainName(v ref.Val) string { return v.Type().TypeName() }

// explain puts a failure of an evaluation into words without data.
func (e *Expr) explain(err error) error {
	return errors.New(strings.TrimSpace(err.Error()))
}
