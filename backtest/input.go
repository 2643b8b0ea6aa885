package backtest

import (
	"context"

	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/schemas"
)

// Input is where events come from and who is told about it.
type Input struct {
	Events eventfile.Config // Bad and Read are set here

	// Bad is told of every line that is no event.
	Bad func(file string, line int, err error)
	// Progress is told now and then how far the run is; may be nil.
	Progress func(Progress)

	until schemas.Time // of the last event that is looked at; 0: all
}

// Progress is how far a run is. Read grows first, then Applied up to it.
type Progress struct{ Read, Applied int }

// progressEvery is how many events pass between two reports of progress.
const progressEvery = 4096

// Each calls use with every event, in the order of time.
func Each(ctx context.Context, in Input, use func(*schemas.Event)) error {
	_, err := in.each(ctx, func(ev *schemas.Event) error {
		use(ev)
		return nil
	})
	return err
}

// each also gives how many events come after until.
func (in Input) each(ctx context.Context, use func(*schemas.Event) error) (later int, err error) {
	progress := in.Progress
	if progress == nil {
		progress = func(Progress) {}
	}
	bad := func(p eventfile.Place, err error) { in.Bad(in.Events.Paths[p.File], int(p.Line), err) }
	in.Events.Bad = bad
	in.Events.Read = func(lines int) { progress(Progress{Read: lines}) }
	stream, err := eventfile.Sort(ctx, in.Events)
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	applied := 0
	return decodeAll(ctx, stream, in.until, bad, func(ev *schemas.Event) error {
		if applied++; applied%progressEvery == 0 {
			progress(Progress{Read: stream.Lines, Applied: applied})
		}
		return use(ev)
	})
}
