package backtest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// shared is a file of the data folder beside the repository. Where there is no
// such folder the test is skipped; with BECKON_REQUIRE_SHARED=1 it fails.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("BECKON_REQUIRE_SHARED") == "1" {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED on recorded events: %v; BECKON_REQUIRE_SHARED=1 makes this a failure", err)
	}
	return path
}

// parts is how many customers' events there are to one that -short reads.
const parts = 8

// part is one that a customer belongs to.
func part(customer string) uint32 { return crc32.ChecksumIEEE([]byte(customer)) % parts }

// excerpt tells which customers a test over recorded events is about: all, or
// under -short those of one part.
type excerpt struct {
	some   bool
	part   uint32
	packed []byte // the events, as a gzip file
}

func (x excerpt) has(customer string) bool { return !x.some || part(customer) == x.part }

var subject = regexp.MustCompile(`"subject":"([^"]*)"`)

// recorded is a file of recorded events, or under -short an excerpt of it that
// ends with the same event.
func recorded(t *testing.T, name string) (string, excerpt) {
	t.Helper()
	path := shared(t, name+".jsonl.gz")
	if !testing.Short() {
		return path, excerpt{}
	}
	x, ok := excerpts[path]
	if !ok {
		x = takeExcerpt(t, path)
		excerpts[path] = x
	}
	path = filepath.Join(t.TempDir(), name+".jsonl.gz")
	if err := os.WriteFile(path, x.packed, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, x
}

// excerpts are those that were taken, by the file.
var excerpts = map[string]excerpt{}

func takeExcerpt(t *testing.T, path string) (x excerpt) {
	t.Helper()
	var lines [parts]bytes.Buffer
	eachLine(t, path, func(line []byte) {
		m := subject.FindSubmatch(line)
		if m == nil {
			t.Fatalf("%s: no subject in %s", path, line)
		}
		x = excerpt{some: true, part: part(string(m[1]))} // in the end that of the last event
		lines[x.part].Write(line)
		lines[x.part].WriteByte('\n')
	})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(lines[x.part].Bytes())
	z.Close()
	x.packed = packed.Bytes()
	return x
}

// eachLine reads the lines of a packed file; f must not keep them.
func eachLine(t *testing.T, path string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<21)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// readGzip decodes the lines of a packed JSONL file.
func readGzip[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	eachLine(t, path, func(line []byte) {
		var one T
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, one)
	})
	if len(all) == 0 {
		t.Fatalf("%s has no lines", path)
	}
	return all
}

// kept is a sink that keeps everything.
type kept struct {
	commands  []schemas.Command
	decisions []schemas.Decision
}

func (k *kept) Command(c *schemas.Command) error {
	k.commands = append(k.commands, *c)
	return nil
}

func (k *kept) Decision(d *schemas.Decision) error {
	k.decisions = append(k.decisions, *d)
	return nil
}

