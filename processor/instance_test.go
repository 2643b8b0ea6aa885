package processor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/beckon-io/beckon/processor/topics"
)

func TestTheInstancesNameIsKept(t *testing.T) {
	dir := t.TempDir()
	drawn, err := LoadInstance(dir)
	if err != nil || !topics.LegalName(drawn) {
		t.Fatalf("%q, %v", drawn, err)
	}
	if again, err := LoadInstance(dir); again != drawn || err != nil {
		t.Errorf("%q, %v; want %q", again, err, drawn)
	}
	for text, want := range map[string]string{"by-hand\n": "by-hand", "": "", "\x00\xff bad\n\n": "", "two words": ""} {
		if err := os.WriteFile(filepath.Join(dir, "instance"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := LoadInstance(dir); err != nil || want != "" && got != want || !topics.LegalName(got) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
