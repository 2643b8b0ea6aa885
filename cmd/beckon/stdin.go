package main

import (
	"context"
	"io"
	"slices"

	"github.com/beckon-io/beckon/backtest/eventfile"
)

// stdinFor is what files of events read for "-". Standard input is left alone
// where none of the paths is that: it may be somebody else's.
func stdinFor(ctx context.Context, paths []string, from io.Reader) io.Reader {
	if !slices.Contains(paths, eventfile.Stdin) {
		return from
	}
	return untilCanceled(ctx, from)
}

// untilCanceled reads from a stream until ctx ends, then gives its error, also
// while the stream is silent: a read of a terminal or pipe cannot be called off.
// The one that is under way then stays behind, so this is for a process that
// ends soon after.
func untilCanceled(ctx context.Context, from io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, from)
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
	return out
}
