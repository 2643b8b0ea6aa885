package main

import (
	"errors"
	"io"

	"github.com/beckon-io/beckon/backtest"
)

// results are the files that a backtest writes.
type results struct {
	*backtest.Lines
	files []io.Closer
}

func newResults(commands, decisions *outFile) *results {
	if decisions == nil {
		return &results{backtest.NewLines(appName, commands, nil), []io.Closer{commands}}
	}
	return &results{backtest.NewLines(appName, commands, decisions), []io.Closer{commands, decisions}}
}

func (r *results) Close() error {
	errs := []error{r.Flush()}
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
