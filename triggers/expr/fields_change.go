package expr

import "github.com/beckon-io/beckon/schemas"

// changeFields are what a change of a product has besides its schema's fields
// where it comes to those who watch the product: which product it is, and what
// was known of it before. The engine writes the latter into the data, so they
// are read from there: a shop's own fields of these names are its own business
// until then, and no reason to refuse its event. With open, some other type of
// event that the expression may see is not in the schema.
func changeFields(open bool) []*field {
	sku := text("sku", func(v *eventView) string {
		if v.event.Kind == schemas.ProductUpdated {
			return v.event.Subject
		}
		return v.event.SKU
	})
	if open {
		sku = typedOrRaw(sku, schemas.String)
	}
	price := money("previous_price", rawAmount("previous_price"))
	price.set = wasGiven("previous_price")
	before := rawAmount("previous_stock")
	stock := count("previous_stock", func(v *eventView) int64 {
		n, _ := before(v).Int()
		return n
	})
	stock.set = wasGiven("previous_stock")
	return []*field{sku, price, stock}
}

// rawAmount reads a number of the raw object, 0 where there is none.
func rawAmount(name string) func(*eventView) schemas.Amount {
	return func(v *eventView) (a schemas.Amount) {
		if v.hasRaw(name) {
			a, _, _ = figureOf(v.rawField(name))
		}
		return a
	}
}

func wasGiven(name string) func(any) bool {
	return func(v any) bool { return v.(*eventView).hasRaw(name) }
}
