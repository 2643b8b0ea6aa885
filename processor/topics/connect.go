package topics

import (
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/kafka"
)

// Connect makes the client that Create and Check ask, so that their caller need
// not know franz-go. The caller closes it.
func Connect(k kafka.Config) (*kadm.Client, error) {
	cl, err := kafka.Connect(k)
	if err != nil {
		return nil, err
	}
	return kadm.NewClient(cl), nil
}
