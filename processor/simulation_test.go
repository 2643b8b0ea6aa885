package processor

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/balance"
	"github.com/beckon-io/beckon/schemas"
)

var (
	seeds     = flag.Int("seeds", 0, "how many runs of TestSimulation; 0: three, with -short two")
	firstSeed = flag.Uint64("seed", 1, "the first one")
)

// TestSimulation lets a shop be open for a quarter of an hour while everything
// goes wrong, then heals the world and waits. Whatever happened, the delivery
// topic has what a backtest of the same events says, byte for byte and none
// twice; what was broken is in the dead letters once; no process has given up by
// itself; and the store is what the changelog says.
//
// A seed decides the shape of the topics, how many processes and lanes there
// are, what customers do, what goes wrong when, and at which request. The order
// in which goroutines run is not the seed's: a seed that has failed may need
// some runs to fail again. In half of the seeds the processes' clocks are off,
// see traffic.
func TestSimulation(t *testing.T) {
	n := *seeds
	switch {
	case n == 0 && testing.Short():
		n = 2
	case n == 0:
		n = 3
	}
	for i := range n {
		seed := *firstSeed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) { simulate(t, seed) })
			if t.Failed() {
				t.Logf("again: go test ./processor -run '^TestSimulation$' -count 1 -seed %d -seeds 1", seed)
			}
		})
	}
}

const (
	troubleFor = 15 * time.Minute
	// waitUntil is later than any run ends, and far from an occurrence: the longest
	// runs are of four and a half minutes.
	waitUntil = troubleFor + 12*time.Minute + 30*time.Second
)

// simulation is the run of one seed.
type simulation struct {
	*world
	rng     *rand.Rand
	traffic traffic
	members []*simulated
	graves  sync.WaitGroup // of processes that were killed
	dark    [2]time.Time   // from when on and until when no process runs
	regrets atomic.Int64

	mu    sync.Mutex
	story []string // what went wrong, for whoever reads of a failure
}

// simulated is a process that may be down.
type simulated struct {
	s     *simulation
	name  string
	lanes int
	disk  *disk
	net   *network
	run   *process     // nil: it is down
	off   atomic.Int64 // of its clock

	mu    sync.Mutex
	crash *vfs.MemFS // what was left of its disk when it was killed, until it is buried
}

func simulate(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &simulation{rng: rng}
	s.traffic = newTraffic(rng)
	s.world = newWorld(t, shapeOf(rng))
	defer s.close()
	for i := range s.sources {
		switch in := &s.sources[i]; in.Topic {
		case "orders":
			in.Other = s.tasks > 1 && rng.IntN(2) == 0
			s.traffic.byOrder = in.Other
		case "parcels":
			in.Other, in.Lookup = rng.IntN(2) == 0, true
			s.traffic.parcels = true
		}
	}
	s.loadWith(s.traffic.policy(), simulatedTriggers)
	for i := range 1 + rng.IntN(3) {
		d := &disk{string(rune('a' + i)), vfs.NewCrashableMem()}
		s.members = append(s.members, &simulated{s: s, name: d.name, lanes: 1 + rng.IntN(2), disk: d})
	}
	defer s.bury()
	if rng.IntN(2) == 0 {
		s.dark[0] = time.Now().Add(time.Duration(60+rng.IntN(300)) * time.Second)
		s.dark[1] = s.dark[0].Add(time.Duration(60+rng.IntN(420)) * time.Second)
	}
	s.members[0].start()
	for end := time.Now().Add(troubleFor); time.Now().Before(end) && !t.Failed(); {
		s.traffic.happen(s.world)
		if s.isDark() {
			s.endAll()
		} else {
			s.goWrong()
		}
		time.Sleep(time.Duration(rng.IntN(8_000)) * time.Millisecond)
		s.tend()
	}
	s.heal()
	time.Sleep(time.Until(epoch.Add(waitUntil)))
	s.check()
	if t.Failed() {
		t.Logf("seed %d: %d tasks, sources %+v, grace %s\n%s", seed, s.tasks, s.sources, s.set.Policy.Grace, strings.Join(s.story, "\n"))
	}
}

// shapeOf makes topics that fit the tasks, or do not.
func shapeOf(rng *rand.Rand) shape {
	tasks := int32(1 + rng.IntN(4))
	sh := shape{tasks, map[string]int32{}}
	fits := rng.IntN(2) == 0
	for _, topic := range []string{"browse", "carts", "orders"} {
		if fits {
			sh.topics[topic] = tasks * int32(1+rng.IntN(2))
		} else {
			sh.topics[topic] = int32(1 + rng.IntN(6))
		}
	}
	if rng.IntN(2) == 0 {
		sh.topics["parcels"] = int32(1 + rng.IntN(6))
	}
	return sh
}

// tell adds to the story.
func (s *simulation) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.story = append(s.story, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// start starts a process that is down.
func (m *simulated) start() {
	s := m.s
	m.net = newNetwork(s.world)
	m.run = s.world.start(m.disk, m.lanes, func(c *Config) {
		c.Kafka.Dial = m.net.Dial
		c.Now = func() schemas.Time { return schemas.FromTime(time.Now().Add(time.Duration(m.off.Load()))) }
		c.Commit = Commit{Every: time.Duration(20+s.rng.IntN(100)) * time.Millisecond, Records: 1 + s.rng.IntN(40)}
		// The embedded broker begins to wait anew with each lane that joins. Were the
		// wait as long as the time between their attempts it would never end.
		c.Rebalance = time.Second
		c.Watch = regretWatch{Unwatched{}, &s.regrets}
	})
	s.tell("%s starts with %d lanes", m.name, m.lanes)
}

// kill is kill -9: the network is gone, and on disk is what was synced and some
// of what was not. Any goroutine may call it.
func (m *simulated) kill(unsynced int, rng *rand.Rand) {
	m.net.cut()
	clone := m.disk.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: rng})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crash = clone
}

