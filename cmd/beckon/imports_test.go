package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/beckon-io/beckon/"

// rooms says what each room may import of ours; a longer prefix goes before a
// shorter one. The arrows point one way: whoever wants another one has to argue
// here.
var rooms = map[string][]string{
	"schemas":               {"schemas"},
	"state":                 {"schemas", "state"},
	"state/store":           {"schemas", "state", "telemetry/instruments"},
	"triggers":              {"schemas", "state", "triggers"},
	"telemetry/instruments": {"schemas"},
	"telemetry":             {"schemas", "processor", "telemetry"}, // implements the processor's Watcher
	"processor":             {"schemas", "state", "triggers", "processor", "telemetry/instruments"},
	"backtest":              {"schemas", "state", "triggers", "backtest"},
	"console":               {"schemas", "state", "triggers", "processor", "console"},
	"demo":                  {"schemas", "state", "triggers", "processor", "console", "telemetry", "demo"},
	"deploy":                {"schemas", "state", "triggers", "processor", "console", "telemetry"},
	"cmd":                   {"schemas", "state", "triggers", "processor", "backtest", "console", "telemetry", "demo", "cmd"},
	"internal":              {"internal"},
	"docs":                  {"schemas", "state", "triggers"},
}

// never holds even where rooms would allow more.
var never = []struct{ from, to, why string }{
	{"schemas", "state", "the vocabulary knows nobody"},
	{"state", "state/store", "records are plain values; what keeps them on disk comes later"},
	{"triggers", "state/store", "the engine decides; it reads no disk"},
	{"backtest", "state/store", "a backtest keeps customers in memory"},
	{"console", "state/store", "the lanes own the store; ask the processor"},
}

// shells are the technologies that one room each may touch.
var shells = []struct {
	lib   string
	rooms []string
	why   string
}{
	{"github.com/twmb/franz-go", []string{"processor", "demo", "telemetry", "cmd/bench"}, "Kafka is the processor's; the demo embeds a broker, telemetry hooks into clients, the benchmark compares with bare ones"},
	{"github.com/cockroachdb/pebble", []string{"state/store"}, "one package knows how state lies on disk"},
	{"go.opentelemetry.io/otel/sdk", []string{"telemetry"}, "others use the API, so that telemetry can be left out"},
	{"go.opentelemetry.io/otel/exporters", []string{"telemetry"}, "others use the API"},
	{"go.opentelemetry.io/contrib", []string{"telemetry"}, "others use the API"},
	{"github.com/prometheus", []string{"telemetry", "cmd/bench"}, "metrics are OpenTelemetry's; Prometheus is a way out"},
	{"cel.dev/cel-go", []string{"triggers/expr"}, "one package knows the expression language"},
	{"go.yaml.in/yaml", []string{"triggers/rule", "triggers/builtin", "triggers/policy", "triggers/scenario", "cmd", "deploy", "docs"}, "what people write is parsed at the edge"},
	{"github.com/alecthomas/kong", []string{"cmd"}, "flags are main's"},
	{"net/http", []string{"console", "telemetry", "demo", "cmd", "processor/kafkatest"}, "deciding needs no network"},
	{"math/rand", []string{"demo", "cmd/bench", "processor"}, "decisions are a function of their input"},
	{"math/rand/v2", []string{"demo", "cmd/bench", "processor"}, "decisions are a function of their input"},
}

// impure calls read the clock or let go of the caller's context.
var impure = map[string]string{
	"time.Now": "time is an argument", "time.Since": "time is an argument", "time.Until": "time is an argument",
	"time.Sleep": "wait for a signal", "time.After": "wait for a signal",
	"context.Background": "ctx comes from the caller", "context.TODO": "ctx comes from the caller",
}

// outermost are the rooms at the edge, where clocks are read and contexts
// begin, each with its reason.
var outermost = map[string]string{
	"cmd":                 "main and the benchmark",
	"demo":                "the demo is a program of its own",
	"processor/kafkatest": "starts brokers and processes for tests",
	"processor/bench":     "measures",
}

// loop is the package of the processor's outermost loop: it measures intervals
// and ends transactions under a context that nothing cancels. The packages
// below it decide, and get the time as an argument.
const loop = "processor"

func TestImportsPointOneWay(t *testing.T) {
	eachFile(t, parser.ImportsOnly, func(dir, name string, f *ast.File) {
		for _, spec := range f.Imports {
			to := strings.Trim(spec.Path.Value, `"`)
			if inner, ours := strings.CutPrefix(to, module); ours {
				checkRoom(t, name, dir, inner)
				continue
			}
			for _, s := range shells {
				if within(to, s.lib) && !withinAny(dir, s.rooms) {
					t.Errorf("%s imports %s: only %v may: %s", name, to, s.rooms, s.why)
				}
			}
		}
	})
}

func checkRoom(t *testing.T, file, from, to string) {
	t.Helper()
	allowed, ok := rooms[longest(from)]
	if !ok {
		t.Errorf("%s is in no room of this list", file)
		return
	}
	if !withinAny(to, allowed) {
		t.Errorf("%s imports %s: %s may import %v of ours", file, to, longest(from), allowed)
	}
	for _, n := range never {
		if within(from, n.from) && within(to, n.to) && !within(from, n.to) {
			t.Errorf("%s imports %s: %s", file, to, n.why)
		}
	}
}

// longest is the most special room that a directory is in.
func longest(dir string) string {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := rooms[d]; ok {
			return d
		}
	}
	return dir
}

func TestClockAndContextComeFromOutside(t *testing.T) {
	eachFile(t, 0, func(dir, name string, f *ast.File) {
		for edge := range outermost {
			if within(dir, edge) || dir == loop {
				return
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok {
				call := pkg.Name + "." + sel.Sel.Name
				if why := impure[call]; why != "" {
					t.Errorf("%s uses %s: %s", name, call, why)
				}
			}
			return true
		})
	})
}

// eachFile parses every source file of the module that is no test, with its
// directory and name as seen from the root.
func eachFile(t *testing.T, mode parser.Mode, use func(dir, name string, f *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && p != root && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, mode|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		use(path.Dir(name), name, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Fatalf("found %d files only; is %s the root?", files, root)
	}
}

func within(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

func withinAny(dir string, in []string) bool {
	for _, room := range in {
		if within(dir, room) {
			return true
		}
	}
	return false
}
