package balance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Config is one lane's part in the group.
type Config struct {
	Mailbox string // topic
	Member  Member // Held is taken from the function below
	// Held tells which tasks' state is on the process's disk, ascending; asked
	// whenever the lane joins. Nil: none.
	Held func() []int32
}

// New is the balancer of one lane, for kgo.Balancers. It is the only one to give.
func New(cfg Config) kgo.GroupBalancer { return &balancer{cfg} }

type balancer struct{ cfg Config }

// Protocol is the name of the protocol of an app with that many tasks.
func Protocol(tasks int) string { return fmt.Sprintf("beckon-%d-tasks-%d", Format, tasks) }

func (b *balancer) ProtocolName() string { return Protocol(b.cfg.Member.Tasks) }
func (b *balancer) IsCooperative() bool  { return true }

func (b *balancer) JoinGroupMetadata(interests []string, current map[string][]int32, generation int32) []byte {
	meta := kmsg.NewConsumerMemberMetadata()
	meta.Version = 3
	meta.Topics = interests
	meta.Generation = generation
	for topic, partitions := range current {
		owned := kmsg.NewConsumerMemberMetadataOwnedPartition()
		owned.Topic, owned.Partitions = topic, partitions
		meta.OwnedPartitions = append(meta.OwnedPartitions, owned)
	}
	slices.SortFunc(meta.OwnedPartitions, func(x, y kmsg.ConsumerMemberMetadataOwnedPartition) int {
		return strings.Compare(x.Topic, y.Topic)
	})
	m := b.cfg.Member
	if b.cfg.Held != nil {
		m.Held = b.cfg.Held()
	}
	meta.UserData = m.append(nil)
	return meta.AppendTo(nil)
}

func (b *balancer) ParseSyncAssignment(assignment []byte) (map[string][]int32, error) {
	return kgo.ParseConsumerSyncAssignment(assignment)
}

// MemberBalancer refuses members of another version or number of tasks, should
// one have got past the protocol's name.
func (b *balancer) MemberBalancer(members []kmsg.JoinGroupResponseMember) (kgo.GroupMemberBalancer, map[string]struct{}, error) {
	cb, err := kgo.NewConsumerBalancer(b, members)
	if err != nil {
		return nil, nil, err
	}
	for i := range cb.Members() {
		jm, meta := cb.MemberAt(i)
		m, err := parseMember(meta.UserData)
		if err == nil {
			err = m.check(jm.MemberID, b.cfg.Member.Tasks)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("member %s cannot share group: %w", jm.MemberID, err)
		}
	}
	return cb, cb.MemberTopics(), nil
}

// Balance is called on the group's leader.
func (b *balancer) Balance(cb *kgo.ConsumerBalancer, topics map[string]int32) kgo.IntoSyncAssignment {
	tasks := int32(b.cfg.Member.Tasks)
	if n := topics[b.cfg.Mailbox]; n != tasks {
		cb.SetError(fmt.Errorf("topic %s has %d partitions but tasks is %d; the mailbox's partitions are the tasks: set tasks: %d", b.cfg.Mailbox, n, tasks, n))
		return nil
	}
	group := make([]lane, 0, len(cb.Members()))
	cb.EachMember(func(jm *kmsg.JoinGroupResponseMember, meta *kmsg.ConsumerMemberMetadata) {
		group = append(group, laneOf(jm, meta, b.cfg.Mailbox, tasks))
	})
	assign(group, tasks)
	plan := cb.NewPlan()
	for i := range group {
		jm, meta := cb.MemberAt(i)
		for _, t := range group[i].given {
			if !movable(group, i, t) {
				continue
			}
			for _, topic := range meta.Topics {
				for p := t; p < topics[topic]; p += tasks {
					plan.AddPartition(jm, topic, p)
				}
			}
		}
	}
	plan.AdjustCooperative(cb)
	return plan
}

// movable tells whether lane i may have task t now: nobody else may still be
// working on any of its partitions. A claim of i's own counts only if no other
// is from a later generation.
func movable(group []lane, i int, t int32) bool {
	mine, owned := group[i].claims[t]
	for j := range group {
		if theirs, ok := group[j].claims[t]; j != i && ok && (!owned || theirs > mine) {
			return false
		}
	}
	return true
}
