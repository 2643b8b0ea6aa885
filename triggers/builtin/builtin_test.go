package builtin

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEachFileExplainsItselfAndIsNamedAsItsTrigger(t *testing.T) {
	names := List()
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range files {
		if name := strings.TrimSuffix(f, ".yaml"); !strings.HasSuffix(name, "_test") {
			want = append(want, name)
		}
	}
	if !slices.IsSorted(names) || !slices.Equal(names, want) {
		t.Errorf("listed are %v, the files are of %v", names, want)
	}
	for _, name := range names {
		data, ok := Source(name)
		if !ok {
			t.Fatalf("%s has no source", name)
		}
		text := string(data)
		head, _, found := strings.Cut(text, "\nname: "+name+"\n")
		if !found {
			t.Errorf("%s.yaml does not hold a trigger of that name", name)
		}
		for line := range strings.Lines(head) {
			if !strings.HasPrefix(line, "#") {
				t.Errorf("%s.yaml: %q stands before the trigger", name, line)
			}
		}
		if !strings.Contains(head, "# Use it ") || !strings.Contains(head, "# To change:\n") {
			t.Errorf("%s.yaml does not say when to use it and what to change", name)
		}
	}
	for _, name := range []string{"../builtin", "welcome_test", ""} {
		if _, ok := Source(name); ok {
			t.Errorf("%q is no built-in, but was read", name)
		}
	}
}
