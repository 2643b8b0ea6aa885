package engine

import "github.com/beckon-io/beckon/schemas"

// Fields whose absence differs from their zero value.
var (
	pointsField    = fieldOf(schemas.LoyaltyChanged, "points")
	totalField     = fieldOf(schemas.OrderRefunded, "total")
	priceField     = fieldOf(schemas.ProductUpdated, "price")
	stockField     = fieldOf(schemas.ProductUpdated, "stock")
	replenishField = fieldOf(schemas.ProductUpdated, "replenish_days")
	lowMarginField = fieldOf(schemas.ProductUpdated, "low_margin")
)

func fieldOf(k schemas.Kind, name string) schemas.FieldID {
	for _, f := range schemas.FieldsOf(k) {
		if f.Name == name {
			return f.ID
		}
	}
	panic("the schema of " + k.String() + " has no field " + name)
}