// compile loads trigger files.
func compile(t *testing.T, paths ...string) *rule.Set {
	t.Helper()
	var files []rule.File
	for _, p := range paths {
		found, err := rule.ReadDir(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	set, mistakes := rule.Load(files, rule.Options{})
	if mistakes.Failed() {
		var text bytes.Buffer
		mistakes.Print(&text)
		t.Fatalf("mistakes in triggers:\n%s", &text)
	}
	return set
}

// replay runs a file and wants no bad line.
func replay(t *testing.T, rules, events string, grace time.Duration, until Until) (*kept, Summary) {
	t.Helper()
	k := &kept{}
	set := compile(t, filepath.Join("testdata", "rules", rules))
	sum, err := Run(context.Background(), Options{
		Input: Input{
			Events: eventfile.Config{Paths: []string{events}, Dir: t.TempDir()},
			Bad:    func(file string, line int, err error) { t.Errorf("%s:%d: %v", file, line, err) },
		},
		Engine: engine.New(engine.Config{App: "test", Set: set, Lookup: true}),
		Grace:  grace,
		Until:  until,
		Sink:   k,
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, sum
}

// row is one expected answer, of any of the files.
type row struct {
	Customer string       `json:"customer"`
	CartID   string       `json:"cart_id"`
	OrderID  string       `json:"order_id"`
	Kind     string       `json:"kind"`
	Outcome  string       `json:"outcome"`
	Due      schemas.Time `json:"due"`
	LastAt   schemas.Time `json:"last_order_at"`
	AfterEnd bool         `json:"after_end"`
}

// arming is what an answer names of the event that armed the timer.
type arming struct {
	ID   string       `json:"id"`
	Time schemas.Time `json:"time"`
	Data struct {
		CartID  string `json:"cart_id"`
		OrderID string `json:"order_id"`
	} `json:"data"`
}

// The expected answers were computed by an independent program; the backtest
// must give each of them and nothing else.
func TestRecordedEventsGiveTheExpectedAnswers(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		rules, events, want string
		grace, after        time.Duration
		line                func(d *schemas.Decision, a arming) string
		wantLine            func(r row) string
	}{
		{"abandonment.yaml", "generated.dev", "generated.abandonment", 0, day, cartLine, wantCart},
		{"abandonment.yaml", "generated.dev", "generated.abandonment.grace10", 10 * time.Second, day, cartLine, wantCart},
		{"abandonment.yaml", "ecom-synthetic.dev", "ecom-synthetic.abandonment", 0, day, cartLine, wantCart},
		{"abandonment.yaml", "ecom-synthetic.dev", "ecom-synthetic.abandonment", 10 * time.Second, day, cartLine, wantCart},
		{"shipping.yaml", "generated.dev", "generated.shipping", 0, 60 * day, orderLine, wantOrder},
		{"shipping.yaml", "generated.dev", "generated.shipping.grace10", 10 * time.Second, 60 * day, orderLine, wantOrder},
		{"inactivity.yaml", "cdnow.orders.dev", "cdnow.inactivity", 0, 61 * day, lastLine, wantLast},
		{"inactivity.yaml", "completejourney.orders.dev", "completejourney.inactivity", 0, 61 * day, lastLine, wantLast},
		{"inactivity.yaml", "completejourney.orders.dev", "completejourney.inactivity.grace10", 10 * time.Second, 61 * day, lastLine, wantLast},
	} {
		t.Run(fmt.Sprintf("%s grace %v", c.want, c.grace), func(t *testing.T) {
			events, some := recorded(t, c.events)
			armed := map[string]arming{}
			for _, a := range readGzip[arming](t, events) {
				armed[a.ID] = a
			}
			rows := readGzip[row](t, shared(t, "expected/"+c.want+".jsonl.gz"))
			for _, end := range []struct {
				name     string
				until    Until
				afterEnd bool
			}{{"to the last event", Until{}, false}, {"and beyond", Until{After: c.after}, true}} {
				k, _ := replay(t, c.rules, events, c.grace, end.until)
				var got, want []string
				for i := range k.decisions {
					d := &k.decisions[i]
					if d.Outcome == schemas.Sent || d.Outcome == schemas.Skipped {
						got = append(got, c.line(d, armed[d.EventID]))
					}
				}
				for _, r := range rows {
					if some.has(r.Customer) && (end.afterEnd || !r.AfterEnd) {
						want = append(want, c.wantLine(r))
					}
				}
				t.Logf("%s: %d answers", end.name, len(want))
				compareLines(t, end.name, got, want)
			}
		})
	}
}

func cartLine(d *schemas.Decision, a arming) string {
	outcome := "fire"
	if d.Outcome == schemas.Skipped {
		outcome = "skip " + d.Reason.String()
	}
	return fmt.Sprintf("%v %s %s %s", d.Time, d.Customer, a.Data.CartID, outcome)
}

func wantCart(r row) string {
	if r.Outcome == "skip" {
		r.Outcome = "skip reentry_window"
	}
	return fmt.Sprintf("%v %s %s %s", r.Due, r.Customer, r.CartID, r.Outcome)
}

func orderLine(d *schemas.Decision, a arming) string {
	return fmt.Sprintf("%v %s %s %s %v", d.Time, d.Customer, a.Data.OrderID, d.Trigger, d.Reason)
}

func wantOrder(r row) string {
	return fmt.Sprintf("%v %s %s %s ", r.Due, r.Customer, r.OrderID, r.Kind)
}

func lastLine(d *schemas.Decision, a arming) string {
	return fmt.Sprintf("%v %s %v %v", d.Time, d.Customer, a.Time, d.Reason)
}

func wantLast(r row) string { return fmt.Sprintf("%v %s %v ", r.Due, r.Customer, r.LastAt) }

// compareLines compares as sets with counts: the order of equal due times is
// another test's.
func compareLines(t *testing.T, name string, got, want []string) {
	t.Helper()
	balance := map[string]int{}
	for _, l := range want {
		balance[l]++
	}
	for _, l := range got {
		balance[l]--
	}
	var wrong []string
	for l, n := range balance {
		switch {
		case n > 0:
			wrong = append(wrong, l+"  missing")
		case n < 0:
			wrong = append(wrong, l+"  not expected")
		}
	}
	if len(wrong) == 0 {
		return
	}
	slices.Sort(wrong)
	t.Errorf("%s: %d of %d answers are wrong, the first ones:", name, len(wrong), len(want))
	for _, l := range wrong[:min(10, len(wrong))] {
		t.Error(l)
	}
}
