package processor

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/balance"
	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/topics"
)

// Admins asks the group for the admin addresses of the processes that are in
// it, sorted.
func Admins(ctx context.Context, k kafka.Config, app string) ([]string, error) {
	cl, err := kafka.Connect(k)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	groups, err := kadm.NewClient(cl).DescribeGroups(ctx, app)
	if err != nil {
		return nil, fmt.Errorf("describe group %s: %w", app, err)
	}
	lanes, err := balance.Lanes(groups[app], topics.Of(app).Mailbox)
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
