package schemas

// The event types by which customers ask to be told of a product, and take that
// back: data.sku says which. They have no Kind; what else their data holds is the
// shop's business.
const (
	ProductWatched   = "product.watched"
	ProductUnwatched = "product.unwatched"
)

// Types lists the event types that mean something to beckon: those of the
// schema, then those beyond it. All others are legal too.
func Types() []string {
	all := make([]string, 0, numKinds+1)
	for _, k := range Kinds() {
		all = append(all, k.String())
	}
	return append(all, ProductWatched, ProductUnwatched)
}
