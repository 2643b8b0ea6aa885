package backtest

import (
	"bufio"
	"io"

	"github.com/beckon-io/beckon/schemas"
)

// Lines is a Sink that writes JSON lines: commands as CloudEvents in structured
// mode, decisions as the contract has them.
type Lines struct {
	app       string
	commands  *bufio.Writer
	decisions *bufio.Writer // nil: not wanted
	buf       []byte
}

// NewLines writes commands of the named app, and decisions where decisions is
// not nil. Flush it at the end.
func NewLines(app string, commands, decisions io.Writer) *Lines {
	l := &Lines{app: app, commands: bufio.NewWriter(commands)}
	if decisions != nil {
		l.decisions = bufio.NewWriter(decisions)
	}
	return l
}

// Command writes one command.
func (l *Lines) Command(c *schemas.Command) error {
	l.buf = append(c.AppendStructured(l.buf[:0], l.app), '\n')
	_, err := l.commands.Write(l.buf)
	return err
}

// Decision writes one decision.
func (l *Lines) Decision(d *schemas.Decision) error {
	if l.decisions == nil {
		return nil
	}
	l.buf = append(d.AppendJSON(l.buf[:0]), '\n')
	_, err := l.decisions.Write(l.buf)
	return err
}

// Flush writes what is still held back.
func (l *Lines) Flush() error {
	if err := l.commands.Flush(); err != nil || l.decisions == nil {
		return err
	}
	return l.decisions.Flush()
}
