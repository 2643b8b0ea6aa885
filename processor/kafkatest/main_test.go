//go:build kafka

package kafkatest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What all tests share: one broker, one binary of this tree, and the lines that
// are printed when everything has ended.
var (
	broker *Broker
	binary string
	told   []string
)

func TestMain(m *testing.M) {
	began := time.Now()
	code, err := runAll(m)
	fmt.Printf("\nreal Kafka %s:\n", version)
	for _, line := range told {
		fmt.Println(" ", line)
	}
	took := time.Since(began).Round(time.Second)
	switch {
	case err != nil:
		fmt.Printf("FAILED before any test, after %v: %v\n", took, err)
		code = 1
	case code != 0:
		fmt.Printf("FAILED after %v\n", took)
	default:
		fmt.Printf("passed in %v\n", took)
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "beckon-kafka-test-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if binary, err = build(dir, "beckon"); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // Maven may fetch the broker
	defer cancel()
	if broker, err = Start(ctx, Options{Dir: filepath.Join(dir, "kafka"), Set: []string{"log.cleaner.backoff.ms=200"}}); err != nil {
		return 0, err
	}
	defer broker.Stop()
	return m.Run(), nil
}

// build makes a binary of beckon in a folder.
func build(dir, name string, flags ...string) (string, error) {
	bin := filepath.Join(dir, name)
	args := append(append([]string{"build", "-o", bin}, flags...), "../../cmd/beckon")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build beckon: %w\n%s", err, out)
	}
	return bin, nil
}

// tell says how a test ended, now and in the list at the end.
func tell(t *testing.T, began time.Time, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	if t.Failed() {
		line = "FAILED: " + line
	}
	t.Log(line)
	_, name, _ := strings.Cut(t.Name(), "Test")
	told = append(told, fmt.Sprintf("%-52s %3.0f s  %s", name, time.Since(began).Seconds(), line))
}
