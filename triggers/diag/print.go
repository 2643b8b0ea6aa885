package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// maxColumns is how much of a long line is shown, around its caret.
const maxColumns = 120

// maxSource is how long a line may be, in bytes, to go into JSON.
const maxSource = 2000

// heading is "path:line:col: message", shorter where the place is a whole file.
func (d *Diagnostic) heading() string {
	var b strings.Builder
	b.WriteString(d.Path)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", d.Line, d.Col)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if d.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Message)
	return b.String()
}

// String is the heading, the line, a caret under the place, and the hint.
func (d *Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.heading())
	if d.Line > 0 && strings.TrimSpace(d.Source) != "" {
		line, caret := pointAt(d.Source, d.Col)
		b.WriteString("\n    " + line + "\n    " + caret)
	}
	if d.Hint != "" {
		b.WriteString("\n    hint: " + d.Hint)
	}
	return b.String()
}

// Print writes everything in the list, one after the other.
func (l List) Print(w io.Writer) error {
	for i := range l {
		if _, err := io.WriteString(w, l[i].String()+"\n"); err != nil {
			return fmt.Errorf("print mistakes: %w", err)
		}
	}
	return nil
}

// Summary is a last line for people, such as "2 mistakes, 1 warning"; empty for
// an empty list.
func (l List) Summary() string {
	bad := 0
	for i := range l {
		if !l[i].Warning {
			bad++
		}
	}
	var parts []string
	if bad > 0 {
		parts = append(parts, count(bad, "mistake"))
	}
	if warned := len(l) - bad; warned > 0 {
		parts = append(parts, count(warned, "warning"))
	}
	return strings.Join(parts, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// MarshalJSON is the form of --output json: path, line, col, severity, message,
// hint and source; line, col, hint and source are left out where they are empty.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	severity := "error"
	if d.Warning {
		severity = "warning"
	}
	source := d.Source
	if len(source) > maxSource {
		source = ""
	}
	return json.Marshal(struct {
		Path     string `json:"path"`
		Line     int    `json:"line,omitempty"`
		Col      int    `json:"col,omitempty"`
		Severity string `json:"severity"`
		Message  string `json:"message"`
		Hint     string `json:"hint,omitempty"`
		Source   string `json:"source,omitempty"`
	}{d.Path, d.Line, d.Col, severity, d.Message, d.Hint, source})
}

// pointAt is the line as a terminal shows it and, below it, a caret under
// character col. Tabs stay tabs in both, so that any tab width fits; a wide
// character takes two columns and a combining one none. What a terminal would
// obey instead of showing becomes U+FFFD. A long line is cut around the caret.
func pointAt(source string, col int) (line, caret string) {
	runes := []rune(source)
	at := min(max(col-1, 0), len(runes))
	from, to := 0, len(runes)
	if len(runes) > maxColumns {
		from = max(0, at-maxColumns*2/3)
		to = min(len(runes), from+maxColumns)
	}
	var l, c strings.Builder
	if from > 0 {
		l.WriteRune('…')
		c.WriteByte(' ')
	}
	for i := from; i < to; i++ {
		r := runes[i]
		if r != '\t' && !unicode.IsPrint(r) && !unicode.Is(unicode.Mn, r) {
			r = unicode.ReplacementChar
		}
		l.WriteRune(r)
		if i < at {
			c.WriteString(blank(r))
		}
	}
	if to < len(runes) {
		l.WriteRune('…')
	}
	c.WriteByte('^')
	return l.String(), c.String()
}

// blank is white space as broad as a character.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case unicode.In(r, unicode.Mn, unicode.Me):
		return ""
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return "  "
	default:
		return " "
	}
}
