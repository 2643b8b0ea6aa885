package state

import (
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

// typical is a customer as the bench has them: known, with a cart of three
// items, a few views and a waiting run.
func typical() *Customer {
	c := New("customer-000123")
	core := c.EditCore()
	core.Profile = Profile{Email: "ana.popescu@example.org", Timezone: "Europe/Bucharest", Country: "RO", Locale: "ro-RO", At: 1 << 50}
	core.Consent = []Consent{{Channel: "email", Purpose: "marketing", Granted: true, At: 1 << 50}}
	core.CreatedAt, core.LastSeenAt = 1<<50, 1<<50+1
	for i := range 20 {
		core.EventIDs.Add(uint64(i) * 0x9e3779b97f4a7c15)
	}
	price, _ := schemas.ParseAmount("59.90")
	one, _ := schemas.ParseAmount("1")
	items := []schemas.Item{
		{SKU: "sku-00017", Quantity: one, Price: price, Category: "shoes"},
		{SKU: "sku-00231", Quantity: one, Price: price, Category: "shirts"},
		{SKU: "sku-00954", Quantity: one, Price: price, Category: "coffee"},
	}
	*c.EditCart() = Cart{ID: "cart-0001", Currency: "EUR", Total: price, Items: items, UpdatedAt: 1 << 50}
	for range 5 {
		c.EditViews().Add(View{SKU: "sku-00017", Category: "shoes", Price: price, At: 1 << 50})
	}
	*c.EditOrders() = Orders{Count: 3, Revenue: price, FirstAt: 1 << 49, LastAt: 1 << 50}
	c.EditRuns().Active = []Run{{
		Trigger: "cart-abandonment", Version: "3f9c2a41", Key: "cart-0001", ID: "0123456789abcdef",
		Start: StartEvent{ID: "event-000000001", Source: "/shop", Type: "cart.updated", Time: 1 << 50},
		Due:   1<<50 + 3600e6, Op: 1, At: 1 << 50,
	}}
	return c
}

func stored(b *testing.B) (disk, *Customer) {
	d, c := disk{}, typical()
	d.commit(b, c)
	b.ReportMetric(float64(len(d[CoreSection])), "B/record")
	b.ReportMetric(float64(len(d)), "records") // views are one of their own
	return d, c
}

// BenchmarkDecode reads the record and what a cart event needs.
func BenchmarkDecode(b *testing.B) {
	d, _ := stored(b)
	record := d[CoreSection]
	c := new(Customer)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Reload("customer-000123", record, d); err != nil {
			b.Fatal(err)
		}
		c.Core()
		c.Cart()
		c.Runs()
		if c.Err() != nil {
			b.Fatal(c.Err())
		}
	}
}

// BenchmarkEncode writes the record after a cart event.
func BenchmarkEncode(b *testing.B) {
	_, c := stored(b)
	var e Encoder
	var changes []Change
	b.ReportAllocs()
	for b.Loop() {
		c.EditCore().LastSeenAt++
		c.EditCart().UpdatedAt++
		c.EditRuns().Active[0].Due++
		changes = c.Changes(&e, changes[:0])
	}
}
