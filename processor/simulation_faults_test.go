package processor

import (
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// goWrong lets something go wrong, or nothing. Logs are not compacted: the
// embedded broker takes the markers of aborted transactions away with their
// records, and a client that reads what is committed then leaves out what the same
// producer has written since.
func (s *simulation) goWrong() {
	m := s.members[s.rng.IntN(len(s.members))]
	switch n := s.rng.IntN(20); {
	case n < 9:
	case n == 9:
		s.tell("coordinators move")
		s.cluster.RehashCoordinators()
	case n <= 13:
		s.refuse()
	case m.run == nil:
		m.start()
	case n == 14 && s.traffic.skewed:
		off := time.Duration(s.rng.Int64N(int64(2*maxOff))) - maxOff
		s.tell("the clock of %s is off by %s", m.name, off)
		m.off.Store(int64(off))
	case n == 15:
		s.tell("%s is stopped", m.name)
		m.stop()
	case n == 16:
		s.tell("%s is killed", m.name)
		m.kill(s.rng.IntN(101), rand.New(rand.NewPCG(s.rng.Uint64(), 2)))
	default:
		s.spring(m)
	}
}

// Requests at which something happens to a process.
var springKeys = []kmsg.Key{kmsg.EndTxn, kmsg.EndTxn, kmsg.EndTxn, kmsg.TxnOffsetCommit, kmsg.TxnOffsetCommit, kmsg.Produce, kmsg.Produce,
	kmsg.Fetch, kmsg.ListOffsets, kmsg.Heartbeat, kmsg.JoinGroup, kmsg.SyncGroup, kmsg.OffsetFetch, kmsg.InitProducerID}

// spring lets a process be killed, suspended, or cut off at one of its next
// requests.
func (s *simulation) spring(m *simulated) {
	sp := spring{key: springKeys[s.rng.IntN(len(springKeys))], skip: s.rng.IntN(5), after: s.rng.IntN(2) == 0}
	n, what := m.net, ""
	switch s.rng.IntN(3) {
	case 0:
		unsynced, rng := s.rng.IntN(101), rand.New(rand.NewPCG(s.rng.Uint64(), 3))
		what, sp.do = "killed", func() { m.kill(unsynced, rng) }
	case 1:
		d := time.Duration(s.rng.IntN(25_000)) * time.Millisecond
		what, sp.do = "suspended for "+d.String(), func() { n.freeze(); time.AfterFunc(d, n.thaw) }
	case 2:
		what, sp.do = "cut off", n.lose
	}
	s.tell("%s will be %s at request %d of key %d, arrived %v", m.name, what, sp.skip, sp.key, sp.after)
	do := sp.do
	sp.do = func() {
		s.tell("%s: %s", m.name, what)
		do()
	}
	n.set(sp)
}

// refusal is what a broker may say to a request without meaning any harm.
type refusals struct {
	fault kfake.Fault
	errs  []*kerr.Error
}

var refusable = []refusals{
	{kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "commands"}, ofProduce},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "shop.changelog"}, ofProduce},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "shop.mailbox"}, ofProduce},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Group: "shop"}, []*kerr.Error{kerr.UnstableOffsetCommit, kerr.RebalanceInProgress, kerr.ConcurrentTransactions,
		kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.InvalidProducerEpoch, kerr.UnknownServerError, kerr.RequestTimedOut}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, TopLevel: true}, []*kerr.Error{kerr.UnknownServerError, kerr.RequestTimedOut, kerr.ConcurrentTransactions,
		kerr.NotCoordinator, kerr.CoordinatorNotAvailable, kerr.InvalidProducerEpoch, kerr.ProducerFenced, kerr.InvalidTxnState}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.InitProducerID}, TopLevel: true}, []*kerr.Error{kerr.ConcurrentTransactions, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Group: "shop"}, []*kerr.Error{kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.UnstableOffsetCommit}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}}, []*kerr.Error{kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.UnknownServerError, kerr.OffsetNotAvailable}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}}, []*kerr.Error{kerr.NotLeaderForPartition, kerr.KafkaStorageError, kerr.UnknownServerError, kerr.OffsetNotAvailable}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, TopLevel: true}, []*kerr.Error{kerr.RebalanceInProgress, kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.NotCoordinator}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, TopLevel: true}, []*kerr.Error{kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.UnknownMemberID}},
	{kfake.Fault{Keys: []kmsg.Key{kmsg.SyncGroup}, TopLevel: true}, []*kerr.Error{kerr.RebalanceInProgress, kerr.UnknownMemberID, kerr.NotCoordinator}},
}

// ofProduce are answers to one partition's batch: to be sent again, or final.
var ofProduce = []*kerr.Error{kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend, kerr.RequestTimedOut,
	kerr.KafkaStorageError, kerr.UnknownServerError, kerr.InvalidRequiredAcks, kerr.ConcurrentTransactions}

// refuse lets the cluster refuse some requests.
func (s *simulation) refuse() {
	r := refusable[s.rng.IntN(len(refusable))]
	f := r.fault
	f.Err, f.Count = r.errs[s.rng.IntN(len(r.errs))], 1+s.rng.IntN(3)
	s.tell("%s %s: %d answers are %s", kmsg.NameForKey(int16(f.Keys[0])), f.Topic, f.Count, f.Err.Message)
	s.traffic.faults = append(s.traffic.faults, s.cluster.Fault(f))
}
