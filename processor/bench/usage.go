package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used since it started.
type Usage struct {
	At     time.Time
	CPU    time.Duration // user and system, in steps of 10 ms
	System time.Duration // of CPU, what the kernel took
}

// UsageOf reads a process's usage from /proc; it is zero when the process is
// gone.
func UsageOf(pid int) Usage {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}
	}
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	const tick = 10 * time.Millisecond
	return Usage{time.Now(), time.Duration(user+system) * tick, time.Duration(system) * tick}
}

// MaxRSS is the largest resident size of a process so far, in MiB.
func MaxRSS(pid int) int { return status(pid, "VmHWM:") }

// RSS is the resident size of a process, in MiB.
func RSS(pid int) int { return status(pid, "VmRSS:") }

func status(pid int, field string) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}
