package processor

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/processor/deadletter"
	"github.com/beckon-io/beckon/processor/kafka"
)

// noise does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

// largely produces records of any size.
func (w *world) largely(records ...*kgo.Record) {
	w.t.Helper()
	client, err := kafka.Connect(w.kafka, kgo.ProducerBatchMaxBytes(90<<20), kgo.BrokerMaxWriteBytes(200<<20))
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(w.t.Context(), records...).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

// wantLetters compares classes and offsets of dead letters.
func (w *world) wantLetters(topic string, want ...string) {
	w.t.Helper()
	var got []string
	for _, r := range w.records(topic) {
		got = append(got, headers(r)[deadletter.HeaderClass]+" "+headers(r)[deadletter.HeaderOffset])
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		w.t.Errorf("dead letters are %q, want %q", got, want)
	}
}

// A record that is too large to travel on is set aside, also where one behind it in
// the partition was processed before.
func TestARefusedForwardIsADeadLetter(t *testing.T) {
	for _, dead := range []string{"dead", "small"} {
		t.Run(dead, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shape{2, map[string]int32{"carts": 1, "orders": 1}}, large())
				defer w.close()
				w.create("small", 1, map[string]string{"retention.ms": "-1", "max.message.bytes": "1000000"})
				for i := range w.sources {
					w.sources[i].Other = true
				}
				p := w.start(newDisk("a"), 1, func(c *Config) { c.Topics.DeadLetters = dead })
				time.Sleep(10 * time.Second)
				var own, away string // task 0 reads
				for i := 0; own == "" || away == ""; i++ {
					if who := fmt.Sprint("c", i); (&layout{tasks: 2}).home(who) == 0 {
						own = who
					} else {
						away = who
					}
				}
				cart := func(id, who string) []byte {
					return fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"shop","type":"cart.updated","subject":%q,"time":%q,"data":%s}`,
						id, who, time.Now().UTC().Format(time.RFC3339Nano), full)
				}
				w.largely(&kgo.Record{Topic: "carts", Key: []byte("k"), Value: cart("big", away), Headers: []kgo.RecordHeader{{Key: "x", Value: noise(3 << 20)}}},
					&kgo.Record{Topic: "carts", Key: []byte("k"), Value: cart("small", own)})
				time.Sleep(reminded)
				w.wantRunning(p)
				w.stop(p)
				w.wantLetters(dead, "refused 0")
				w.wantSent(own+" first", own+" second")
			})
		})
	}
}

// A batch of letters is refused for the large one in it, not for the first.
func TestALargeLetterBehindASmallOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, p := smallLetters(t)
		defer w.close()
		w.largely(&kgo.Record{Topic: "carts", Key: []byte("ana"), Value: []byte("{")}, &kgo.Record{Topic: "carts", Key: []byte("ana"), Value: noise(2 << 20)})
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("eva first", "eva second")
		w.stop(p)
		w.wantLetters("small", "bad_json 0", "too_large 1")
	})
}

// A letter is cut until its topic takes it, its key too: what stays too large would hold
// up all that is behind it for ever.
func TestALetterIsCutUntilItFits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting, large())
		defer w.close()
		w.create("tiny", 1, map[string]string{"retention.ms": "-1", "max.message.bytes": "20000"})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Topics.DeadLetters = "tiny" })
		time.Sleep(10 * time.Second)
		key := noise(1 << 20)
		w.largely(&kgo.Record{Topic: "carts", Key: key, Value: []byte("{")}, &kgo.Record{Topic: "carts", Key: []byte("ana"), Value: noise(100_000)})
		var want []string
		for _, who := range strings.Fields("ana bob eva ida") {
			w.event("carts", "cart.updated", who, full)
			want = append(want, who+" first", who+" second")
		}
		time.Sleep(reminded)
		w.wantRunning(p)
		w.wantSent(want...)
		w.stop(p)
		cut := map[string]string{}
		for _, r := range w.records("tiny") {
			cut[headers(r)[deadletter.HeaderClass]+" "+headers(r)[deadletter.HeaderTruncated]] = string(r.Key[:3])
		}
		if want := map[string]string{"bad_json 1048577": string(key[:3]), "bad_json 100000": "ana"}; !maps.Equal(cut, want) {
			t.Errorf("letters are %q, want %q", cut, want)
		}
	})
}

// A topic of commands with Kafka's own settings takes a mebibyte at once, which a crowd
// of waits exceeds, and nothing could be set aside for those.
func TestACrowdsCommandsFitATopicOfDefaultSize(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting, large())
		defer w.close()
		w.create("default", 1, map[string]string{"retention.ms": "-1", "max.message.bytes": "1048588"})
		w.load("name: cart\nstart: {on: cart.updated}\nsteps: [{wait: 1m}, {send: {template: first, channels: [email], context: {cart: event.data}}}]")
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Topics.Commands = "default" })
		time.Sleep(10 * time.Second)
		const crowd, each = 4000, 512
		var carts []*kgo.Record
		for notes := noise(crowd * each); len(notes) > 0; notes = notes[each:] {
			who := fmt.Sprint("c", len(carts))
			carts = append(carts, &kgo.Record{Topic: "carts", Key: []byte(who), Value: fmt.Appendf(nil,
				`{"specversion":"1.0","id":"e","source":"shop","type":"cart.updated","subject":%q,"time":"2000-01-01T00:00:05Z","data":{"note":"%x"}}`,
				who, notes[:each])})
		}
		w.largely(carts...)
		time.Sleep(reminded)
		w.wantRunning(p)
		w.stop(p)
		if n := len(w.records("default")); n != crowd {
			t.Errorf("%d commands, want %d", n, crowd)
		}
	})
}

// What keeps a lane out of the group is in the log, once.
func TestWhatKeepsALaneOutOfTheGroupIsLogged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.cluster.ControlKey(int16(kmsg.JoinGroup), func(req kmsg.Request) (kmsg.Response, error, bool) {
			w.cluster.KeepControl()
			resp := req.ResponseKind().(*kmsg.JoinGroupResponse)
			resp.ErrorCode = kerr.GroupAuthorizationFailed.Code
			return resp, nil, true
		})
		var log bytes.Buffer
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		time.Sleep(10 * time.Minute)
		w.wantRunning(p)
		w.stop(p)
		if n := strings.Count(log.String(), "GROUP_AUTHORIZATION_FAILED"); n != 1 {
			t.Errorf("the reason is logged %d times: %s", n, log.String())
		}
	})
}

// A feed that has gone wrong fills the dead-letter topic, whatever it takes at once.
func TestManyLettersInATopicOfDefaultSize(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, p := smallLetters(t)
		defer w.close()
		const crowd, each = 3000, 512
		for notes := noise(crowd * each); len(notes) > 0; notes = notes[crowd/10*each:] {
			var bad []*kgo.Record
			for i := range crowd / 10 {
				bad = append(bad, &kgo.Record{Topic: "carts", Key: []byte("ana"), Value: fmt.Appendf(nil, "{%x", notes[i*each:][:each])})
			}
			w.largely(bad...)
		}
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("eva first", "eva second")
		w.stop(p)
		if n := len(w.records("small")); n != crowd {
			t.Errorf("%d letters, want %d", n, crowd)
		}
	})
}

// A command that its topic does not take stops nobody: it is set aside whole, whether an
// event or a wait has led to it.
func TestARefusedCommandIsADeadLetter(t *testing.T) {
	for name, steps := range map[string]string{"of a wait": "{wait: 1m}, ", "of an event": ""} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting, large())
				defer w.close()
				w.create("tiny", 1, map[string]string{"retention.ms": "-1", "max.message.bytes": "100000"})
				w.load("name: cart\nstart: {on: cart.updated}\nstale: \"off\"\nsteps: [" + steps +
					"{send: {template: first, channels: [email], context: {cart: event.data, again: event.data, third: event.data}}}]")
				p := w.start(newDisk("a"), 1, func(c *Config) { c.Topics.Commands = "tiny" })
				time.Sleep(10 * time.Second)
				w.event("carts", "cart.updated", "big", fmt.Sprintf(`{"cart_id":"k","note":"%x"}`, noise(30_000)))
				for i := range 8 {
					w.event("carts", "cart.updated", fmt.Sprint("c", i), full)
				}
				time.Sleep(reminded)
				w.wantRunning(p)
				var letters []string
				for _, r := range w.records("dead") {
					letters = append(letters, string(r.Key)+" of "+headers(r)[deadletter.HeaderTopic])
				}
				from := map[string]string{"of a wait": "big of tiny", "of an event": "big of carts"}[name]
				if n := len(w.records("tiny")); n != 8 || len(letters) != 1 || letters[0] != from {
					t.Errorf("%d commands, letters %q; want 8 and %q", n, letters, from)
				}
				w.stop(p)
			})
		})
	}
}
