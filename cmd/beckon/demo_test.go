package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A second demo in the folder of one that runs touches nothing of it, --fresh or not.
func TestADemoHasItsFolderToItself(t *testing.T) {
	dir := t.TempDir()
	first, err := (&demoCmd{Data: dir}).folder()
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "time")
	if err := os.WriteFile(kept, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []bool{false, true} {
		if _, err := (&demoCmd{Data: dir, Fresh: fresh}).folder(); err == nil || !strings.Contains(err.Error(), "a demo runs in "+dir+" already") {
			t.Errorf("fresh %v: %v", fresh, err)
		}
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := (&demoCmd{Data: dir, Fresh: true}).folder()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("--fresh has left it: %v", err)
	}
}
