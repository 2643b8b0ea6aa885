package balance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

const mailbox = "shop.mailbox"

// member is a lane of a simulated group.
type member struct {
	id         string
	balancer   kgo.GroupBalancer
	owned      map[string][]int32
	generation int32
	stale      bool // what it owns it does not work on
}

func newMember(id, instance string, lane, lanes, tasks int, held ...int32) *member {
	return &member{id: id, owned: map[string][]int32{}, generation: -1, balancer: New(Config{
		Mailbox: mailbox, Held: func() []int32 { return held },
		Member: Member{Tasks: tasks, Instance: instance, Lane: lane, Lanes: lanes, Admin: instance + ":8080"},
	})}
}

func (m *member) tasks() []int32 { return slices.Sorted(slices.Values(m.owned[mailbox])) }

// group is what the coordinator does.
type group struct {
	topics     map[string]int32
	members    []*member
	generation int32
}

func newGroup(tasks int32) *group {
	return &group{topics: map[string]int32{mailbox: tasks, "orders": 2 * tasks, "browse": tasks + 1, "few": 1}}
}

// round is one join and sync. It returns the partitions that members lost, and
// checks that nobody was given what another still has.
func (g *group) round() (revoked int, err error) {
	g.generation++
	var joined []kmsg.JoinGroupResponseMember
	slices.SortFunc(g.members, func(a, b *member) int { return strings.Compare(a.id, b.id) })
	interests := slices.Sorted(maps.Keys(g.topics))
	for _, m := range g.members {
		jm := kmsg.NewJoinGroupResponseMember()
		owned := map[string][]int32{}
		for t, ps := range m.owned {
			owned[t] = slices.Clone(ps)
		}
		jm.MemberID, jm.ProtocolMetadata = m.id, m.balancer.JoinGroupMetadata(slices.Clone(interests), owned, m.generation)
		joined = append(joined, jm)
	}
	mb, _, err := g.members[0].balancer.MemberBalancer(joined)
	if err != nil {
		return 0, err
	}
	plan, err := mb.(kgo.GroupMemberBalancerOrError).BalanceOrError(g.topics)
	if err != nil {
		return 0, err
	}
	for _, a := range plan.IntoSyncAssignment() {
		i := slices.IndexFunc(g.members, func(m *member) bool { return m.id == a.MemberID })
		m := g.members[i]
		now, err := m.balancer.ParseSyncAssignment(a.MemberAssignment)
		if err != nil {
			return 0, err
		}
		for t, ps := range m.owned {
			for _, p := range ps {
				if !slices.Contains(now[t], p) {
					revoked++
				}
			}
		}
		for t, ps := range now {
			for _, p := range ps {
				for j, other := range g.members {
					if j != i && !other.stale && slices.Contains(other.owned[t], p) {
						return 0, fmt.Errorf("%s/%d goes to %s while %s has it", t, p, m.id, other.id)
					}
				}
			}
		}
		// What is lost is given up before the next join, not before the others
		// get their assignment; so the map changes only after the round.
		defer func() { m.owned, m.generation = now, g.generation }()
	}
	return revoked, nil
}

// settle runs rounds until nobody loses anything, and checks the outcome.
func (g *group) settle() (rounds int, err error) {
	for rounds = 1; ; rounds++ {
		revoked, err := g.round()
		if err != nil {
			return rounds, err
		}
		if revoked == 0 {
			return rounds, g.check()
		}
		if rounds == 5 {
			return rounds, fmt.Errorf("still moving after %d rounds", rounds)
		}
	}
}

// check tells whether every partition has one owner, tasks are whole and even.
func (g *group) check() error {
	tasks := g.topics[mailbox]
	least, most := 1<<30, 0
	byInstance := map[string][2]int{} // tasks, lanes
	for topic, n := range g.topics {
		for p := range n {
			var owners []string
			for _, m := range g.members {
				if slices.Contains(m.owned[topic], p) {
					owners = append(owners, m.id)
					if !slices.Contains(m.owned[mailbox], p%tasks) {
						return fmt.Errorf("%s has %s/%d without task %d", m.id, topic, p, p%tasks)
					}
				}
			}
			if len(owners) != 1 {
				return fmt.Errorf("%s/%d is owned by %v", topic, p, owners)
			}
		}
	}
	for _, m := range g.members {
		n := len(m.tasks())
		least, most = min(least, n), max(most, n)
		in := m.balancer.(*balancer).cfg.Member.Instance
		byInstance[in] = [2]int{byInstance[in][0] + n, byInstance[in][1] + 1}
	}
	if most-least > 1 {
		return fmt.Errorf("one lane has %d tasks, another %d", most, least)
	}
	for a, x := range byInstance {
		for b, y := range byInstance {
			if x[1] == y[1] && x[0] > y[0]+1 {
				return fmt.Errorf("%s has %d tasks, %s with as many lanes %d", a, x[0], b, y[0])
			}
		}
	}
	return nil
}

func (g *group) owners() map[int32]*member {
	o := map[int32]*member{}
	for _, m := range g.members {
		for _, t := range m.tasks() {
			o[t] = m
		}
	}
	return o
}

