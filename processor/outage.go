package processor

import (
	"context"
	"errors"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/state/store"
)

// passes tells whether an error is of a kind that goes away by itself: the
// cluster was not reached, or it could not answer just now. A lane that fails
// with one begins anew; a process that ended instead would have to be started
// by somebody after each outage.
//
// A full disk is no outage, though its error looks like one of the network's.
func passes(err error) bool {
	if errors.Is(err, store.ErrFailed) {
		return false
	}
	var refused *kerr.Error
	if errors.As(err, &refused) {
		return refused.Retriable || refused == kerr.UnknownServerError
	}
	var connection *net.OpError
	var name *net.DNSError
	return errors.As(err, &connection) || errors.As(err, &name) ||
		errors.Is(err, context.DeadlineExceeded) || kgo.IsRetryableBrokerErr(err)
}
