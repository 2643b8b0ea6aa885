package schemas

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// sharedFiles are the event files of the shared data folder beside the
// repository.
func sharedFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "data", "*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("BECKON_REQUIRE_SHARED") == "1" {
			t.Fatal("../shared/data has no *.jsonl.gz")
		}
		t.Skip("../shared/data is not there; BECKON_REQUIRE_SHARED=1 makes this a failure")
	}
	return files
}

// eachLine calls f with every line of a .jsonl or .jsonl.gz file.
func eachLine(t *testing.T, path string, f func(n int, line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	if filepath.Ext(path) == ".gz" {
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		lines = bufio.NewScanner(z)
	}
	lines.Buffer(nil, MaxEventBytes*2)
	n := 0
	for lines.Scan() {
		n++
		f(n, lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if n == 0 {
		t.Fatalf("%s: no lines", path)
	}
}

// In short every fifth.
func TestSharedEventsDecode(t *testing.T) {
	for _, path := range sharedFiles(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var d Decoder
			eachLine(t, path, func(n int, line []byte) {
				if testing.Short() && n%5 != 0 {
					return
				}
				ev, err := d.Decode(line, nil, DecodeOptions{})
				if err != nil {
					t.Fatalf("%s:%d: %v", path, n, err)
				}
				if ev.Kind == KindUnknown {
					t.Errorf("%s:%d: unknown type %s", path, n, ev.Type)
				}
				if n%10 != 0 {
					return
				}
				again, err := d.Decode(AppendEvent(nil, ev), nil, DecodeOptions{})
				if err != nil {
					t.Fatalf("%s:%d: own encoding: %v", path, n, err)
				}
				if !bytes.Equal(AppendEvent(nil, again), AppendEvent(nil, ev)) {
					t.Errorf("%s:%d: encoded, decoded and encoded again it is another event", path, n)
				}
			})
		})
	}
}