// Lanes come and go in any order: every task has one owner, never two, tasks
// are even, nothing moves that need not, and a group that did not change stays.
func TestGroupStaysEvenAndSticky(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks := int32(rapid.IntRange(1, 30).Draw(t, "tasks"))
		g := newGroup(tasks)
		next := 0
		join := func(t *rapid.T) {
			instance := fmt.Sprint("i", rapid.IntRange(0, 3).Draw(t, "instance"))
			next++
			g.members = append(g.members, newMember(fmt.Sprintf("m%03d", (next*37)%101), instance, 0, 1, int(tasks)))
		}
		join(t)
		if _, err := g.settle(); err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				before := g.owners()
				if _, err := g.settle(); err != nil {
					t.Fatal(err)
				}
				after := g.owners()
				// A lane keeps what it may keep: at least tasks / lanes of its own.
				for _, m := range g.members {
					had, kept := 0, 0
					for task, b := range before {
						if b == m {
							had++
							if after[task] == m {
								kept++
							}
						}
					}
					if kept < min(had, int(tasks)/len(g.members)) {
						t.Fatalf("%s had %d tasks, kept %d of a share of %d", m.id, had, kept, int(tasks)/len(g.members))
					}
				}
				rounds, err := g.settle()
				if err != nil || rounds != 1 || !maps.Equal(after, g.owners()) {
					t.Fatalf("an unchanged group moved tasks: %d rounds, %v", rounds, err)
				}
			},
			"join": join,
			"leave": func(t *rapid.T) {
				if len(g.members) > 1 {
					i := rapid.IntRange(0, len(g.members)-1).Draw(t, "who")
					g.members = slices.Delete(g.members, i, i+1)
				}
			},
		})
	})
}

// A member that slept through rebalances still claims what others have now. It
// gets nothing of that before they gave it up.
func TestStaleClaimWaitsForOwner(t *testing.T) {
	g := newGroup(4)
	a, b := newMember("a", "i1", 0, 1, 4), newMember("b", "i2", 0, 1, 4)
	g.members = []*member{a}
	if _, err := g.settle(); err != nil {
		t.Fatal(err)
	}
	g.members = []*member{b} // a is thought dead
	if _, err := g.settle(); err != nil {
		t.Fatal(err)
	}
	g.members = []*member{a, b}
	a.stale = true
	if _, err := g.round(); err != nil {
		t.Fatal(err)
	}
	if len(a.tasks()) != 0 || len(b.tasks()) != 2 {
		t.Fatalf("after the first round a has %v and b %v", a.tasks(), b.tasks())
	}
	a.stale = false
	if _, err := g.settle(); err != nil {
		t.Fatal(err)
	}
	if len(a.tasks()) != 2 {
		t.Fatalf("a has %v", a.tasks())
	}
}

func TestProcessWithStateIsPreferred(t *testing.T) {
	g := newGroup(8)
	g.members = []*member{
		newMember("a", "i1", 0, 1, 8, 1, 3, 5, 7),
		newMember("b", "i2", 0, 1, 8, 0, 2, 4, 6),
	}
	if _, err := g.settle(); err != nil {
		t.Fatal(err)
	}
	if got := g.members[0].tasks(); !slices.Equal(got, []int32{1, 3, 5, 7}) {
		t.Errorf("a has %v, want what is on its disk", got)
	}
	// A second lane of i1 takes what the first gives up.
	g.members = append(g.members, newMember("c", "i1", 1, 2, 8, 1, 3, 5, 7))
	if _, err := g.settle(); err != nil {
		t.Fatal(err)
	}
	if got := g.members[2].tasks(); !slices.Equal(got, []int32{6, 7}) {
		t.Errorf("c has %v, want 7 of the same process and 6, which b must give up", got)
	}
}

func TestLanesOfProcessesShareEvenly(t *testing.T) {
	g := newGroup(6)
	g.members = []*member{
		newMember("a1", "a", 0, 2, 6), newMember("a2", "a", 1, 2, 6),
		newMember("b1", "b", 0, 2, 6), newMember("b2", "b", 1, 2, 6),
	}
	if _, err := g.settle(); err != nil { // check compares processes
		t.Fatal(err)
	}
}

func TestOthersAreRefused(t *testing.T) {
	g := newGroup(4)
	g.members = []*member{newMember("a", "i1", 0, 1, 4), newMember("b", "i2", 0, 1, 8)}
	_, err := g.round()
	if err == nil || !strings.Contains(err.Error(), "member b (instance i2, admin i2:8080) runs with tasks: 8, this one with tasks: 4") {
		t.Errorf("another number of tasks: %v", err)
	}
	if g.members[0].balancer.ProtocolName() == g.members[1].balancer.ProtocolName() {
		t.Error("a broker would let both into one group")
	}
	g.members = []*member{newMember("a", "i1", 0, 1, 4)}
	g.topics[mailbox] = 6
	if _, err := g.round(); err == nil || !strings.Contains(err.Error(), "set tasks: 6") {
		t.Errorf("mailbox of another size: %v", err)
	}
	// Somebody else's member with the same protocol name.
	meta := kmsg.NewConsumerMemberMetadata()
	jm := kmsg.NewJoinGroupResponseMember()
	jm.MemberID, jm.ProtocolMetadata = "x", meta.AppendTo(nil)
	if _, _, err := g.members[0].balancer.MemberBalancer([]kmsg.JoinGroupResponseMember{jm}); err == nil {
		t.Error("a member without metadata is let in")
	}
}

func FuzzParseMember(f *testing.F) {
	full := Member{Tasks: 12, Instance: "pod-1", Lane: 1, Lanes: 4, Admin: "10.0.0.1:8080", Held: []int32{0, 3, 11}}
	f.Add(full.append(nil))
	empty := Member{}
	f.Add(empty.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMember(b)
		if err != nil {
			return
		}
		again, err := parseMember(m.append(nil))
		if err != nil || again.Tasks != m.Tasks || again.Admin != m.Admin || !slices.Equal(again.Held, m.Held) {
			t.Fatalf("%+v, then %+v (%v)", m, again, err)
		}
		for i, h := range m.Held {
			if h < 0 || int(h) >= m.Tasks || i > 0 && h < m.Held[i-1] {
				t.Fatalf("held %v of %d tasks", m.Held, m.Tasks)
			}
		}
	})
}
