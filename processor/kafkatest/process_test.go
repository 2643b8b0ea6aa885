//go:build kafka

package kafkatest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// build makes the beckon binary of this tree.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "beckon")
	out, err := exec.Command("go", "build", "-o", bin, "../../cmd/beckon").CombinedOutput()
	if err != nil {
		t.Fatalf("build beckon: %v\n%s", err, out)
	}
	return bin
}

// process is one `beckon run` that can be killed and started again.
type process struct {
	t           *testing.T
	bin, config string
	log         string
	cmd         *exec.Cmd
	exited      chan struct{}
}

func startProcess(t *testing.T, bin, config string) *process {
	t.Helper()
	p := &process{t: t, bin: bin, config: config, log: filepath.Join(filepath.Dir(config), "log")}
	p.start()
	t.Cleanup(func() {
		p.end(syscall.SIGKILL)
		if t.Failed() {
			p.tail()
		}
	})
	return p
}

func (p *process) start() {
	p.t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(p.bin, "run", "--config", p.config)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	exited := make(chan struct{})
	p.exited = exited
	go func(c *exec.Cmd) { c.Wait(); close(exited) }(p.cmd)
}

// end signals the process and waits for its end.
func (p *process) end(sig syscall.Signal) {
	select {
	case <-p.exited:
		return
	default:
	}
	p.cmd.Process.Signal(sig)
	<-p.exited
}

// alive fails the test when the process ended by itself.
func (p *process) alive() {
	p.t.Helper()
	select {
	case <-p.exited:
		p.t.Fatalf("beckon run ended by itself: %v", p.cmd.ProcessState)
	default:
	}
}

func (p *process) tail() {
	text, _ := os.ReadFile(p.log)
	p.t.Logf("end of %s:\n%s", p.log, text[max(0, len(text)-4000):])
}

// beckon runs a command of the program to its end and returns its stdout.
func beckon(t *testing.T, ctx context.Context, bin string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		var stderr []byte
		if e, ok := err.(*exec.ExitError); ok {
			stderr = e.Stderr
		}
		t.Fatalf("beckon %v: %v\n%s", args, err, stderr)
	}
	return out
}
