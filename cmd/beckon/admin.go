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
}

// listenAdmin binds the address, so that it is known before the group is
// joined. Nothing is answered before serve.
func listenAdmin(ctx context.Context, c *config.Admin) (*admin, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("admin.listen: %w", err)
	}
	a := &admin{listener: l, address: c.Advertise}
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
func (a *admin) serve(handler http.Handler, profiles bool, log *slog.Logger) {
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
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin API ended", "err", err)
		}
	}()
}

// close lets answers under way finish, for a few seconds.
func (a *admin) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(a.server.Shutdown(ctx), ignoreClosed(a.listener.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
