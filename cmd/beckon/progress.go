package main

import (
	"fmt"
	"os"
	"time"
)

// progress shows one line that is written over again and again, on terminals
// only and not more often than people can read.
type progress struct {
	to    *os.File
	last  time.Time
	shown bool
}

func newProgress(to *os.File) *progress {
	if info, err := to.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{to: to}
}

func (p *progress) printf(format string, args ...any) {
	if p.to == nil || time.Since(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = time.Now(), true
	fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
}

// clear takes the line away, before anything else is printed.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}
