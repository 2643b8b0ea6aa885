// Command beckon decides who gets which message when, from the events of a
// store. See beckon --help.
//
// Standard output carries data, standard error messages. The exit status is 0
// for done, 1 for found something wrong, 2 for used wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a second signal ends the process at once
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a subcommand reads and writes.
type streams struct {
	in       *os.File
	out, err *os.File
}

// The exit statuses.
const (
	exitDone  = 0
	exitWrong = 1
	exitUsage = 2
)

// errFound ends a subcommand that has already told what is wrong.
var errFound = errors.New("found something wrong")

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run parses and runs one command line.
func run(ctx context.Context, args []string, std streams) int {
	parser, err := kong.New(&commandLine{},
		kong.Name("beckon"),
		kong.Description("Decides who gets which message when, from the events of a store: each exactly once, each with its reason."),
		kong.Writers(std.out, std.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(durationFlag)),
		kong.KindMapper(reflect.String, kong.MapperFunc(textFlag)),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		panic(fmt.Sprintf("command line is described wrongly: %v", err))
	}
	call, err := parser.Parse(args)
	if err != nil {
		return complain(std.err, usageError{err})
	}
	err = call.Run()
	if c, ok := call.Selected().Target.Addr().Interface().(interface{ brokersTold(error) error }); ok {
		err = c.brokersTold(err)
	}
	return complain(std.err, err)
}

// textFlag reads a flag or argument that is a text. An empty one is what a variable of a
// script leaves that is not set: taken for none it would mean everything.
func textFlag(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("string", &text); err != nil {
		return err
	}
	if text == "" {
		return errors.New("the value is empty; leave it out if none is meant")
	}
	target.SetString(text)
	return nil
}

// complain prints an error and gives the exit status for it.
func complain(w io.Writer, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFound):
		return exitWrong
	case errors.As(err, &usage):
		fmt.Fprintf(w, "beckon: %v\nSee beckon --help, or --help behind a command.\n", err)
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "beckon: interrupted")
		return exitWrong
	default:
		fmt.Fprintf(w, "beckon: %v\n", err)
		return exitWrong
	}
}
