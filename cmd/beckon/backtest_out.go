package main

import (
	"errors"

	"github.com/beckon-io/beckon/backtest"
)

// results are the files that a backtest writes.
type results struct {
	*backtest.Lines
	files []*outFile
}

func newResults(commands, decisions *outFile) *results {
	if decisions == nil {
		return &results{backtest.NewLines(appName, commands, nil), []*outFile{commands}}
	}
	return &results{backtest.NewLines(appName, commands, decisions), []*outFile{commands, decisions}}
}

// finish ends the writing. Files take their places if err, that of the run, is nil.
func (r *results) finish(err error) error {
	return finish(errors.Join(err, r.Flush()), r.files...)
}
