package balance

import (
	"cmp"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// lane is a member of the group while it is balanced.
type lane struct {
	Member
	id     string
	claims map[int32]int32 // task it says to own (any partition of it): generation
	home   map[int32]int32 // the same for mailbox partitions: these count as owned
	quota  int
	given  []int32
}

func laneOf(jm *kmsg.JoinGroupResponseMember, meta *kmsg.ConsumerMemberMetadata, mailbox string, tasks int32) lane {
	l := lane{id: jm.MemberID, claims: map[int32]int32{}, home: map[int32]int32{}}
	l.Member, _ = parseMember(meta.UserData) // checked before
	for _, o := range meta.OwnedPartitions {
		for _, p := range o.Partitions {
			l.claims[p%tasks] = meta.Generation
			if o.Topic == mailbox {
				l.home[p%tasks] = meta.Generation
			}
		}
	}
	return l
}

// assign gives every task to one lane. The order of the group does not change.
func assign(group []lane, tasks int32) {
	owner := owners(group, tasks)
	owned := make([]int, len(group))
	for _, o := range owner {
		if o >= 0 {
			owned[o]++
		}
	}
	setQuotas(group, owned, int(tasks))
	var free []int32
	for t, o := range owner {
		if o >= 0 && len(group[o].given) < group[o].quota {
			group[o].given = append(group[o].given, int32(t))
		} else {
			free = append(free, int32(t))
		}
	}
	free = placeNear(group, free, owner)
	for i := range group {
		n := min(len(free), group[i].quota-len(group[i].given))
		group[i].given = append(group[i].given, free[:n]...)
		free = free[n:]
		slices.Sort(group[i].given)
	}
}

// owners are the lanes that last had each task, -1 where nobody says so.
func owners(group []lane, tasks int32) []int {
	owner := make([]int, tasks)
	for t := range owner {
		owner[t] = -1
		for i := range group {
			g, ok := group[i].home[int32(t)]
			if ok && (owner[t] < 0 || g > group[owner[t]].home[int32(t)]) {
				owner[t] = i
			}
		}
	}
	return owner
}

// placeNear gives free tasks to lanes of a process that has their state: the
// one that had the task last, else one that has it on disk. The rest is returned.
func placeNear(group []lane, free []int32, owner []int) []int32 {
	var rest []int32
	for _, t := range free {
		best := -1
		for i := range group {
			g := &group[i]
			if len(g.given) == g.quota {
				continue
			}
			moved := owner[t] >= 0 && group[owner[t]].Instance == g.Instance
			if moved {
				best = i
				break
			}
			if best < 0 && g.holds(t) {
				best = i
			}
		}
		if best < 0 {
			rest = append(rest, t)
			continue
		}
		group[best].given = append(group[best].given, t)
	}
	return rest
}

// process is the lanes of one instance.
type process struct {
	lanes []int // indices into the group, those with most tasks first
	extra int   // how many lanes get one more than the others
	over  int   // tasks beyond the base that its lanes have now
}

// setQuotas lets every lane have tasks/lanes, some one more. Who gets one more:
// processes in turn by extra tasks per lane; where that is equal those that have
// most now, so that a balanced group stays as it is.
func setQuotas(group []lane, owned []int, tasks int) {
	base, extra := tasks/len(group), tasks%len(group)
	ps := processes(group, owned, base)
	for range extra {
		best := &ps[0]
		for i := range ps[1:] {
			if p := &ps[i+1]; p.needs(best) {
				best = p
			}
		}
		best.extra++
	}
	for _, p := range ps {
		for n, i := range p.lanes {
			group[i].quota = base
			if n < p.extra {
				group[i].quota++
			}
		}
	}
}

// needs tells whether p comes before q for the next extra task.
func (p *process) needs(q *process) bool {
	np, nq := len(p.lanes), len(q.lanes)
	if c := cmp.Compare(p.extra*nq, q.extra*np); c != 0 {
		return c < 0
	}
	return p.over*nq > q.over*np
}

func processes(group []lane, owned []int, base int) []process {
	byName := map[string]int{}
	var ps []process
	for i := range group {
		n, ok := byName[group[i].Instance]
		if !ok {
			n = len(ps)
			byName[group[i].Instance] = n
			ps = append(ps, process{})
		}
		ps[n].lanes = append(ps[n].lanes, i)
		ps[n].over += owned[i] - base
	}
	for _, p := range ps {
		slices.SortStableFunc(p.lanes, func(i, j int) int { return cmp.Compare(owned[j], owned[i]) })
	}
	return ps
}
