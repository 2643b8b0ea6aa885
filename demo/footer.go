package demo

import (
	"fmt"
	"io"
	"strings"
)

// footer is lines that stay at the bottom of a terminal while others scroll
// above them. The zero lines are none.
type footer struct {
	to    io.Writer
	lines []string
}

// show replaces the lines.
func (f *footer) show(lines ...string) {
	f.hide()
	f.lines = lines
	f.paint()
}

// paint draws the lines; the cursor stays at the end of the last. A line that
// is longer than the terminal is wide is cut by it, as a wrapped one could not
// be taken away again.
func (f *footer) paint() {
	if len(f.lines) > 0 {
		fmt.Fprint(f.to, "\x1b[?7l"+strings.Join(f.lines, "\n")+"\x1b[?7h")
	}
}

// hide takes the lines away and leaves the cursor where they began.
func (f *footer) hide() {
	if len(f.lines) > 0 {
		fmt.Fprint(f.to, "\r\x1b[K"+strings.Repeat("\x1b[A\x1b[K", len(f.lines)-1))
	}
}
