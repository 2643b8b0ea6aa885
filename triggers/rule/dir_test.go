package rule

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDirectoriesAreReadWhole(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"b.yaml", "a.yml", "more/deep/c.yaml", "cart_test.yaml", "beckon.yaml", "policy.yaml", "notes.md", ".hidden.yaml", ".git/x.yaml", "..data/linked.yaml",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("# "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A ConfigMap's files are links into a hidden folder.
	for from, to := range map[string]string{"linked.yaml": "..data/linked.yaml", "broken.yaml": "nowhere", "ring": "."} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		rel, _ := filepath.Rel(dir, f.Path)
		got = append(got, rel)
		if !strings.HasPrefix(string(f.Data), "# ") {
			t.Errorf("%s holds %q", f.Path, f.Data)
		}
	}
	if want := []string{"a.yml", "b.yaml", "linked.yaml", "more/deep/c.yaml", "policy.yaml"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestOneFileIsReadWhateverItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cart_test.yaml")
	if err := os.WriteFile(path, []byte("name: x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if files, err := ReadDir(path); err != nil || len(files) != 1 || files[0].Path != path {
		t.Errorf("read %v, %v", files, err)
	}
	if _, err := ReadDir(path + ".none"); err == nil {
		t.Error("a directory that does not exist was read")
	}
}
