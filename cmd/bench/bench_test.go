package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStandardInputIsNotReadTwice(t *testing.T) {
	err := (&replenishmentCommand{Events: []string{"orders.jsonl", "-"}}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "--events -: events are read twice") {
		t.Errorf("got %v", err)
	}
}

func TestFailedStartLeavesNoFolder(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Chdir(t.TempDir()) // nothing to build here
	if _, err := (place{Broker: "127.0.0.1:9092"}).open(t.Context()); err == nil || !strings.Contains(err.Error(), "build beckon") {
		t.Fatalf("got %v, want that it cannot be built", err)
	}
	if left, err := filepath.Glob(filepath.Join(temp, "beckon-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestOnlyAProducerThatFailedIsTrouble(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for _, c := range []struct {
		ended   error
		trouble bool
	}{
		{nil, false},
		{context.Canceled, false},
		{fmt.Errorf("write events: %w", context.Canceled), false},
		{fmt.Errorf("write events: %w", refused), true},
	} {
		producer := make(chan error, 1)
		producer <- c.ended
		if got := stopped(producer); (got != nil) != c.trouble {
			t.Errorf("ended with %v: got %v, want trouble %v", c.ended, got, c.trouble)
		}
	}
}

// A round that is over soon has no profile, and one that was cut short is none.
func TestShortRoundSaysWhyItHasNoProfile(t *testing.T) {
	a := &arena{dir: t.TempDir()}
	over := make(chan struct{})
	answer := profileLater(t.Context(), over, "127.0.0.1:1", a.profile())
	close(over)
	if err := <-answer; err == nil || !strings.Contains(err.Error(), "the round was over within 20s") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(a.profile(), []byte("cut short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := breakdown(io.Discard, a.profile(), 1); err == nil {
		t.Error("a profile that is none was read")
	}
}

func TestHeapIsReadFromTheMetrics(t *testing.T) {
	text := "# TYPE go_memstats_heap_inuse_bytes gauge\ngo_memstats_heap_inuse_bytes 7.4399744e+08\n"
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }))
	defer admin.Close()
	address := strings.TrimPrefix(admin.URL, "http://")
	if got, err := heapInUse(t.Context(), address); err != nil || got != 709 {
		t.Errorf("got %d MiB, %v; want 709", got, err)
	}
	text = "go_goroutines 9\n"
	if got, err := heapInUse(t.Context(), address); err == nil {
		t.Errorf("got %d MiB of metrics that don't tell", got)
	}
}
