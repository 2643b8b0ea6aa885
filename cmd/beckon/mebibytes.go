package main

import "math"

// mebibytes is a flag for memory.
type mebibytes int64

// check refuses what is no memory at all: those who read it take 0 for their
// own default.
func (m mebibytes) check(flag string) error {
	if m < 1 {
		return usagef("%s is %d; it must be 1 (MiB) or more", flag, m)
	}
	return nil
}

func (m mebibytes) bytes() int64 { return int64(min(m, math.MaxInt64>>20)) << 20 }
