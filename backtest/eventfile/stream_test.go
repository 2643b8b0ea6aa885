package eventfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

func line(second int, id string) string {
	return fmt.Sprintf(`{"id":%q,"data":{"time":"not this one"},"time":"2026-03-01T10:00:%02dZ"}`, id, second)
}

// readAll gives "file:line" of every record in order, and the mistakes.
func readAll(t require, cfg Config) (order []string, mistakes []string) {
	cfg.Bad = func(p Place, err error) {
		mistakes = append(mistakes, fmt.Sprintf("%d:%d: %v", p.File, p.Line, err))
	}
	s, err := Sort(context.Background(), cfg)
	if err != nil {
		t.Fatalf("Sort: %v", err)
	}
	defer s.Close()
	for {
		var r Record
		more, err := s.Next(&r)
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if !more {
			return order, mistakes
		}
		if at, err := when(r.Data); err != nil || at != r.At {
			t.Fatalf("record %d:%d says %v, its data %v (%v)", r.File, r.Line, r.At, at, err)
		}
		order = append(order, fmt.Sprintf("%d:%d", r.File, r.Line))
	}
}

type require interface {
	Fatalf(format string, args ...any)
}

func write(t *testing.T, name string, pack func(io.Writer) io.WriteCloser, lines ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := pack(&b)
	io.WriteString(w, strings.Join(lines, "\n"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

func packers() map[string]func(io.Writer) io.WriteCloser {
	return map[string]func(io.Writer) io.WriteCloser{
		"plain": func(w io.Writer) io.WriteCloser { return plain{w} },
		"gzip":  func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, _ := zstd.NewWriter(w)
			return z
		},
	}
}

func TestContentTellsHowAFileIsPacked(t *testing.T) {
	for name, pack := range packers() {
		t.Run(name, func(t *testing.T) {
			path := write(t, "events.jsonl", pack, line(2, "a"), "", line(1, "b"), line(2, "c"))
			order, bad := readAll(t, Config{Paths: []string{path}})
			if want := []string{"0:3", "0:1", "0:4"}; !slices.Equal(order, want) || bad != nil {
				t.Errorf("got %v, mistakes %v; want %v and none", order, bad, want)
			}
		})
	}
}

func TestEqualTimesKeepTheOrderOfTheFiles(t *testing.T) {
	pack := packers()["plain"]
	first := write(t, "a", pack, line(5, "a"), line(5, "b"))
	stdin := strings.NewReader("\xef\xbb\xbf" + line(5, "c") + "\r\n" + line(4, "d"))
	order, bad := readAll(t, Config{Paths: []string{first, "-"}, Stdin: stdin})
	if want := []string{"1:2", "0:1", "0:2", "1:1"}; !slices.Equal(order, want) || bad != nil {
		t.Errorf("got %v, mistakes %v; want %v and none", order, bad, want)
	}
}

func TestBadLinesAreReportedAndTheRestIsRead(t *testing.T) {
	path := write(t, "events", packers()["plain"],
		`{"time":"2026-03-01T10:00:00Z"`, // cut off
		line(3, "a"),
		`[1]`,
		`{"id":"x"}`,
		`{"time":"yesterday"}`,
		`{"time":"2026-03-01T10:00:00Z"} {}`,
		`{"x":"`+strings.Repeat("a", maxLine)+`"}`,
		line(1, "b"),
	)
	order, bad := readAll(t, Config{Paths: []string{path}})
	if want := []string{"0:8", "0:2"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
	for i, want := range []string{"0:1: ", "0:3: not a JSON object", "0:4: no time", `0:5: "yesterday" is not`, "0:6: ", "0:7: longer than"} {
		if i >= len(bad) || !strings.HasPrefix(bad[i], want) {
			t.Errorf("mistake %d is not %q…; all: %q", i, want, bad)
		}
	}
	if len(bad) != 6 {
		t.Errorf("got %d mistakes, want 6: %q", len(bad), bad)
	}
}

// One nested much more deeply is refused here already, one of 65 by the decoder.
func TestALineThatIsNestedTooDeeplyIsToldSo(t *testing.T) {
	deep := strings.Repeat("[", 20000) + strings.Repeat("]", 20000)
	path := write(t, "events", packers()["plain"],
		`{"specversion":"1.0","id":"1","source":"/s","type":"x","subject":"ana","time":"2026-03-01T10:00:00Z","data":{"x":`+deep+`}}`)
	_, bad := readAll(t, Config{Paths: []string{path}})
	if len(bad) != 1 || !strings.Contains(bad[0], "nested deeper than 64") {
		t.Errorf("got mistakes %q, want one that says: nested deeper than 64", bad)
	}
}

func TestBrokenArchivesAreToldAsSuch(t *testing.T) {
	const cut, followed = "data is cut short", "data is followed by something else"
	for _, format := range []string{"gzip", "zstd"} {
		whole, err := os.ReadFile(write(t, "events", packers()[format], line(1, "a"), line(2, "b")))
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []struct {
			name string
			data []byte
			want string
		}{
			{"without its end", whole[:len(whole)-9], cut},
			{"cut off in the head", whole[:5], cut},
			{"followed by text", append(bytes.Clone(whole), "this is not an archive"...), followed},
			{"followed by a newline", append(bytes.Clone(whole), '\n'), cut},
		} {
			path := filepath.Join(t.TempDir(), "events")
			if err := os.WriteFile(path, broken.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Sort(context.Background(), Config{Paths: []string{path}, Bad: func(Place, error) {}})
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "the "+format+" "+broken.want) {
				t.Errorf("%s %s: got %v, want an error that names %s and says that the %s %s", format, broken.name, err, path, format, broken.want)
			}
		}
	}
}

// However little memory there is, and so however many runs of runs are merged,
// the order is that of a plain stable sort.
func TestSpilledOrderIsAStableSort(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 400).Draw(t, "seconds")
		var text strings.Builder
		want := make([]int, len(seconds))
		for i, s := range seconds {
			fmt.Fprintln(&text, line(s, "x"))
			want[i] = i
		}
		slices.SortStableFunc(want, func(a, b int) int { return seconds[a] - seconds[b] })
		order, _ := readAll(t, Config{
			Paths: []string{"-"}, Stdin: strings.NewReader(text.String()), Dir: dir,
			MaxBytes: rapid.Int64Range(1, 1000).Draw(t, "maxBytes"),
		})
		for i, w := range want {
			if order[i] != fmt.Sprintf("0:%d", w+1) {
				t.Fatalf("record %d is %s, want line %d", i, order[i], w+1)
			}
		}
	})
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files left in %s", len(left), dir)
	}
}

