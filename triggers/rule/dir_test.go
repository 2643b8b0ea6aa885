package rule

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeAll makes files that hold their names.
func writeAll(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("# "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// linkAll makes links by what they lead to.
func linkAll(t *testing.T, dir string, links map[string]string) {
	t.Helper()
	for from, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDirectoriesAreReadWhole(t *testing.T) {
	dir := t.TempDir()
	writeAll(t, dir, "b.yaml", "a.yml", "more/deep/c.yaml", "cart_test.yaml", "beckon.yaml", "policy.yaml", "notes.md", ".hidden.yaml", ".git/x.yaml", "..data/linked.yaml")
	// A ConfigMap's files are links into a hidden folder.
	linkAll(t, dir, map[string]string{"linked.yaml": "..data/linked.yaml", "ring": ".", "nothing": "nowhere", ".gone.yaml": "nowhere"})
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

// Left out, a trigger would be gone without a word, and with it the runs that wait.
func TestLinkToNowhereIsMistake(t *testing.T) {
	dir := t.TempDir()
	linkAll(t, dir, map[string]string{"cart.yaml": "nowhere", "own.yml": "own.yml", "cart_test.yaml": "nowhere"})
	files, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	set, found := Load(files, Options{})
	if set != nil || len(found) != 2 {
		t.Fatalf("loaded %v with %v, want a mistake for each link", set, found)
	}
	scenarios, err := ReadScenarios(dir)
	if err != nil {
		t.Fatal(err)
	}
	docs := NewDocuments()
	for _, f := range scenarios {
		docs.Read(f)
	}
	found = append(found, docs.Found()...)
	for i, want := range []string{
		"cart.yaml: cannot be read: no such file or directory\n    hint: it is a link to nowhere; mend or remove it",
		"own.yml: cannot be read: too many levels of symbolic links\n    hint: it is a link to own.yml; mend or remove it",
		"cart_test.yaml: cannot be read: no such file or directory\n    hint: it is a link to nowhere; mend or remove it",
	} {
		if got, want := found[i].String(), filepath.Join(dir, want); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

// A directory is read once, and by its own path where it has one here.
func TestLinksToDirectoriesAreFollowed(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "triggers")
	writeAll(t, root, "triggers/m/own.yaml", "triggers/..data/mounted/x.yaml", "shared/s.yaml", "shared/deep/d.yaml", "shared/.git/g.yaml")
	linkAll(t, dir, map[string]string{
		"a": "m", "mounted": "..data/mounted", "n": "../shared", "o": "../shared/deep", ".p": "../shared", "m/up": "..",
		"../shared/back": "../triggers", "../shared/deep/self": ".", "../shared/deep/again": "../../shared",
	})
	alias := filepath.Join(root, "alias")
	if err := os.Symlink("triggers", alias); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, alias} {
		files, err := ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			rel, _ := filepath.Rel(dir, f.Path)
			got = append(got, rel)
		}
		if want := []string{"m/own.yaml", "mounted/x.yaml", "n/deep/d.yaml", "n/s.yaml"}; !slices.Equal(got, want) {
			t.Errorf("%s: read %v, want %v", dir, got, want)
		}
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
