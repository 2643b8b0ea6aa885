package processor

import (
	"context"
	"testing"
	"time"

	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// member is a process that keeps its set of triggers in the topic.
type member struct {
	*process
	keeper *sets.Keeper
}

func (w *world) openSets(ctx context.Context, instance string, k kafka.Config) (*sets.Keeper, error) {
	return sets.Open(ctx, sets.Config{App: "shop", Instance: instance, Kafka: k, Log: w.log,
		Now: func() schemas.Time { return schemas.FromTime(time.Now()) }})
}

// keepSets opens the sets and loads the world's own.
func (w *world) keepSets(instance string, k kafka.Config) *sets.Keeper {
	w.t.Helper()
	keeper, err := w.openSets(context.Background(), instance, k)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := keeper.Load(context.Background(), w.set, false); err != nil {
		w.t.Fatal(err)
	}
	return keeper
}

// using is the configuration of a process whose sets are kept.
func using(k *sets.Keeper) func(*Config) {
	return func(c *Config) {
		c.Engine, c.Versions = engine.New(engine.Config{App: "shop", Set: k.Set()}), k
	}
}

func (w *world) join(d *disk, triggers string) *member {
	w.t.Helper()
	w.load(triggers)
	k := w.keepSets(d.name, w.kafka)
	m := &member{w.start(d, 1, using(k)), k}
	k.Follow(func(set *rule.Set) { m.p.SetEngine(engine.New(engine.Config{App: "shop", Set: set})) })
	return m
}

// has tells whether a customer's task is in the process.
func (m *member) has(customer string) bool {
	_, err := m.p.Customer(context.Background(), customer)
	return err == nil
}

func (w *world) reload(m *member, triggers string) {
	w.t.Helper()
	w.load(triggers)
	if err := m.keeper.Load(context.Background(), w.set, false); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) leave(m *member) {
	w.t.Helper()
	w.stop(m.process)
	if err := m.keeper.Close(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) pause(m *member, trigger string, paused bool) {
	w.t.Helper()
	if _, err := m.keeper.Pause(context.Background(), trigger, paused, "test"); err != nil {
		w.t.Fatal(err)
	}
}

func newWorldOfSets(t *testing.T) *world {
	w := newWorld(t, fitting)
	w.create("shop.triggers", 1, map[string]string{"cleanup.policy": "compact"})
	return w
}

const (
	oldCart = `
name: cart
start: {on: cart.updated}
until: [{on: order.placed}]
stale: "off"
steps: [{wait: 4m}, {send: {template: old, channels: [email]}}]
---
name: thanks
start: {on: order.placed}
stale: "off"
steps: [{wait: 4m}, {send: {template: thanks, channels: [email]}}]
`
	newCart = `
name: cart
start: {on: cart.updated}
until: [{on: order.placed}]
stale: "off"
steps: [{wait: 8m}, {send: {template: new, channels: [email]}}]
---
name: fresh
start: {on: cart.updated}
until: [{on: order.placed}]
stale: "off"
steps: [{wait: 8m}, {send: {template: fresh, channels: [email]}}]
`
)

// One process after the other gets newer files; each customer's run goes on as
// it began, wherever its task is. Then a process comes back with the old files.
func TestRollingUpdateAndDowngrade(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorldOfSets(t)
		defer w.close()
		a, b := newDisk("a"), newDisk("b")
		ma, mb := w.join(a, oldCart), w.join(b, oldCart)
		time.Sleep(30 * time.Second)
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "bob", full)
		time.Sleep(15 * time.Second)
		w.leave(ma)
		ma = w.join(a, newCart)
		time.Sleep(30 * time.Second)

		// Whose task the older process has starts under the older set.
		older, newer := "eva", "ion"
		if mb.has("ion") {
			older, newer = newer, older
		}
		if !mb.has(older) || !ma.has(newer) {
			t.Fatal("the two customers have one process")
		}
		w.event("carts", "cart.updated", older, full)
		w.event("carts", "cart.updated", newer, full)
		time.Sleep(15 * time.Second)
		w.leave(mb)
		time.Sleep(6 * time.Minute)
		w.wantSent("ana old", "bob old", older+" old")
		time.Sleep(4 * time.Minute)
		w.wantSent("ana old", "bob old", older+" old", newer+" new", newer+" fresh")

		// Newer runs, an older process alone.
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "bob", full)
		time.Sleep(15 * time.Second)
		w.leave(ma)
		mb = w.join(b, oldCart)
		time.Sleep(time.Minute)
		w.event("orders", "order.placed", "bob", order)
		time.Sleep(10 * time.Minute)
		w.wantSent("ana old", "bob old", older+" old", newer+" new", newer+" fresh", "ana new", "ana fresh", "bob thanks")
		w.leave(mb)
	})
}

// Files change under a running process: what waits goes on, what the new set
// lacks ends. A set that is loaded again is an older one.
func TestReload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorldOfSets(t)
		defer w.close()
		m := w.join(newDisk("a"), oldCart)
		time.Sleep(20 * time.Second)
		w.event("carts", "cart.updated", "ana", full)
		w.event("orders", "order.placed", "bob", order)
		time.Sleep(15 * time.Second)
		w.reload(m, newCart)
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(5 * time.Minute)
		w.wantSent("ana old")
		time.Sleep(5 * time.Minute)
		w.wantSent("ana old", "eva new", "eva fresh")
		s := m.keeper.Status()
		if s.Newest.Hash != w.set.Hash || s.Newest.Generation != 2 || len(s.Others) != 1 || s.Others[0].Hash != w.set.Hash {
			t.Errorf("status %+v", s)
		}
		w.leave(m)
	})
}

// A pause holds on every process, also on one that is started later, and what
// came due meanwhile is sent within seconds of the end of it.
func TestPauseAndResume(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorldOfSets(t)
		defer w.close()
		a, b := newDisk("a"), newDisk("b")
		ma, mb := w.join(a, oldCart), w.join(b, oldCart)
		time.Sleep(30 * time.Second)
		for _, who := range []string{"ana", "bob", "eva", "ion"} {
			w.event("carts", "cart.updated", who, full)
		}
		time.Sleep(time.Minute)
		w.pause(ma, "cart", true)
		time.Sleep(2 * time.Second)
		w.event("carts", "cart.updated", "mia", full)
		w.event("orders", "order.placed", "ion", order)
		time.Sleep(8 * time.Minute)
		w.wantSent("ion thanks")
		w.leave(ma)
		ma = w.join(a, oldCart)
		time.Sleep(2 * time.Minute)
		w.event("orders", "order.placed", "eva", order)
		time.Sleep(15 * time.Second)
		w.wantSent("ion thanks")
		w.pause(mb, "cart", false)
		time.Sleep(2 * time.Second)
		w.wantSent("ion thanks", "ana old", "bob old")

		w.pause(mb, "", true)
		time.Sleep(5 * time.Minute)
		w.wantSent("ion thanks", "ana old", "bob old")
		w.pause(ma, "", false)
		time.Sleep(2 * time.Second)
		w.wantSent("ion thanks", "ana old", "bob old", "eva thanks")
		w.leave(ma)
		w.leave(mb)
	})
}
