//go:build kafka

package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// process is one `beckon run` that can be killed, stopped for a while, and
// started again.
type process struct {
	t                *testing.T
	bin, config, log string
	state            string // its directory
	admin            string // host:port
	env              []string
	cmd              *exec.Cmd
	exited           chan struct{}
}

// startLater makes a process that start starts, and ends it after the test.
func startLater(t *testing.T, dir string, s settings) *process {
	t.Helper()
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, bin: binary, log: filepath.Join(dir, "log"), state: filepath.Join(dir, "state"),
		admin: fmt.Sprintf("127.0.0.1:%d", ports[0]), exited: make(chan struct{})}
	close(p.exited)
	p.config = s.write(t, dir, p)
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
	p.cmd.Env = append(os.Environ(), p.env...)
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	exited := make(chan struct{})
	p.exited = exited
	go func(c *exec.Cmd) { c.Wait(); close(exited) }(p.cmd)
}

// signal reports false when the process has ended already.
func (p *process) signal(sig syscall.Signal) bool {
	select {
	case <-p.exited:
		return false
	default:
		return p.cmd.Process.Signal(sig) == nil
	}
}

// end signals the process and waits for its end.
func (p *process) end(sig syscall.Signal) {
	if p.signal(sig) {
		<-p.exited
	}
}

// kill is kill -9; when says when.
func (p *process) kill() (when time.Time) {
	p.alive()
	p.end(syscall.SIGKILL)
	return time.Now()
}

// stop ends the process in good order.
func (p *process) stop() {
	p.t.Helper()
	p.alive()
	p.end(syscall.SIGTERM)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("beckon run ended with %d when it was told to stop", code)
	}
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

// ready waits until everything is restored and the clock is at most a minute
// behind, so that all input was read.
func (p *process) ready(ctx context.Context) {
	p.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		p.alive()
		answer := p.ask(ctx, "/readyz")
		if answer == nil {
			return
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("beckon run did not become ready: %v", answer)
		case <-tick.C:
		}
	}
}

func (p *process) ask(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// loseState deletes the state directory, instance name and all.
func (p *process) loseState() {
	p.t.Helper()
	if _, err := os.Stat(filepath.Join(p.state, "db")); err != nil {
		p.t.Fatalf("there is no state to lose: %v", err)
	}
	if err := os.RemoveAll(p.state); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) tail() {
	text, _ := os.ReadFile(p.log)
	p.t.Logf("end of %s:\n%s", p.log, text[max(0, len(text)-4000):])
}

// beckon runs a command of the program to its end and returns its stdout.
func beckon(t *testing.T, ctx context.Context, args ...string) []byte {
	t.Helper()
	out, stderr, err := try(ctx, args...)
	if err != nil {
		t.Fatalf("beckon %v: %v\n%s", args, err, stderr)
	}
	return out
}

// try is beckon for commands that may fail.
func try(ctx context.Context, args ...string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.WaitDelay = 5 * time.Second
	stdout, err = cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		stderr = e.Stderr
	}
	return stdout, stderr, err
}
