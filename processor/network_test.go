package processor

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// network is how one process reaches the cluster. It can be cut, as by kill -9
// or, until it is mended, by an outage; it can lose what is on the way; and it can freeze, as a process
// does whose machine is suspended: what it was about to say is said later. All
// of it can be made to happen at one request of a kind, see spring.
type network struct {
	dial func(context.Context, string, string) (net.Conn, error)

	mu      sync.Mutex
	dead    bool
	deaf    bool
	gate    chan struct{} // closed while open
	conns   map[net.Conn]bool
	springs []*spring
}

// spring lets something happen, once, when the process sends its next request
// of a kind, or one of those after it.
type spring struct {
	key   kmsg.Key
	skip  int  // requests to let pass before
	after bool // the request has arrived; nobody has heard the answer
	do    func()
}

var errCut = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("the network is cut")}

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

// cut breaks every connection and lets none come back until mend.
func (n *network) cut() {
	n.thaw()
	n.mu.Lock()
	n.dead = true
	n.mu.Unlock()
	n.lose()
}

// deafen lets brokers hear nothing any more, as frozen ones do: no connection breaks.
func (n *network) deafen() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deaf = true
}

func (n *network) heard() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.deaf
}

func (n *network) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dead = false
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

// calm lets nothing happen any more.
func (n *network) calm() {
	n.mu.Lock()
	n.springs = nil
	n.mu.Unlock()
	n.thaw()
}

func (n *network) set(s spring) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.springs = append(n.springs, &s)
}

// released is the spring that a request releases, nil if none.
func (n *network) released(request []byte) *spring {
	if len(request) < 6 {
		return nil
	}
	key := kmsg.Key(binary.BigEndian.Uint16(request[4:])) // behind the length
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, s := range n.springs {
		if s.key != key {
			continue
		}
		if s.skip == 0 {
			n.springs = slices.Delete(n.springs, i, i+1)
			return s
		}
		s.skip--
	}
	return nil
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
	return k, broken("read", err)
}

// Write sends one request: the client writes each at once.
func (c *wire) Write(b []byte) (int, error) {
	s := c.n.released(b)
	if s != nil && !s.after {
		s.do()
	}
	<-c.n.open()
	if !c.n.heard() {
		return len(b), nil
	}
	k, err := c.Conn.Write(b)
	if s != nil && s.after {
		s.do()
	}
	return k, broken("write", err)
}

// broken is what a socket says where a pipe says that it is closed.
func broken(op string, err error) error {
	if errors.Is(err, io.ErrClosedPipe) {
		return &net.OpError{Op: op, Net: "tcp", Err: net.ErrClosed}
	}
	return err
}

func (c *wire) Close() error {
	c.n.mu.Lock()
	delete(c.n.conns, c.Conn)
	c.n.mu.Unlock()
	return c.Conn.Close()
}
