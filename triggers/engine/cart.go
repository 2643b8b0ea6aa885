package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// filled takes a cart as it is after the event; one without items is none. An
// event older than the cart changes nothing.
func (t *turn) filled(ev *schemas.Event) {
	if ev.Time < t.c.Cart().UpdatedAt {
		return
	}
	if len(ev.Items) == 0 {
		*t.c.EditCart() = state.Cart{UpdatedAt: ev.Time}
		return
	}
	*t.c.EditCart() = state.Cart{
		ID: ev.CartID, Currency: ev.Currency, Total: ev.Total, Items: ev.Items, UpdatedAt: ev.Time,
	}
}

// viewed puts a look at a product where its time belongs and counts it.
func (t *turn) viewed(ev *schemas.Event) {
	t.c.AddView(state.View{SKU: ev.SKU, Category: ev.Category, Price: ev.Price, At: ev.Time})
}
