package processor

import (
	"context"
	"errors"
	"net"
	"sync"
)

// network is how one process reaches the cluster. It can be cut for good, as
// by kill -9; it can lose what is on the way; and it can freeze, as a process
// does whose machine is suspended: what it was about to say is said later.
type network struct {
	dial func(context.Context, string, string) (net.Conn, error)

	mu    sync.Mutex
	dead  bool
	gate  chan struct{} // closed while open
	conns map[net.Conn]bool
}

var errCut = errors.New("the network is cut")

func newNetwork(w *world) *network {
	n := &network{dial: w.net.DialContext, gate: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(n.gate)
	return n
}

// Dial is for kafka.Config.
func (n *network) Dial(ctx context.Context, network, host string) (net.Conn, error) {
	n.mu.Lock()
	dead := n.dead
	n.mu.Unlock()
	if dead {
		return nil, errCut
	}
	c, err := n.dial(ctx, network, host)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dead {
		c.Close()
		return nil, errCut
	}
	n.conns[c] = true
	return &wire{c, n}, nil
}

// lose breaks every connection: answers on the way are lost.
func (n *network) lose() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Close()
	}
	clear(n.conns)
}

// cut breaks every connection and lets none come back.
func (n *network) cut() {
	n.thaw()
	n.mu.Lock()
	n.dead = true
	n.mu.Unlock()
	n.lose()
}

func (n *network) freeze() {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.gate:
		n.gate = make(chan struct{})
	default:
	}
}

func (n *network) thaw() {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.gate:
	default:
		close(n.gate)
	}
}

func (n *network) open() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.gate
}

// wire is a connection of a network.
type wire struct {
	net.Conn
	n *network
}

func (c *wire) Read(b []byte) (int, error) {
	k, err := c.Conn.Read(b)
	<-c.n.open()
	return k, err
}

func (c *wire) Write(b []byte) (int, error) {
	<-c.n.open()
	return c.Conn.Write(b)
}

func (c *wire) Close() error {
	c.n.mu.Lock()
	delete(c.n.conns, c.Conn)
	c.n.mu.Unlock()
	return c.Conn.Close()
}
