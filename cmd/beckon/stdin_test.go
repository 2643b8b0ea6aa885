package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Whoever types no event, or pipes from something that hangs, can end it.
func TestSilentInputIsLeftAtTheFirstSignal(t *testing.T) {
	dir := t.TempDir()
	trigger := []byte("name: thanks\nstart: {on: order.placed}\nsteps: [{send: {template: thanks, channels: [email]}}]\n")
	if err := os.WriteFile(filepath.Join(dir, "thanks.yaml"), trigger, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"learn", "cycles", "--events", "-"},
		{"backtest", "--triggers", dir, "--events", "-"},
	} {
		in, silent, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		defer silent.Close()
		if _, err := silent.WriteString(`{"specversion":"1.0","id":"1","source":"/s","type":"order.placed","subject":"ana","time":"2026-03-01T10:00:00Z","data":{}}` + "\n"); err != nil {
			t.Fatal(err)
		}
		said, err := os.Create(filepath.Join(t.TempDir(), "said"))
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		ctx, interrupt := context.WithCancel(t.Context())
		status := make(chan int, 1)
		go func() { status <- run(ctx, args, streams{in, said, said}) }()
		interrupt()
		select {
		case got := <-status:
			text, err := os.ReadFile(said.Name())
			if err != nil {
				t.Fatal(err)
			}
			if want := "beckon: interrupted\n"; got != exitWrong || !strings.HasSuffix(string(text), want) || strings.Contains(string(text), "gaps") {
				t.Errorf("%q: exit status %d, want %d; said\n%s\nwant %s", args, got, exitWrong, text, want)
			}
		case <-time.After(brokerPatience):
			t.Fatalf("%q still reads", args)
		}
	}
}
