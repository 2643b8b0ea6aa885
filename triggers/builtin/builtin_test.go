package builtin

import (
	"slices"
	"strings"
	"testing"
)

func TestEachFileExplainsItselfAndIsNamedAsItsTrigger(t *testing.T) {
	names := List()
	if !slices.IsSorted(names) || len(names) < 9 {
		t.Errorf("names %v", names)
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
	if _, ok := Source("../builtin"); ok {
		t.Error("a path outside of the built-ins was read")
	}
}
