package main

import (
	"reflect"
	"time"

	"github.com/alecthomas/kong"

	"github.com/beckon-io/beckon/triggers/rule"
)

// duration reads a duration as triggers write it, and a bare 0.
func duration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	return rule.ParseDuration(s)
}

// durationFlag reads a flag as triggers write durations, or as Go does: 1d12h,
// 1.5h.
func durationFlag(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	d, err := duration(text)
	if err != nil {
		var goErr error
		if d, goErr = time.ParseDuration(text); goErr != nil {
			return err // kong names the flag
		}
	}
	target.SetInt(int64(d))
	return nil
}
