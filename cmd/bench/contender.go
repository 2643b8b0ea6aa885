package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/beckon-io/beckon/processor/kafkatest"
)

// arena is a started place.
type arena struct {
	dir, broker string
	brokerPID   int
	beckon      string // the binary
	pinned      bool   // see eventsCommand.Pin
	close       func()
}

// open builds beckon and starts a broker. Close the arena; after an error the
// temporary folder is gone.
func (p place) open(ctx context.Context) (*arena, error) {
	dir, remove := p.Dir, func() {}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "beckon-bench-"); err != nil {
			return nil, err
		}
		if !p.Keep {
			remove = func() { os.RemoveAll(dir) }
		}
	}
	a, err := p.openIn(ctx, dir)
	if err != nil {
		remove()
		return nil, err
	}
	stop := a.close
	a.close = func() { stop(); remove() }
	return a, nil
}

func (p place) openIn(ctx context.Context, dir string) (*arena, error) {
	a := &arena{dir: dir, broker: p.Broker, beckon: filepath.Join(dir, "beckon"), close: func() {}}
	say("building beckon")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", a.beckon, "./cmd/beckon").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build beckon (run this from the repository's root): %w\n%s", err, out)
	}
	if p.Broker == "" {
		say("starting a broker")
		broker, err := kafkatest.Start(ctx, kafkatest.Options{Dir: filepath.Join(dir, "kafka"), Heap: "1g"})
		if err != nil {
			return nil, err
		}
		a.broker, a.brokerPID, a.close = broker.Addr, broker.PID(), func() { broker.Stop() }
	}
	return a, nil
}

// with is the arena for another build of beckon.
func (a *arena) with(beckon string) *arena {
	other := *a
	other.beckon = beckon
	return &other
}

// child is a running contender.
type child struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

// launch starts a contender, on a core of its own where the arena is pinned.
func (a *arena) launch(dir, name string, args ...string) (*child, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if a.pinned {
		name, args = "taskset", append([]string{"-c", "0", name}, args...)
	}
	c := &child{cmd: exec.Command(name, args...), log: filepath.Join(dir, "log"), exited: make(chan struct{})}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.cmd.Wait(); close(c.exited) }()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) stop() {
	c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.exited:
	case <-time.After(20 * time.Second):
		c.cmd.Process.Kill()
		<-c.exited
	}
}

// tail is the end of the child's log, for errors.
func (c *child) tail() string {
	text, _ := os.ReadFile(c.log)
	return string(text[max(0, len(text)-3000):])
}

const defaultCacheMiB = 512 // beckon's own default

// settings are what differs between the benchmarks' beckon.yaml.
type settings struct {
	app, commands string
	triggers      string // YAML
	grace         string
	lanes         int
	cacheMiB      int
	more          string // further lines
}

// runBeckon writes the configuration, makes the topics and starts the process.
func (a *arena) runBeckon(ctx context.Context, s settings) (c *child, admin string, err error) {
	dir := filepath.Join(a.dir, s.app)
	if err := os.MkdirAll(filepath.Join(dir, "triggers"), 0o755); err != nil {
		return nil, "", err
	}
	admin, err = freeAddress()
	if err != nil {
		return nil, "", err
	}
	config := fmt.Sprintf(`app: %s
kafka: {brokers: [%q]}
sources: [{topic: browse}, {topic: orders}, {topic: shipments}]
commands: {topic: %s}
dead_letters: {topic: %s-dead}
state: {dir: %q, cache_mib: %d}
triggers: %q
policy: %q
lanes: %d
admin: {listen: %q, pprof: true}
%s`, s.app, a.broker, s.commands, s.app, filepath.Join(dir, "state"), cmp.Or(s.cacheMiB, defaultCacheMiB), filepath.Join(dir, "triggers"),
		filepath.Join(dir, "policy.yaml"), s.lanes, admin, s.more)
	for name, text := range map[string]string{
		"beckon.yaml": config, "triggers/triggers.yaml": s.triggers, "policy.yaml": "grace: " + s.grace + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, "", err
		}
	}
	file := filepath.Join(dir, "beckon.yaml")
	if out, err := exec.CommandContext(ctx, a.beckon, "topics", "create", "--config", file).CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("create topics: %w\n%s", err, out)
	}
	c, err = a.launch(dir, a.beckon, "run", "--config", file)
	return c, admin, err
}

// wellUnderWay is how long after its start a contender is profiled.
const wellUnderWay = 20 * time.Second

// profile is the file for the CPU profile of beckon's last round.
func (a *arena) profile() string { return filepath.Join(a.dir, "cpu.prof") }

// profileLater profiles a process once it is well under way; when its round is over
// that is not begun any more. The answer is why there is no profile, nil if there is
// one.
func profileLater(ctx context.Context, over <-chan struct{}, admin, to string) <-chan error {
	answer := make(chan error, 1)
	go func() {
		select {
		case <-over:
			answer <- fmt.Errorf("the round was over within %s, before it was to be profiled; take more --events", wellUnderWay)
		case <-time.After(wellUnderWay):
			answer <- profile(ctx, admin, 8, to)
		}
	}()
	return answer
}

// profile fetches a CPU profile of so many seconds from a process's admin port.
func profile(ctx context.Context, admin string, seconds int, to string) error {
	body, err := fetch(ctx, admin, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, body)
	return err
}

// heapInUse is how many MiB of Go's heap a process uses, garbage that is not collected
// yet included, as its admin port tells.
func heapInUse(ctx context.Context, admin string) (int, error) {
	body, err := fetch(ctx, admin, "/metrics")
	if err != nil {
		return 0, err
	}
	defer body.Close()
	const name = "go_memstats_heap_inuse_bytes "
	for lines := bufio.NewScanner(body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name); ok {
			bytes, err := strconv.ParseFloat(value, 64)
			return int(bytes) >> 20, err
		}
	}
	return 0, fmt.Errorf("the metrics have no %s", name)
}

// fetch gets something of a process's admin port.
func fetch(ctx context.Context, admin, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+admin+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", req.URL.Path, err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("fetch %s: %s", req.URL.Path, resp.Status)
	}
	return resp.Body, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
