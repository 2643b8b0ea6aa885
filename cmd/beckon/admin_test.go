package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/demo"
)

// A stop is clean though somebody takes a long profile: the answer is cut off.
func TestAnswersThatTakeLongAreCutOff(t *testing.T) {
	a, err := listenAdmin(t.Context(), &config.Admin{Listen: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	a.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}), false)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	<-asked
	over, cancel := context.WithCancel(t.Context())
	cancel() // as after the seconds that it has
	if err := a.close(over); err != nil {
		t.Errorf("close: %v, want a clean end", err)
	}
	select {
	case err := <-answered:
		if err == nil {
			t.Error("it was answered, want it cut off")
		}
	case <-time.After(brokerPatience):
		t.Error("the connection stays open")
	}
}

// A start that fails behind the listener, here for want of a right, leaves nothing
// that takes connections and never answers.
func TestAddressIsFreeAfterAFailedStart(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	cluster.ControlKey(int16(kmsg.InitProducerID), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
		resp.ErrorCode = kerr.ClusterAuthorizationFailed.Code
		return resp, nil, true
	})
	cmd := &demoCmd{Data: t.TempDir(), Speed: time.Hour}
	s := &show{cmd: cmd, clock: demo.NewClock(0, cmd.Speed)}
	if err := s.prepare(t.Context(), quiet(t), cluster.ListenAddrs()); err != nil {
		t.Fatal(err)
	}
	address, err := freeListen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.process.cfg.Admin.Listen = address
	if err := s.process.run(t.Context()); !errors.Is(err, kerr.ClusterAuthorizationFailed) {
		t.Fatalf("run: %v, want %v", err, kerr.ClusterAuthorizationFailed)
	}
	if err := s.process.stop(t.Context()); err != nil {
		t.Error(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

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
