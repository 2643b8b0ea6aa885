package processor

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/balance"
	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/topics"
)

// Admins asks the group for the admin addresses of the processes that are in
// it, sorted. balance.ErrNobody says that there are none.
func Admins(ctx context.Context, k kafka.Config, app string) ([]string, error) {
	cl, err := kafka.Connect(k)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	group, err := balance.Describe(ctx, kadm.NewClient(cl), app)
	if err != nil {
		return nil, err
	}
	lanes, err := balance.Lanes(group, topics.Of(app).Mailbox)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, l := range lanes {
		if l.Admin != "" {
			all = append(all, l.Admin)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
