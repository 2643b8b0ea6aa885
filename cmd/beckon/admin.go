package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"time"

	"github.com/beckon-io/beckon/cmd/internal/config"
)

// admin is the listener of the admin API.
type admin struct {
	listener net.Listener
	server   *http.Server
	address  string // as other instances reach it
	log      *slog.Logger
}

// listenAdmin binds the address, so that it is known before the group is
// joined. Nothing is answered before serve.
func listenAdmin(ctx context.Context, c *config.Admin, log *slog.Logger) (*admin, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("admin.listen: %w", err)
	}
	a := &admin{listener: l, address: c.Advertise, log: log}
	if a.address == "" {
		a.address, err = reachable(l.Addr())
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("admin.advertise: %w", err)
	}
	return a, nil
}

// reachable is the address itself, or the host's name where it stands for all
// interfaces.
func reachable(addr net.Addr) (string, error) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String(), nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, fmt.Sprint(tcp.Port)), nil
}

// serve answers until close.
func (a *admin) serve(handler http.Handler, profiles bool) {
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	if profiles {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	a.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("admin API ended", "err", err)
		}
	}()
}

// close lets answers under way finish, for a few seconds. Those that take longer,
// profiles for one, are cut off: what they ask is about to be closed.
func (a *admin) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := a.server.Shutdown(ctx); err != nil {
		a.log.Warn("answers of the admin API under way are cut off", "err", errors.Join(err, a.server.Close()))
	}
	return nil
}

// release gives the address back where close did not: before serve.
func (a *admin) release(context.Context) error {
	if err := a.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
