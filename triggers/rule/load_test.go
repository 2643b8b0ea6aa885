package rule

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var rewrite = flag.Bool("rewrite", false, "write what is printed over the expected output")

// golden compares with a file of testdata, or writes it with -rewrite.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (-want +got):\n%s", path, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
	}
}

func printed(files []File) string {
	_, list := Load(files, Options{})
	var b bytes.Buffer
	list.Print(&b)
	return b.String()
}

// archive is a file of testdata as files to load: a YAML alone, or several in
// a txtar.
func archive(t *testing.T, path string) []File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".txtar") {
		return []File{{Path: filepath.Base(path), Data: data}}
	}
	var files []File
	for _, f := range txtar.Parse(data).Files {
		files = append(files, File{Path: f.Name, Data: f.Data})
	}
	return files
}

func inTestdata(t *testing.T, pattern string, run func(t *testing.T, path string)) {
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s in testdata: %v", pattern, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { run(t, path) })
	}
}

func TestMistakesAreShownWithTheirPlaces(t *testing.T) {
	for _, pattern := range []string{"*.bad.yaml", "*.bad.txtar"} {
		inTestdata(t, pattern, func(t *testing.T, path string) {
			files := archive(t, path)
			set, list := Load(files, Options{})
			if set != nil || !list.Failed() {
				t.Errorf("%s loaded", path)
			}
			golden(t, path+".out", printed(files))
		})
	}
}

func TestGoodFilesLoadWithoutAWord(t *testing.T) {
	for _, pattern := range []string{"*.good.yaml", "*.good.txtar"} {
		inTestdata(t, pattern, func(t *testing.T, path string) {
			if out := printed(archive(t, path)); out != "" {
				t.Errorf("%s:\n%s", path, out)
			}
		})
	}
}
