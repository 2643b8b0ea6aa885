package main

import (
	"time"

	"github.com/beckon-io/beckon/triggers/rule"
)

// duration reads a duration as triggers write it, and a bare 0.
func duration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	return rule.ParseDuration(s)
}
