package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Sections are what an event of a kind mostly reads or changes of its customer beside
// the core record. Who fetches them beforehand saves time; nothing else hangs on it.
// What only some events of a kind need, as their gists tell, is left out: fetching it
// for all costs more. The result is not to be changed.
func Sections(k schemas.Kind) []state.Section {
	switch {
	case k == schemas.OrderPlaced:
		return ofOrders
	case k.IsShipment(), k == schemas.OrderCancelled, k == schemas.OrderRefunded:
		return ofShipments
	}
	return nil
}

// DueSections is Sections for a wait that ends.
func DueSections() []state.Section { return ofWaits }

var (
	ofOrders    = []state.Section{state.OrdersSection, state.UntilsSection, state.SendsSection}
	ofShipments = []state.Section{state.OrdersSection}
	ofWaits     = []state.Section{state.OrdersSection}
)
