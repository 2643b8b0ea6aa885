package rule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/triggers/builtin"
)

// BenchmarkLoad500 loads 500 triggers of the built-ins' size; less than a
// second is asked for.
func BenchmarkLoad500(b *testing.B) {
	var files []File
	names := builtin.List()
	for i := range 500 {
		name := names[i%len(names)]
		data, _ := builtin.Source(name)
		text := strings.Replace(string(data), "name: "+name, fmt.Sprintf("name: %s-%d", name, i), 1)
		files = append(files, File{Path: fmt.Sprintf("t%d.yaml", i), Data: []byte(text)})
	}
	for b.Loop() {
		if set, list := Load(files, Options{}); set == nil || len(set.Triggers) != 500 {
			b.Fatal(list)
		}
	}
}

// BenchmarkBombs refuses each hostile file; less than 100 ms is asked for.
func BenchmarkBombs(b *testing.B) {
	for name, text := range bombs() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if set, _ := Load([]File{{Path: "bomb.yaml", Data: []byte(text)}}, Options{}); set != nil {
					b.Fatal("loaded")
				}
			}
		})
	}
}
