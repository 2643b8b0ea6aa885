package rule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzLoad: whatever a file holds, loading ends soon, never panics, and says
// with a place what is wrong; what loads compiles again from its source.
func FuzzLoad(f *testing.F) {
	for _, file := range builtins(f) {
		f.Add("t.yaml", file.Data)
	}
	paths, _ := filepath.Glob("testdata/*.yaml")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("t.yaml", data)
	}
	f.Add("policy.yaml", []byte("grace: 10s\nconsent: {email: opt_in}\ncaps: [{max: 1, per: 1h}]\nquiet_hours: {from: \"21:00\", to: 9:00}"))
	f.Add("traits.yaml", []byte("views: {on: product.viewed, count: true, by: event.sku}"))
	f.Add("cycles.yaml", []byte("dairy: 7"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		began := time.Now()
		set, list := Load([]File{{Path: name, Data: data}}, Options{})
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		for _, d := range list {
			if d.Line < 1 || d.Col < 1 || d.Message == "" || !strings.Contains(d.String(), d.Message) {
				t.Errorf("mistake without a place: %+v", d)
			}
		}
		if (set == nil) != list.Failed() {
			t.Fatalf("set %v with mistakes %v", set, list)
		}
		if set == nil {
			return
		}
		for _, tr := range set.Triggers {
			if again, err := Compile(tr.Source); err != nil || again.Version != tr.Version {
				t.Errorf("%s does not compile again: %v", tr.Source, err)
			}
		}
	})
}