func TestRunsOfRunsStayFew(t *testing.T) {
	s := sorter{maxBytes: 1, dir: t.TempDir()}
	defer s.close()
	const n = fanIn*fanIn + 3
	for i := range n {
		err := s.add(Record{At: schemas.Time(n - i), Place: Place{Line: int32(i + 1)}, Data: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.runs) > 2*fanIn {
			t.Fatalf("%d runs open after %d records", len(s.runs), i+1)
		}
	}
	from, err := s.sorted()
	if err != nil {
		t.Fatal(err)
	}
	var r Record
	for i := range n {
		if more, err := from.read(&r); !more || err != nil || r.At != schemas.Time(i+1) {
			t.Fatalf("record %d: got time %d, more %v, error %v", i, r.At, more, err)
		}
	}
	if more, _ := from.read(&r); more {
		t.Errorf("more than %d records", n)
	}
}

func TestCanceledReadLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	text := strings.Repeat(line(1, "x")+"\n", 5000)
	lines := 0
	_, err := Sort(ctx, Config{
		Paths: []string{"-"}, Stdin: io.TeeReader(strings.NewReader(text), counter(func() { lines++; cancel() })),
		Dir: dir, MaxBytes: 500, Bad: func(Place, error) {},
	})
	if err == nil || lines == 0 {
		t.Errorf("error %v after %d reads, want it canceled", err, lines)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files left", len(left))
	}
}

type counter func()

func (c counter) Write(b []byte) (int, error) { c(); return len(b), nil }
