package rule

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/diag"
)

// source is one text being loaded, with the tables that turn the parser's
// positions into those an editor shows.
//
// The two differ: YAML also breaks lines at CR, NEL, LS and PS, an editor (and
// our promise of path:line:col) at newlines only. Everything goes through byte
// offsets. Columns count characters; counting them from the start of the line
// each time would make a hostile file of one long line quadratic, hence the
// table of characters.
type source struct {
	path   string
	text   string
	lines  []int // offsets of the starts of lines, as an editor counts them
	breaks []int // the same as YAML counts them
	chars  []int // characters that begin before each multiple of charStep

	// via is the `use` through which a built-in was taken up: mistakes in what
	// was left of it are shown there. Nil for files of the user.
	via *value
}

const charStep = 256

func newSource(path, text string) *source {
	s := &source{path: path, text: strings.TrimPrefix(text, "\ufeff"), lines: []int{0}, breaks: []int{0}}
	chars := 0
	for i := 0; i < len(s.text); i++ {
		if i%charStep == 0 {
			s.chars = append(s.chars, chars)
		}
		if utf8.RuneStart(s.text[i]) {
			chars++
		}
		switch c := s.text[i]; {
		case c == '\n':
			s.lines = append(s.lines, i+1)
			s.breaks = append(s.breaks, i+1)
		case c == '\r' && !strings.HasPrefix(s.text[i+1:], "\n"):
			s.breaks = append(s.breaks, i+1)
		case c == 0xC2 && strings.HasPrefix(s.text[i:], "\u0085"):
			s.breaks = append(s.breaks, i+2)
		case c == 0xE2 && (strings.HasPrefix(s.text[i:], "\u2028") || strings.HasPrefix(s.text[i:], "\u2029")):
			s.breaks = append(s.breaks, i+3)
		}
	}
	return s
}

// charsBefore counts the characters that begin before an offset.
func (s *source) charsBefore(at int) int {
	block := min(at/charStep, len(s.chars)-1)
	if block < 0 {
		return 0
	}
	n := s.chars[block]
	for i := block * charStep; i < at; i++ {
		if utf8.RuneStart(s.text[i]) {
			n++
		}
	}
	return n
}

// charOffset is where the n-th character, from 0, begins.
func (s *source) charOffset(n int) int {
	block := sort.SearchInts(s.chars, n+1) - 1
	if block < 0 {
		return 0
	}
	at := block * charStep
	for seen := s.chars[block]; at < len(s.text); at++ {
		if utf8.RuneStart(s.text[at]) {
			if seen == n {
				break
			}
			seen++
		}
	}
	return at
}

// offset is where the YAML parser's line and column (both from 1, in
// characters) lie in the text.
func (s *source) offset(line, col int) int {
	if line < 1 || line > len(s.breaks) {
		return len(s.text)
	}
	return s.charOffset(s.charsBefore(s.breaks[line-1]) + max(col, 1) - 1)
}

// place is the position of an offset for people, and the line it is in.
func (s *source) place(at int) (diag.Place, string) {
	line := sort.SearchInts(s.lines, at+1)
	start := s.lines[line-1]
	end := len(s.text)
	if line < len(s.lines) {
		end = s.lines[line] - 1
	}
	col := s.charsBefore(min(at, end)) - s.charsBefore(start) + 1
	return diag.Place{Path: s.path, Line: line, Col: col}, strings.TrimSuffix(s.text[start:end], "\r")
}

func (s *source) nodeOffset(n *yaml.Node) int { return s.offset(n.Line, n.Column) }

// inScalar is the offset of a position (line and col from 1, in characters)
// within a scalar's decoded value, white space around it trimmed or not.
//
// Quoting, folding and indentation add, drop or change only white space and
// escapes, so the n-th other character of the value is the n-th other character
// of the text, whatever the style. That is all the mapping there is.
func (s *source) inScalar(n *yaml.Node, value string, line, col int) int {
	start := s.nodeOffset(n)
	want, atSpace := solidBefore(value, line, col)
	last := start
	for at := range s.solids(n, start) {
		if want == 0 {
			return at
		}
		want--
		last = at
		if want == 0 && atSpace {
			break
		}
	}
	if last >= len(s.text) || last == start && want > 0 {
		return start
	}
	_, width := utf8.DecodeRuneInString(s.text[last:])
	return last + width
}

// solidBefore counts the characters before a position that are not white space
// and tells whether the position itself is at white space or the end.
func solidBefore(value string, line, col int) (n int, atSpace bool) {
	for _, r := range value {
		if line <= 1 && col <= 1 {
			return n, unicode.IsSpace(r)
		}
		if r == '\n' {
			if line <= 1 { // beyond the end of its line
				return n, true
			}
			line--
			continue
		}
		if line <= 1 {
			col--
		}
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n, true
}

// solids walks the offsets of a scalar's characters in the text, white space
// left out.
func (s *source) solids(n *yaml.Node, start int) func(yield func(int) bool) {
	at := s.skipProperties(start)
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle:
		return func(yield func(int) bool) { s.doubleQuoted(at+1, yield) }
	case yaml.SingleQuotedStyle:
		return func(yield func(int) bool) { s.singleQuoted(at+1, yield) }
	case yaml.LiteralStyle, yaml.FoldedStyle:
		if eol := strings.IndexByte(s.text[at:], '\n'); eol >= 0 {
			at += eol
		}
	}
	return func(yield func(int) bool) {
		for i, r := range s.text[at:] {
			if !unicode.IsSpace(r) && !yield(at+i) {
				return
			}
		}
	}
}

// skipProperties steps over a tag and an anchor before a scalar.
func (s *source) skipProperties(at int) int {
	for at < len(s.text) && (s.text[at] == '!' || s.text[at] == '&') {
		end := strings.IndexAny(s.text[at:], " \t\r\n")
		if end < 0 {
			return at
		}
		at += end
		at += len(s.text[at:]) - len(strings.TrimLeft(s.text[at:], " \t\r\n"))
	}
	return at
}

func (s *source) singleQuoted(at int, yield func(int) bool) {
	for at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[at:])
		if r == '\'' {
			if !strings.HasPrefix(s.text[at:], "''") {
				return
			}
			n = 2
		}
		if !unicode.IsSpace(r) && !yield(at) {
			return
		}
		at += n
	}
}

func (s *source) doubleQuoted(at int, yield func(int) bool) {
	for at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[at:])
		if r == '"' {
			return
		}
		solid := !unicode.IsSpace(r)
		if r == '\\' {
			solid, n = escape(s.text[at:])
		}
		if solid && !yield(at) {
			return
		}
		at += n
	}
}

// escape tells of an escape sequence whether it stands for something else than
// white space, and how long it is.
func escape(s string) (solid bool, n int) {
	if len(s) < 2 {
		return false, 1
	}
	digits := 0
	switch s[1] {
	case 't', 'n', 'v', 'f', 'r', ' ', 'N', '_', 'L', 'P', '\t', '\n', '\r':
		return false, 2
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return true, 2
	}
	var r rune
	if len(s) < 2+digits {
		return false, len(s)
	}
	fmt.Sscanf(s[2:2+digits], "%x", &r)
	return !unicode.IsSpace(r), 2 + digits
}
