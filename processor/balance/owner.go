package balance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// ErrNoOwner means that no lane has the task at the moment: the group is
// rebalancing. Asking again later may help.
var ErrNoOwner = errors.New("no instance owns the task at the moment")

// ErrNobody means that no process of the app is in the group, or none ever was.
var ErrNobody = errors.New("no process is in the group")

// Describe asks for an app's group; ErrNobody if there is none.
func Describe(ctx context.Context, adm *kadm.Client, app string) (kadm.DescribedGroup, error) {
	groups, err := adm.DescribeGroups(ctx, app)
	g := groups[app]
	switch err = cmp.Or(err, g.Err); {
	case errors.Is(err, kerr.GroupIDNotFound), errors.Is(err, kerr.CoordinatorNotAvailable): // the latter before any group was
		return g, fmt.Errorf("describe group %s: %w: %w", app, ErrNobody, err)
	case err != nil:
		return g, fmt.Errorf("describe group %s: %w", app, err)
	case len(g.Members) == 0:
		return g, fmt.Errorf("describe group %s, which is %s: %w", app, g.State, ErrNobody)
	}
	return g, nil
}

// Assigned is a lane of a described group.
type Assigned struct {
	Member
	MemberID string
	Host     string  // where the broker sees it
	Owns     []int32 // tasks, ascending
}

// Lanes lists the lanes of a described group that are members of an app with
// that mailbox topic. Members of something else are left out.
func Lanes(g kadm.DescribedGroup, mailbox string) ([]Assigned, error) {
	if g.Err != nil {
		return nil, fmt.Errorf("describe group %s: %w", g.Group, g.Err)
	}
	var lanes []Assigned
	for _, gm := range g.Members {
		join, ok := gm.Join.AsConsumer()
		if !ok {
			continue
		}
		m, err := parseMember(join.UserData)
		if err != nil {
			continue
		}
		a := Assigned{Member: m, MemberID: gm.MemberID, Host: gm.ClientHost}
		if assigned, ok := gm.Assigned.AsConsumer(); ok {
			for _, t := range assigned.Topics {
				if t.Topic == mailbox {
					a.Owns = append(a.Owns, t.Partitions...)
				}
			}
		}
		slices.Sort(a.Owns)
		lanes = append(lanes, a)
	}
	return lanes, nil
}

// Owner is the lane that has a task; ErrNoOwner if none does. A customer's task
// is schemas.Partition of its key among Member.Tasks.
func Owner(g kadm.DescribedGroup, mailbox string, task int32) (Assigned, error) {
	lanes, err := Lanes(g, mailbox)
	if err != nil {
		return Assigned{}, err
	}
	for _, l := range lanes {
		if _, ok := slices.BinarySearch(l.Owns, task); ok {
			return l, nil
		}
	}
	return Assigned{}, fmt.Errorf("group %s is %s: task %d: %w", g.Group, g.State, task, ErrNoOwner)
}
