package sets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

// ErrUnknownTrigger is of a name that no set has.
var ErrUnknownTrigger = errors.New("unknown trigger")

// Load makes a set the one that this process uses, once it, its versions and that
// it is used here are written down; after an error the one before stays in use,
// though others may be told otherwise until the next Load. A set that the app has seen before
// keeps its number, unless newest says that it is to be the newest now:
// triggers that it lacks then end their runs.
func (k *Keeper) Load(ctx context.Context, set *rule.Set, newest bool) error {
	k.loading.Lock()
	defer k.loading.Unlock()
	if err := k.CatchUp(ctx); err != nil {
		return err
	}
	for {
		entries, done := k.missing(set, newest)
		if done {
			break
		}
		if err := k.write(ctx, entries...); err != nil {
			return err
		}
	}
	at := k.cfg.Now()
	generation, err := k.announce(ctx, set, at)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.loaded, k.loadedAt = set, at
	k.place()
	k.mu.Unlock()
	k.cfg.Log.Info("triggers loaded", "set", set.Hash, "generation", generation, "triggers", len(set.Triggers))
	return nil
}

// announce says to everybody that this process uses a set, which has a number.
func (k *Keeper) announce(ctx context.Context, set *rule.Set, at schemas.Time) (generation int64, err error) {
	k.mu.Lock()
	k.announced = true
	m, _ := k.world.history.Manifest(set.Hash)
	k.mu.Unlock()
	return m.Generation, k.write(ctx, entry{instanceKind + "/" + k.cfg.Instance, Instance{Hash: set.Hash, Generation: m.Generation, At: at}})
}

// missing is what has to be written before a set may be used. Somebody else may
// have taken the number meanwhile; then it is asked again.
func (k *Keeper) missing(set *rule.Set, newest bool) (entries []entry, done bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.world.history
	m, known := h.Manifest(set.Hash)
	if known && (!newest || m.Generation == h.Newest().Generation) {
		return nil, true
	}
	for _, t := range set.Triggers {
		if !h.Has(t) {
			s := rule.Store(t)
			entries = append(entries, entry{versionKind + "/" + s.Name + "/" + s.Version, versionRecord{s.Source, s.Ends}})
		}
	}
	return append(entries, entry{setKind + "/" + set.Hash, setRecord{h.Number(set), k.cfg.Now(), k.cfg.Instance}}), false
}

// Pause stops a trigger, or everything where the name is empty, on all
// instances, or lets it go on. It tells whether that changed anything. An
// unknown name is an error: a slip would go unnoticed just when it matters.
func (k *Keeper) Pause(ctx context.Context, trigger string, paused bool, by string) (changed bool, err error) {
	if err := k.CatchUp(ctx); err != nil {
		return false, err
	}
	k.mu.Lock()
	_, was := k.world.paused[trigger]
	names := k.world.names()
	k.mu.Unlock()
	if was == paused {
		return false, nil
	}
	if paused && trigger != "" && !slices.Contains(names, trigger) {
		hint := diag.DidYouMean(trigger, names)
		if hint != "" {
			hint = "; " + hint
		}
		return false, fmt.Errorf("%w: no set of this app has a trigger %q%s", ErrUnknownTrigger, trigger, hint)
	}
	e := entry{pauseKind + "/" + trigger, nil}
	if paused {
		e.value = Pause{At: k.cfg.Now(), By: by}
	}
	return true, k.write(ctx, e)
}

// Status is what is loaded here and elsewhere, and what is paused.
type Status struct {
	Set      *rule.Set // in its place; nil: none is loaded
	LoadedAt schemas.Time
	Newest   rule.Manifest
	Paused   []Pause    // by trigger, everything first
	Others   []Instance // this one too, by name
}

// Status tells how things stand.
func (k *Keeper) Status() Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := Status{LoadedAt: k.loadedAt, Newest: k.world.history.Newest()}
	if k.loaded != nil {
		s.Set = k.world.history.Place(k.loaded)
	}
	s.Paused = slices.SortedFunc(maps.Values(k.world.paused), func(a, b Pause) int { return cmp.Compare(a.Trigger, b.Trigger) })
	s.Others = slices.SortedFunc(maps.Values(k.world.instances), func(a, b Instance) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// names are those of all triggers that were ever loaded, in order.
func (w *world) names() []string {
	names := map[string]bool{}
	for _, s := range w.first {
		for _, e := range s.Triggers {
			names[e.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
