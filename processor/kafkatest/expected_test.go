//go:build kafka

package kafkatest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// backtest is what events must lead to, value by command id. Time goes on to
// now, as it does for a process that reads history.
func backtest(t *testing.T, ctx context.Context, triggers, events string) map[string][]byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "commands.jsonl")
	beckon(t, ctx, "backtest", "--triggers", triggers, "--events", events,
		"--until", time.Now().UTC().Format(time.RFC3339), "--commands", out)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	for line := range bytes.Lines(text) {
		var e struct {
			ID   string
			Data json.RawMessage
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("backtest line %s: %v", line, err)
		}
		if want[e.ID] != nil {
			t.Errorf("backtest: command %s twice", e.ID)
		}
		want[e.ID] = e.Data
	}
	return want
}

// compareExpected holds commands to the answers of an independent program: for
// the same customers, carts or orders, at the same due instants, as often.
func compareExpected(t *testing.T, expected map[string]string, commands map[string][]byte) {
	t.Helper()
	for rule, file := range expected {
		want := map[string]int{}
		lines(t, filepath.Join(shared, "expected", file+".jsonl.gz"), func(line []byte) {
			if key := expectedRow(t, file, line); key != "" {
				want[key]++
			}
		})
		got := map[string]int{}
		for _, value := range commands {
			if key := expectedKey(t, rule, value); key != "" {
				got[key]++
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %d commands do not match the %d expected", file, len(got), len(want))
		}
	}
}

// expectedRow is what a row of an expected file is about, "" for nothing sent.
func expectedRow(t *testing.T, file string, line []byte) string {
	t.Helper()
	var row struct {
		Customer, Outcome, Kind string
		CartID                  string `json:"cart_id"`
		OrderID                 string `json:"order_id"`
		Due                     time.Time
	}
	if err := json.Unmarshal(line, &row); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if row.Outcome == "skip" {
		return ""
	}
	who := row.Customer
	if row.CartID+row.OrderID != "" {
		who = row.Kind + row.CartID + row.OrderID
	}
	return fmt.Sprint(who, " ", row.Due.UnixMilli())
}

// expectedKey is a command in the words of expectedRow, "" for a command of
// another rule.
func expectedKey(t *testing.T, rule string, value []byte) string {
	t.Helper()
	var c struct {
		Trigger string
		DueAt   time.Time `json:"due_at"`
		Context struct{ Started, Order, Customer string }
	}
	if err := json.Unmarshal(value, &c); err != nil {
		t.Fatalf("command %s: %v", value, err)
	}
	due := fmt.Sprint(" ", c.DueAt.UnixMilli())
	switch {
	case rule == "abandonment" && c.Trigger == "cart-abandonment":
		return c.Context.Started + due
	case rule == "shipping" && (c.Trigger == "late" || c.Trigger == "undispatched"):
		return c.Trigger + c.Context.Order + due
	case rule == "inactivity" && c.Trigger == "inactivity":
		return c.Context.Customer + due
	}
	return ""
}
