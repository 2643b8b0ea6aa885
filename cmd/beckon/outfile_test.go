package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

const anOrder = `{"specversion":"1.0","id":"1","source":"/s","type":"order.placed","subject":"ana","time":"2026-03-01T10:00:00Z","data":{}}` + "\n"

// inShop makes a folder with one trigger and results of an earlier backtest,
// which are for their owner only, and moves there.
func inShop(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"thanks.yaml":    "name: thanks\nstart: {on: order.placed}\nsteps: [{send: {template: thanks, channels: [email]}}]\n",
		"commands.jsonl": "earlier\n",
		"why.jsonl":      "earlier\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// wantEarlier looks that the earlier results are there and nothing else new.
func wantEarlier(t *testing.T) {
	t.Helper()
	for _, name := range []string{"commands.jsonl", "why.jsonl"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != "earlier\n" {
			t.Errorf("%s: got %q, %v; want what was there before", name, got, err)
		}
	}
	wantNoTemp(t)
}

func wantNoTemp(t *testing.T) {
	t.Helper()
	if left, err := filepath.Glob(".beckon-*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func backtestHere(ctx context.Context, t *testing.T, in *os.File, args ...string) (status int, said string) {
	t.Helper()
	messages, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Close()
	status = run(ctx, append([]string{"backtest", "--triggers", "thanks.yaml"}, args...), streams{in, messages, messages})
	text, err := os.ReadFile(messages.Name())
	if err != nil {
		t.Fatal(err)
	}
	return status, string(text)
}

func TestFailedBacktestLeavesEarlierResults(t *testing.T) {
	inShop(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(anOrder))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("cut.gz", packed.Bytes()[:packed.Len()-9], 0o600); err != nil {
		t.Fatal(err)
	}
	status, said := backtestHere(t.Context(), t, nil, "--events", "cut.gz", "--commands", "commands.jsonl", "--decisions", "why.jsonl")
	if status != exitWrong || !strings.Contains(said, "cut short") {
		t.Errorf("exit status %d, said %s; want %d and that the file is cut short", status, said, exitWrong)
	}
	wantEarlier(t)
}

func TestInterruptedBacktestLeavesEarlierResults(t *testing.T) {
	inShop(t)
	in, silent, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer silent.Close()
	ctx, interrupt := context.WithTimeout(t.Context(), brokerPatience)
	defer interrupt()
	go func() {
		// A write of more than a pipe holds returns once the backtest reads, and
		// so has opened its results.
		silent.WriteString(strings.Repeat(anOrder, 4096))
		interrupt()
	}()
	status, said := backtestHere(ctx, t, in, "--events", "-", "--commands", "commands.jsonl", "--decisions", "why.jsonl")
	if status != exitWrong || said != "beckon: interrupted\n" {
		t.Errorf("exit status %d, said %s; want %d and that it was interrupted", status, said, exitWrong)
	}
	wantEarlier(t)
}

// Whoever could read a file of results can read the next ones, and a link to it
// stays one.
func TestResultsTakeThePlaceOfEarlierOnes(t *testing.T) {
	inShop(t)
	if err := os.WriteFile("order.jsonl", []byte(anOrder), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("why.jsonl", "link.jsonl"); err != nil {
		t.Fatal(err)
	}
	if status, said := backtestHere(t.Context(), t, nil, "--events", "order.jsonl", "--commands", "commands.jsonl", "--decisions", "link.jsonl"); status != exitDone {
		t.Fatalf("exit status %d, said %s", status, said)
	}
	for name, want := range map[string]string{"commands.jsonl": "message.command", "why.jsonl": `"outcome":"sent"`} {
		got, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(got), want) || strings.Contains(string(got), "earlier") {
			t.Errorf("%s: got %q, %v; want %s", name, got, err, want)
		}
		if info, err := os.Lstat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: got %v, %v; want a plain file with the rights it had", name, info, err)
		}
	}
	if info, err := os.Lstat("link.jsonl"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("link.jsonl: got %v, %v; want the link that it was", info, err)
	}
	wantNoTemp(t)
}
