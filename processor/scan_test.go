package processor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/backtest"
	"github.com/beckon-io/beckon/backtest/eventfile"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// occasions are starts of every kind. With the cap it matters to a customer
// which of two messages comes first. All that a moment brings is over within ten
// minutes, see moments.
const occasions = `
name: letter
audience: customer.country != "DE"
start: {schedule: "0 10 * * *", zone: customer}
stale: "off"
until: [{on: order.placed}]
steps:
  - send: {template: letter, channels: [email], context: {id: event.id, orders: customer.orders.count}}
  - wait: 6m
  - send: {template: letter-2, channels: [email]}
---
name: sale
start: {at: "2000-01-02T10:12"}
stale: "off"
steps: [{send: {template: sale, channels: [email]}}]
---
name: birthday
priority: 70
start: {date: customer.birthday, every: year, at: "10:00"}
stale: "off"
steps: [{send: {template: birthday, channels: [email]}}]
---
name: cart
start: {on: cart.updated}
repeat: restart
stale: "off"
steps: [{wait: 4m}, {send: {template: cart, channels: [email]}}]
`

const oneInTwelve = `caps: [{channels: [email], max: 1, per: 12m}]`

var scanZones = []string{"Asia/Kathmandu", "America/New_York", "Asia/Kolkata", "UTC"}

// moments of a day at which occasions occur: ten in Kathmandu, Kolkata and
// London, the sale, ten in New York.
var moments = []time.Duration{4*time.Hour + 15*time.Minute, 4*time.Hour + 30*time.Minute, 10 * time.Hour, 10*time.Hour + 12*time.Minute, 15 * time.Hour}

// epoch is when time begins in a bubble, a Saturday.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func customerOf(i int) string { return fmt.Sprintf("c%03d", i) }

// register lets so many customers come, from everywhere.
func (w *world) register(n int) {
	for i := range n {
		country := []string{"RO", "DE", "FR"}[i%3]
		w.event("carts", "customer.registered", customerOf(i),
			fmt.Sprintf(`{"timezone":%q,"country":%q,"birthday":"1970-01-%02d"}`, scanZones[i%4], country, i%3+1))
	}
}

// wantAsBacktest holds the commands against those of a backtest of the same
// events, byte for byte, and wants so many at least. Some customers are left out.
func (w *world) wantAsBacktest(least int, leftOut func(command string) bool) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(w.told, "\n")+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	var want, got written
	_, err := backtest.Run(context.Background(), backtest.Options{
		Input:  backtest.Input{Events: eventfile.Config{Paths: []string{path}, Dir: w.t.TempDir()}, Bad: func(_ string, line int, err error) { w.t.Errorf("line %d: %v", line, err) }},
		Engine: w.engine(), Grace: w.set.Policy.Grace,
		Until: backtest.Until{At: schemas.FromTime(time.Now().Add(-time.Minute))}, Sink: &want,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range w.records("commands") {
		got = append(got, string(r.Key)+" "+string(r.Value))
	}
	if leftOut != nil {
		want, got = slices.DeleteFunc(want, leftOut), slices.DeleteFunc(got, leftOut)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("commands (-backtest +processor):\n%s", diff)
	}
	if len(got) < least {
		w.t.Errorf("%d commands, want %d at least", len(got), least)
	}
}

// written are commands as they lie in the topic, with their keys.
type written []string

func (w *written) Command(c *schemas.Command) error {
	*w = append(*w, c.Customer+" "+string(c.AppendJSON(nil)))
	return nil
}

func (w *written) Decision(*schemas.Decision) error { return nil }

// Two days of a shop with customers everywhere, in short one. The process is down
// while there is nothing to do for hours.
func TestSchedulesAndDatesAsInABacktest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.loadWith(oneInTwelve, occasions)
		d := newDisk("a")
		p := w.start(d, 2)
		w.register(40)
		days := 2
		if testing.Short() {
			days = 1
		}
		for day := range days {
			for n, moment := range moments {
				at := epoch.Add(time.Duration(day)*24*time.Hour + moment)
				if time.Until(at) > time.Hour {
					time.Sleep(7 * time.Minute) // to where nothing is due
					w.stop(p)
					time.Sleep(time.Until(at) - 2*time.Minute)
					p = w.start(d, 2)
				}
				time.Sleep(time.Until(at) - 50*time.Second)
				for i := range 40 { // around the occurrences: before, within grace, after
					who := customerOf((day*17 + n*7 + i*3) % 40)
					time.Sleep(2500 * time.Millisecond)
					switch i % 4 {
					case 0:
						w.event("carts", "cart.updated", who, full)
					case 1:
						w.event("orders", "order.placed", who, fmt.Sprintf(`{"order_id":"o%d-%d-%d","total":"5"}`, day, n, i))
					case 2:
						w.event("carts", "customer.updated", who, fmt.Sprintf(`{"timezone":%q}`, scanZones[(n+i/4)%4]))
					}
				}
			}
		}
		time.Sleep(9 * time.Minute)
		w.wantAsBacktest(40*days, nil)
		w.stop(p)
	})
}

// The process is killed again and again in the middle of a sweep, and the
// customers do not wait for it: each has the occurrence once, at its place among
// what else happens.
func TestKilledInTheMiddleOfASweep(t *testing.T) {
	for _, disks := range []string{"its disk", "an empty disk"} {
		t.Run("it comes back on "+disks, func(t *testing.T) {
			bubble(t, func(t *testing.T) { killedInASweep(t, disks == "an empty disk") })
		})
	}
}

