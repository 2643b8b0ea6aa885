package processor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Waits of many customers may end at one instant, and a schedule come for all of them, each
// with large messages. They take several transactions; one that has become larger than the
// client holds is done again in smaller ones.
func TestACrowdsLargeMessages(t *testing.T) {
	const wait, schedule = "{on: customer.updated}\nsteps: [{wait: 1m}, ", "{at: \"2000-01-01T00:05\", zone: UTC}\nsteps: ["
	for name, c := range map[string]struct {
		start string
		bytes int
	}{
		"waits":             {wait, 0},
		"schedule":          {schedule, 0},
		"more than is held": {wait, 1 << 30},
	} {
		crowd := 180 // of 1.6 MB each, and 256 MiB are held
		if testing.Short() {
			if c.bytes > 0 {
				continue
			}
			crowd = 45
		}
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, shape{1, map[string]int32{"carts": 1}}, large())
				defer w.close()
				w.load("name: note\nstart: " + c.start + "{send: {template: first, channels: {all: [email, push]}, context: {" +
					strings.Join(strings.Fields("a b c d e f g h"), ": customer.attributes, ") + ": customer.attributes}}}]")
				p := w.start(newDisk("a"), 1, func(cfg *Config) { cfg.Commit.Bytes = c.bytes })
				time.Sleep(10 * time.Second)
				var events []*kgo.Record
				for n := range crowd {
					who := fmt.Sprint("c", n)
					events = append(events, &kgo.Record{Topic: "carts", Key: []byte(who), Value: fmt.Appendf(nil,
						`{"specversion":"1.0","id":"e","source":"shop","type":"customer.updated","subject":%q,"time":"2000-01-01T00:00:30Z","data":{"attributes":{"note":"%0*d"}}}`,
						who, 99_000, n)})
				}
				w.largely(events...)
				time.Sleep(reminded)
				w.wantRunning(p)
				w.stop(p)
				if n := len(w.records("commands")); n != 2*crowd {
					t.Errorf("%d commands, want %d", n, 2*crowd)
				}
			})
		})
	}
}

// A turn ends when the transaction's time is over, soon after.
func TestATurnEndsInTime(t *testing.T) {
	l := &lane{limit: newStride(Commit{Every: time.Minute, Bytes: 1})}
	laden := func() (yes bool) {
		for range 10 {
			yes = yes || l.laden()
		}
		return yes
	}
	l.batch.began = time.Now().Add(-time.Hour)
	if laden() {
		t.Error("no transaction is under way")
	}
	l.batch.touch()
	if laden() {
		t.Error("it has just begun")
	}
	l.batch.began = time.Now().Add(-time.Hour)
	if !laden() {
		t.Error("it began an hour ago")
	}
}
