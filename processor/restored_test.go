package processor

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/triggers/engine"
)

// lateVersions tells of new sets only when it is asked to catch up.
type lateVersions struct {
	keeper *sets.Keeper
	p      *Processor
	late   bool
}

// CatchUp hands over what is known by now, as Keeper.CatchUp promises.
func (v *lateVersions) CatchUp(ctx context.Context) error {
	if err := v.keeper.CatchUp(ctx); err != nil {
		return err
	}
	if v.late {
		v.p.SetEngine(engine.New(engine.Config{App: "shop", Set: v.keeper.Set()}))
	}
	return nil
}

// A lane that has a transaction under way takes a restored task in under the set that
// its runs are of: under an older one an order would leave them alone.
func TestARestoredTaskBeginsUnderTheNewSet(t *testing.T) {
	tries := 6
	if testing.Short() {
		tries = 2
	}
	for try := range tries {
		t.Run(fmt.Sprint(try), func(t *testing.T) {
			bubble(t, func(t *testing.T) { restoredUnderTheNewSet(t, try) })
		})
	}
}

func restoredUnderTheNewSet(t *testing.T, try int) {
	w := newWorldOfSets(t)
	defer w.close()
	w.load(oldCart)
	keeper := w.keepSets("b", w.kafka)
	v := &lateVersions{keeper: keeper}
	b := w.start(newDisk("b"), 1, func(c *Config) {
		c.Engine, c.Versions = engine.New(engine.Config{App: "shop", Set: keeper.Set()}), v
	})
	v.p = b.p
	time.Sleep(10 * time.Second)
	a := w.join(newDisk("a"), newCart)
	time.Sleep(30 * time.Second)
	v.late = true
	moves, stays := "eva", "ion"
	if !a.has(moves) {
		moves, stays = stays, moves
	}
	if !a.has(moves) || a.has(stays) {
		t.Fatal("one process has both")
	}
	w.event("carts", "cart.updated", moves, full)
	time.Sleep(5 * time.Second)
	w.leave(a)
	w.event("orders", "order.placed", moves, order)
	for range 400 + try {
		w.event("carts", "cart.updated", stays, full)
		time.Sleep(time.Duration(7+try) * time.Millisecond)
	}
	time.Sleep(20 * time.Minute)
	for _, s := range w.sent() {
		if s == moves+" fresh" || s == moves+" new" {
			t.Errorf("%s ordered in time and is reminded: %s", moves, s)
		}
	}
	w.stop(b)
	if err := keeper.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