func killedInASweep(t *testing.T, lost bool) {
	w := newWorld(t, fitting)
	defer w.close()
	w.loadWith(oneInTwelve, occasions)
	d := newDisk("a")
	small := func(c *Config) { c.Commit.Records = 8 } // one for opening the window, some ten for those whom it concerns
	p := w.start(d, 1, small)
	w.register(300)
	time.Sleep(5 * time.Minute)
	rounds := append(slices.Delete(slices.Clone(moments), 3, 4), 24*time.Hour+moments[0]) // but for the sale
	if testing.Short() {
		rounds = rounds[:2]
	}
	for round, moment := range rounds {
		w.stop(p)
		time.Sleep(time.Until(epoch.Add(moment)) - time.Minute)
		n := newNetwork(w)
		p = w.start(d, 1, small, func(c *Config) { c.Kafka.Dial = n.Dial })
		time.Sleep(time.Minute)
		for i := range 20 { // within grace: the occurrence sees it
			w.event("carts", "cart.updated", customerOf((i*37+round)%300), full)
		}
		time.Sleep(2 * time.Second) // the carts are committed, the commits that are counted are the sweep's
		killed := w.cutAtCommit(n, 4+round%3)
		time.Sleep(30 * time.Second)
		if !killed.Load() {
			t.Fatalf("round %d: the sweep was over before", round)
		}
		p.end()
		<-p.done
		if at := w.sweeping(); len(at) == 0 {
			t.Fatalf("round %d: no sweep was under way", round)
		}
		for i := range 60 {
			who := customerOf((i*41 + round) % 300)
			switch i % 3 {
			case 0:
				w.event("carts", "customer.updated", who, fmt.Sprintf(`{"timezone":%q}`, scanZones[(i+round)%4]))
			case 1:
				w.event("orders", "order.placed", who, fmt.Sprintf(`{"order_id":"r%d-%d","total":"5"}`, round, i))
			case 2:
				w.event("carts", "customer.updated", who, `{"country":"DE"}`)
			}
			time.Sleep(time.Second)
		}
		if lost {
			d = newDisk("a")
		}
		p = w.start(d, 1, small)
		time.Sleep(8 * time.Minute) // to where nothing is due
	}
	w.wantAsBacktest(60*len(rounds), nil)
	w.stop(p)
	w.wantRestored(d)
}

// cutAtCommit lets the process be killed at one of its next commits, which gets
// through.
func (w *world) cutAtCommit(n *network, which int) (done *atomic.Bool) {
	done = new(atomic.Bool)
	var commits atomic.Int32
	w.cluster.ControlKey(int16(kmsg.EndTxn), func(r kmsg.Request) (kmsg.Response, error, bool) {
		w.cluster.KeepControl()
		if r.(*kmsg.EndTxnRequest).Commit && commits.Add(1) == int32(which) {
			done.Store(true)
			n.cut()
		}
		return nil, nil, false
	})
	return done
}

// sweeping lists where sweeps stand in the changelog, of those under way.
func (w *world) sweeping() (at []string) {
	w.t.Helper()
	last := map[int32]state.Scan{}
	for _, r := range w.records("shop.changelog") {
		section, subject, err := state.ParseKey(r.Key)
		if err != nil || section != state.CoreSection || subject != engine.ScanRecord {
			continue
		}
		c, err := state.Load(subject, string(r.Value), nil)
		if err != nil {
			w.t.Fatal(err)
		}
		last[r.Partition] = c.Entry().Scan
	}
	for _, s := range last {
		if s.Goal != 0 {
			at = append(at, s.At)
		}
	}
	return at
}

// Who has no zone is in the policy's, also where that is another one than at the start
// before: what is planned moves, what comes by schedule is not waited for in the old one.
func TestThePolicysZoneChanges(t *testing.T) {
	const letter = "name: letter\nstart: {schedule: \"0 10 * * *\", zone: customer}\nstale: \"off\"\nsteps: [{send: {template: letter, channels: [email]}}]\n"
	const birthday = "name: birthday\nstart: {date: customer.birthday, every: year, at: \"10:00\"}\nstale: \"off\"\nsteps: [{send: {template: birthday, channels: [email]}}]\n"
	for name, c := range map[string]struct {
		files         string
		before, after []string
	}{
		"schedule": {letter, []string{"ana letter"}, []string{"ana letter", "ana letter"}},
		"date":     {birthday, nil, []string{"ana birthday"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				w.load(c.files)
				until := func(after time.Duration) { time.Sleep(time.Until(epoch.Add(after))) }
				d := newDisk("a")
				until(9*time.Hour + 55*time.Minute)
				p := w.start(d, 1)
				time.Sleep(10 * time.Second)
				w.event("carts", "customer.registered", "ana", `{"birthday":"1970-01-02"}`)
				until(10*time.Hour + time.Minute)
				w.wantSent(c.before...)
				w.stop(p)
				tokyo := *w.set.Policy
				tokyo.Zone = walltime.Zone("Asia/Tokyo")
				w.set = w.set.WithPolicy(&tokyo)
				until(24*time.Hour + 55*time.Minute)
				p = w.start(d, 1)
				until(25*time.Hour + time.Minute) // it is ten in Tokyo
				w.wantSent(c.after...)
				w.stop(p)
			})
		})
	}
}
