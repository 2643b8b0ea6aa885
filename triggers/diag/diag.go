// Package diag holds mistakes in text files, with their places, and prints
// them with the line and a caret.
package diag

// Place is a position in a file; Line and Col count from 1, Col in characters.
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
