// Package diag holds mistakes in text files, with their places, and prints
// them with the line and a caret.
//
// Files that people write are checked whole: every mistake of every file in one
// pass, each with what to write instead where that can be guessed.
package diag

import (
	"cmp"
	"slices"
)

// Place is a position in a file; Line and Col count from 1, Col in characters.
// A Line of 0 stands for the file as a whole.
type Place struct {
	Path      string
	Line, Col int
}

// Diagnostic is one mistake or warning.
type Diagnostic struct {
	Place
	Message string
	Hint    string // what to write instead, may be empty
	Source  string // the line, without its newline
	Warning bool
}

// List is everything found in one pass, sorted by place.
type List []Diagnostic

// Failed tells whether the list holds a mistake, not only warnings.
func (l List) Failed() bool {
	for i := range l {
		if !l[i].Warning {
			return true
		}
	}
	return false
}

// Sort orders by path, line, column and message, and drops what is said twice.
func (l List) Sort() List {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(l, func(a, b Diagnostic) bool { return a.Place == b.Place && a.Message == b.Message })
}

// Error makes a failed list an error: its first mistake and how many more.
func (l List) Error() string {
	n := 0
	first := ""
	for i := range l {
		if l[i].Warning {
			continue
		}
		if n == 0 {
			first = l[i].heading()
		}
		n++
	}
	if n > 1 {
		return first + " (and " + count(n-1, "more mistake") + ")"
	}
	return first
}
