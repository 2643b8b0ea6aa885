package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// get prints what a path of the admin API answers: get /api/v1/triggers.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), brokerPatience)
	defer cancel()
	body, err := fetch(ctx, ts, args[0])
	ts.Check(err)
	_, err = io.WriteString(ts.Stdout(), body)
	ts.Check(err)
}

func fetch(ctx context.Context, ts *testscript.TestScript, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ts.Getenv("ADMIN")+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// awaitText asks a path of the admin API until the answer has a text:
// await-text /api/v1/triggers '"generation":2'.
func awaitText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-text PATH TEXT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), brokerPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		body, err := fetch(ctx, ts, args[0])
		if err == nil && strings.Contains(body, args[1]) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("%s lacks %s after %v (%v): %s", args[0], args[1], brokerPatience, err, body)
		}
	}
}

// hangup sends SIGHUP to what runs in the background: hangup.
func hangup(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hangup")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGHUP))
	}
}