// killed puts a process that was killed out of the way.
func (m *simulated) killed() bool {
	m.mu.Lock()
	clone := m.crash
	m.crash = nil
	m.mu.Unlock()
	if clone == nil {
		return false
	}
	dead := m.run
	m.run, m.disk = nil, &disk{m.disk.name, clone}
	dead.end()
	m.s.graves.Go(func() { <-dead.done })
	return true
}

// stop ends a process in good order.
func (m *simulated) stop() {
	m.net.thaw()
	m.run.end()
	if err := <-m.run.done; err != nil && !m.killed() {
		m.s.t.Errorf("%s is stopped: %v", m.name, err)
	}
	m.killed()
	m.run = nil
}

// tend looks after the processes: the dead are buried, one that has ended by
// itself is a failure, and some that are down come back.
func (s *simulation) tend() {
	for _, m := range s.members {
		if m.run != nil && m.killed() {
			s.tell("%s was killed", m.name)
		}
		if m.run != nil {
			select {
			case err := <-m.run.done:
				s.t.Errorf("%s has ended by itself: %v", m.name, err)
				m.run = nil
			default:
			}
		}
		if m.run == nil && !s.isDark() && s.rng.IntN(4) == 0 {
			if s.rng.IntN(8) == 0 {
				s.tell("%s has lost its disk", m.name)
				m.disk = &disk{m.name, vfs.NewCrashableMem()}
			}
			m.start()
		}
	}
}

// isDark tells that no process is to run: what comes meanwhile is a backlog.
func (s *simulation) isDark() bool {
	now := time.Now()
	return now.After(s.dark[0]) && now.Before(s.dark[1])
}

// endAll stops what runs.
func (s *simulation) endAll() {
	for _, m := range s.members {
		if m.run != nil {
			s.tell("%s is stopped for some time", m.name)
			m.stop()
		}
	}
}

// heal ends all trouble. Every process runs then.
func (s *simulation) heal() {
	s.tell("heals")
	for _, f := range s.traffic.faults {
		f.Remove()
	}
	for _, m := range s.members {
		m.off.Store(0)
		if m.run != nil {
			m.net.calm()
			m.killed()
		}
		if m.run == nil {
			m.start()
		}
	}
}

// bury waits for all that runs.
func (s *simulation) bury() {
	for _, m := range s.members {
		if m.run != nil {
			m.net.thaw()
			m.run.end()
			<-m.run.done
		}
	}
	s.graves.Wait()
}

// group is what the cluster says of it.
func (s *simulation) group() string {
	groups, err := kadm.NewClient(s.client).DescribeGroups(s.t.Context(), "shop")
	if err != nil {
		return err.Error()
	}
	lanes, err := balance.Lanes(groups["shop"], "shop.mailbox")
	return fmt.Sprintf("%s, %+v, %v", groups["shop"].State, lanes, err)
}

func (s *simulation) check() {
	for _, m := range s.members {
		if m.run != nil {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			health, err := m.run.p.Health(ctx)
			cancel()
			if err != nil || !health.Ready(10*time.Second) {
				s.t.Errorf("%s is not ready in the end: %+v, %v; the group is %s", m.name, health, err, s.group())
			}
		}
	}
	for _, m := range s.members { // whose tasks the others take
		if m.run != nil {
			m.stop()
		}
	}
	s.wantAsBacktest(10, isGuests)
	s.wantNoneAfterIdentified()
	s.wantDead()
	if n := s.regrets.Load(); n > 0 {
		s.t.Errorf("%d commands were sent that an event should have prevented", n)
	}
	for _, m := range s.members {
		s.wantSound(m.disk)
	}
}

// isGuests tells of commands that are not held against a backtest: what was kept under an
// anonymous id comes to its owner by mail, and finds what the owner has done meanwhile.
func isGuests(command string) bool {
	return strings.HasPrefix(command, "g") || strings.HasPrefix(command, "anon-g")
}

// wantNoneAfterIdentified holds that no wait of an anonymous id ended that was to end after
// it was identified, whatever was down meanwhile.
func (s *simulation) wantNoneAfterIdentified() {
	for _, r := range s.records("commands") {
		c, _, err := schemas.ParseCommand(r.Value, headersOf(r))
		if err != nil {
			s.t.Fatal(err)
		}
		if at, ok := s.traffic.identified[c.Customer]; ok && at.Add(maxOff).Before(c.DueAt.Std()) {
			s.t.Errorf("%s, identified %s, was sent %s", c.Customer, at.Format(time.TimeOnly), r.Value)
		}
	}
}

// wantDead holds the dead letters against the records that were broken.
func (s *simulation) wantDead() {
	var got []string
	for _, r := range s.records("dead") {
		got = append(got, string(r.Value))
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(s.traffic.broken))
	if !slices.Equal(got, want) {
		s.t.Errorf("dead letters are %q, want %q", got, want)
	}
}

// wantSound compares a store with the changelog. Tasks that have moved away from
// it may be behind.
func (s *simulation) wantSound(d *disk) {
	for _, v := range s.verify(d, nil) {
		if !v.OK() {
			s.t.Errorf("the disk of %s differs from the changelog in task %d: %+v", d.name, v.Task, v)
		}
	}
}
