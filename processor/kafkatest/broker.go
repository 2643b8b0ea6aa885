// Package kafkatest runs a real Apache Kafka broker on loopback for tests and
// benchmarks: one KRaft node as a child process, straight from its Maven jars,
// without containers. It needs Java 17 and, the first time, Maven.
package kafkatest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

//go:embed pom.xml
var pom []byte

const version = "4.3.1" // as in pom.xml

// Jars is the folder with the broker's jars. Maven copies them into the user's
// cache folder (BECKON_KAFKA_JARS names another) when they are not there yet.
func Jars(ctx context.Context) (string, error) {
	dir := os.Getenv("BECKON_KAFKA_JARS")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for Kafka's jars: %w", err)
		}
		dir = filepath.Join(cache, "beckon", "kafka-"+version)
	}
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return "", err
	}
	mvn := exec.CommandContext(ctx, "mvn", "-B", "-q", "-ntp", "-f", file, "dependency:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+dir)
	if out, err := mvn.CombinedOutput(); err != nil {
		return "", fmt.Errorf("copy Kafka's jars with Maven (is mvn installed?): %w\n%s", err, out)
	}
	return dir, os.WriteFile(filepath.Join(dir, "complete"), nil, 0o644)
}

// Broker is one running node. Its methods are for one goroutine.
type Broker struct {
	Addr string // host:port for clients

	dir, jars, heap string
	cmd             *exec.Cmd
	exited          chan error
}

// Options say how to run a broker.
type Options struct {
	Dir  string   // data and log; kept
	Heap string   // of the JVM; default 768m
	Set  []string // further lines of server.properties
}

// Start formats the data folder on first use and returns once the broker takes
// requests. Stop it with Stop.
func Start(ctx context.Context, o Options) (*Broker, error) {
	jars, err := Jars(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	b := &Broker{Addr: fmt.Sprintf("127.0.0.1:%d", ports[0]), dir: o.Dir, jars: jars, heap: o.Heap}
	if b.heap == "" {
		b.heap = "768m"
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(b.path("server.properties"), properties(o, ports), 0o644); err != nil {
		return nil, err
	}
	format := b.java(ctx, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "--standalone",
		"--ignore-formatted", "-c", b.path("server.properties"))
	if out, err := format.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("format Kafka's data folder %s: %w\n%s", o.Dir, err, out)
	}
	return b, b.Restart(ctx)
}

func properties(o Options, ports []int) []byte {
	var p bytes.Buffer
	listeners := fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", ports[0], ports[1])
	fmt.Fprintf(&p, `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:%d
listeners=%s
advertised.listeners=%s
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=%s
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.ms=-1
`, ports[1], listeners, listeners, filepath.Join(o.Dir, "data"))
	for _, line := range o.Set {
		fmt.Fprintln(&p, line)
	}
	return p.Bytes()
}

// Restart starts the broker after Stop or Kill, on the same port and data.
func (b *Broker) Restart(ctx context.Context) error {
	log, err := os.OpenFile(b.path("broker.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	// Not bound to ctx: the broker outlives the call and ends with Stop.
	b.cmd = b.java(context.WithoutCancel(ctx), "kafka.Kafka", b.path("server.properties"))
	b.cmd.Stdout, b.cmd.Stderr = log, log
	if err := b.cmd.Start(); err != nil {
		return fmt.Errorf("start Kafka: %w", err)
	}
	b.exited = make(chan error, 1)
	go func() { b.exited <- b.cmd.Wait() }()
	return b.await(ctx)
}

// await returns once the port takes connections: Kafka opens it last.
func (b *Broker) await(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-b.exited:
			b.cmd = nil
			return fmt.Errorf("broker ended while starting (%v): see %s", err, b.path("broker.log"))
		case <-ctx.Done():
			b.Kill()
			return fmt.Errorf("wait for Kafka on %s: %w", b.Addr, ctx.Err())
		case <-tick.C:
			if c, err := net.Dial("tcp", b.Addr); err == nil {
				return c.Close()
			}
		}
	}
}

// PID is the broker's process id, 0 when it is not running.
func (b *Broker) PID() int {
	if b.cmd == nil {
		return 0
	}
	return b.cmd.Process.Pid
}

// Stop ends the broker in good order.
func (b *Broker) Stop() error { return b.end(syscall.SIGTERM) }

// Kill ends the broker as a power cut would.
func (b *Broker) Kill() error { return b.end(syscall.SIGKILL) }

func (b *Broker) end(sig syscall.Signal) error {
	if b.cmd == nil {
		return nil
	}
	if err := b.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end Kafka: %w", err)
	}
	select {
	case <-b.exited:
	case <-time.After(30 * time.Second):
		b.cmd.Process.Kill()
		<-b.exited
	}
	b.cmd = nil
	return nil
}

func (b *Broker) path(name string) string { return filepath.Join(b.dir, name) }

func (b *Broker) java(ctx context.Context, args ...string) *exec.Cmd {
	jvm := []string{"-Xms256m", "-Xmx" + b.heap, "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-cp", b.jars + "/*"}
	return exec.CommandContext(ctx, "java", append(jvm, args...)...)
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
