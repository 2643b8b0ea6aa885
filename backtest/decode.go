package backtest

import (
	"context"

	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/schemas"
)

// batch is how many events the decoder hands over at once.
const batch = 256

// decoded is an event, or what is wrong with its line.
type decoded struct {
	eventfile.Place
	event *schemas.Event
	err   error
}

// decodeAll decodes the records of a stream and calls each with the events in
// order, bad with the lines that are none; both on the caller's goroutine, while
// another one decodes ahead. until, if not zero, is the time of the last event
// that is looked at; later is how many come after it.
func decodeAll(ctx context.Context, from *eventfile.Stream, until schemas.Time,
	bad func(eventfile.Place, error), each func(*schemas.Event) error) (later int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	ahead := make(chan []decoded, 4)
	var readLater int // read once ahead is closed, as is readErr
	var readErr error
	go func() {
		defer close(ahead)
		readLater, readErr = decodeAhead(ctx, from, until, ahead)
	}()
	defer func() { // the stream is the caller's again only when the other is gone
		cancel()
		for range ahead {
		}
	}()
	for events := range ahead {
		for _, d := range events {
			if d.err != nil {
				bad(d.Place, d.err)
				continue
			}
			if err := each(d.event); err != nil {
				return 0, err
			}
		}
	}
	return readLater, readErr
}

func decodeAhead(ctx context.Context, from *eventfile.Stream, until schemas.Time, to chan<- []decoded) (later int, err error) {
	var dec schemas.Decoder
	for {
		events := make([]decoded, 0, batch)
		for len(events) < batch {
			var rec eventfile.Record
			more, err := from.Next(&rec)
			if err != nil {
				return 0, err
			}
			if more && until != 0 && rec.At > until {
				return from.Left + 1, hand(ctx, to, events)
			}
			if !more {
				return 0, hand(ctx, to, events)
			}
			d := decoded{Place: rec.Place}
			d.event, d.err = dec.Decode(rec.Data, nil, schemas.DecodeOptions{AllowNoSubject: true})
			events = append(events, d)
		}
		if err := hand(ctx, to, events); err != nil {
			return 0, err
		}
	}
}

func hand(ctx context.Context, to chan<- []decoded, events []decoded) error {
	select {
	case to <- events:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
