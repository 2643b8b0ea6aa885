package processor

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/deadletter"
	"github.com/beckon-io/beckon/processor/kafka"
)

// What cannot be processed is set aside, raw and with its reason; everything
// around it goes on.
func TestHostileInput(t *testing.T) {
	huge := `{"specversion":"1.0","id":"h","source":"shop","type":"cart.updated","subject":"hal","data":{"cart_id":"` + strings.Repeat("x", 2<<20) + `"}}`
	deep := `{"specversion":"1.0","id":"d","source":"shop","type":"cart.updated","subject":"dee","data":{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`
	total := `{"specversion":"1.0","id":"t","source":"shop","type":"cart.updated","subject":"tom","data":{"cart_id":"k","total":{"a":1},"items":[{"sku":"s"}]}}`
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting, large())
		defer w.close()
		p := w.start(newDisk("a"), 1)
		client, err := kafka.Connect(w.kafka, kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerBatchCompression(kgo.SnappyCompression()))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		time.Sleep(10 * time.Second)
		w.event("carts", "cart.updated", "ana", full)
		for _, value := range []string{huge, `{"specversion":`, "", deep, total} {
			r := &kgo.Record{Topic: "carts", Key: []byte("ana"), Value: []byte(value), Headers: []kgo.RecordHeader{{Key: "from", Value: []byte("test")}}}
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		w.eventAt("carts", "cart.updated", "ute", full, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second", "eva first", "eva second", "ute first", "ute second")
		w.stop(p)
		var got []string
		for _, r := range w.records("dead") {
			h := headers(r)
			got = append(got, h[deadletter.HeaderClass])
			if h[deadletter.HeaderTopic] != "carts" || h[deadletter.HeaderPartition] == "" || h[deadletter.HeaderOffset] == "" ||
				h[deadletter.HeaderMessage] == "" || h[deadletter.HeaderStage] == "" || h["from"] != "test" || string(r.Key) != "ana" {
				t.Errorf("letter with headers %v, key %q", h, r.Key)
			}
		}
		if want := []string{"too_large", "bad_json", "bad_envelope", "too_deep", "wrong_type"}; !slices.Equal(got, want) {
			t.Errorf("dead letters are %q, want %q", got, want)
		}
	})
}

// large lets a broker take what beckon should not.
func large() kfake.Opt {
	return kfake.BrokerConfigs(map[string]string{"message.max.bytes": "104857600"})
}

// smallLetters is a world whose dead-letter topic takes less than its sources.
func smallLetters(t *testing.T) (*world, *process) {
	w := newWorld(t, fitting, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "3000000"}))
	w.create("small", 1, map[string]string{"retention.ms": "-1", "max.message.bytes": "1000000"})
	p := w.start(newDisk("a"), 1, func(c *Config) { c.Topics.DeadLetters = "small" })
	time.Sleep(10 * time.Second)
	return w, p
}

// The dead-letter topic takes less than the source: the letter is cut, once the
// cluster has refused it whole.
func TestDeadLetterIsTooLargeItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, p := smallLetters(t)
		defer w.close()
		garbage := noise(2 << 20)
		w.largely(&kgo.Record{Topic: "carts", Key: []byte("ana"), Value: garbage})
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("eva first", "eva second")
		w.stop(p)
		letters := w.records("small")
		if len(letters) != 1 || headers(letters[0])[deadletter.HeaderTruncated] != "2097152" || !bytes.HasPrefix(garbage, letters[0].Value) {
			t.Fatalf("%d letters, want one that is cut", len(letters))
		}
	})
}

func headers(r *kgo.Record) map[string]string {
	all := map[string]string{}
	for _, h := range r.Headers {
		all[h.Key] = string(h.Value)
	}
	return all
}

// A small batch that is large when decompressed: one letter tells which offsets
// were skipped. It is met alone, behind other records, and again after a
// restart that came before the next commit.
func TestDecompressionBomb(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1}}, large())
		defer w.close()
		bomb, err := kafka.Connect(w.kafka, kgo.ProducerBatchMaxBytes(100<<20), kgo.BrokerMaxWriteBytes(200<<20), kgo.MaxBufferedBytes(1<<30),
			kgo.ProducerBatchCompression(kgo.SnappyCompression()), kgo.ManualFlushing())
		if err != nil {
			t.Fatal(err)
		}
		defer bomb.Close()
		drop := func() {
			for range 3 {
				bomb.Produce(t.Context(), &kgo.Record{Topic: "carts", Key: []byte("b"), Value: bytes.Repeat([]byte("a"), 30<<20)}, func(_ *kgo.Record, err error) {
					if err != nil {
						t.Errorf("produce: %v", err)
					}
				})
			}
			if err := bomb.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		drop()
		var want []string
		for i := range 20 {
			who := fmt.Sprintf("c%02d", i)
			w.event("carts", "cart.updated", who, full)
			want = append(want, who+" first", who+" second")
		}
		drop()
		w.event("carts", "cart.updated", "eva", full)
		p := w.start(newDisk("a"), 1)
		time.Sleep(reminded)
		w.wantSent(append(want, "eva first", "eva second")...)
		w.stop(p)
		var got []string
		for _, r := range w.records("dead") {
			h := headers(r)
			got = append(got, h[deadletter.HeaderOffset]+" "+h[deadletter.HeaderClass]+" "+h[deadletter.HeaderStage])
		}
		if want := []string{"0 batch_too_large TASK_POLL", "23 batch_too_large TASK_POLL"}; !slices.Equal(got, want) {
			t.Errorf("dead letters are %q, want %q", got, want)
		}
	})
}
