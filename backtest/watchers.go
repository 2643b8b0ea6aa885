package backtest

import (
	"slices"
	"strings"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/engine"
)

// watchers are the records of those who watch products, by product.
type watchers map[string]*watchersOfOne

// watchersOfOne are put in order when they are looked for: most join between two
// looks, one after the other.
type watchersOfOne struct {
	all    []*state.Customer // by subject, but for those that came last
	sorted int               // how many are in order
}

// join takes a new record, if it is a watcher's.
func (w *watchers) join(c *state.Customer) {
	prefix, ok := engine.Watchers(c.Subject)
	if !ok {
		return
	}
	if *w == nil {
		*w = make(watchers)
	}
	of := (*w)[prefix]
	if of == nil {
		of = new(watchersOfOne)
		(*w)[prefix] = of
	}
	of.all = append(of.all, c)
}

// page is what engine.Env.Watchers asks.
func (w *watchers) page(prefix, after string, most int) []*state.Customer {
	of := (*w)[prefix]
	if of == nil {
		return nil
	}
	if of.sorted < len(of.all) {
		slices.SortFunc(of.all, func(a, b *state.Customer) int { return strings.Compare(a.Subject, b.Subject) })
		of.sorted = len(of.all)
	}
	at, found := slices.BinarySearchFunc(of.all, after, func(c *state.Customer, after string) int { return strings.Compare(c.Subject, after) })
	if found {
		at++
	}
	var page []*state.Customer
	for ; at < len(of.all) && len(page) < most; at++ {
		if !of.all[at].Empty() { // else it is over
			page = append(page, of.all[at])
		}
	}
	return page
}
