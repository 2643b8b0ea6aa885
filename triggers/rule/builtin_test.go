package rule

import (
	"bytes"
	"testing"

	"github.com/beckon-io/beckon/triggers/builtin"
)

// builtins are all built-in triggers as files.
func builtins(t testing.TB) []File {
	t.Helper()
	var files []File
	for _, name := range builtin.List() {
		data, ok := builtin.Source(name)
		if !ok {
			t.Fatalf("no source of the built-in %s", name)
		}
		files = append(files, File{Path: name + ".yaml", Data: data})
	}
	return files
}

func TestBuiltinsLoadWithoutAWord(t *testing.T) {
	set, list := Load(builtins(t), Options{})
	if len(list) > 0 {
		var b bytes.Buffer
		list.Print(&b)
		t.Fatalf("built-ins:\n%s", b.String())
	}
	if got, want := len(set.Triggers), len(builtin.List()); got != want {
		t.Errorf("loaded %d of %d built-ins", got, want)
	}
	for _, tr := range set.Triggers {
		t.Logf("%s %s", tr.Version, tr.Source)
	}
}
