//go:build kafka

package kafkatest

import (
	"context"
	"testing"
	"time"
)

func TestBrokerStartsStopsAndComesBackAfterAKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b, err := Start(ctx, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Stop()
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := b.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if b.PID() == 0 {
		t.Error("no process after the restart")
	}
}
