package rule

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/beckon-io/beckon/triggers/builtin"
)

// BenchmarkLoad500 loads 500 triggers of the built-ins' size, as run and as check
// do; less than a second is asked for. CPU time is not disturbed by other work on
// the machine.
func BenchmarkLoad500(b *testing.B) {
	var files []File
	names := builtin.List()
	for i := range 500 {
		name := names[i%len(names)]
		data, _ := builtin.Source(name)
		text := strings.Replace(string(data), "name: "+name, fmt.Sprintf("name: %s-%d", name, i), 1)
		files = append(files, File{Path: fmt.Sprintf("t%d.yaml", i), Data: []byte(text)})
	}
	for name, opts := range map[string]Options{"run": {}, "check": {Review: &Review{}}} {
		b.Run(name, func(b *testing.B) {
			before := cpuTime()
			for b.Loop() {
				if set, list := Load(files, opts); set == nil || len(set.Triggers) != 500 {
					b.Fatal(list)
				}
			}
			b.ReportMetric(float64((cpuTime()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // not reached: the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBombs refuses each hostile file; less than 100 ms is asked for.
func BenchmarkBombs(b *testing.B) {
	for name, text := range bombs() {
		b.Run(name, func(b *testing.B) {
			before := cpuTime()
			for b.Loop() {
				if set, _ := Load([]File{{Path: "bomb.yaml", Data: []byte(text)}}, Options{}); set != nil {
					b.Fatal("loaded")
				}
			}
			b.ReportMetric(float64((cpuTime()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}
