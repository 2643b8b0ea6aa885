package schemas

import "testing"

const benchView = `{"specversion":"1.0","id":"00000007-000000001234","source":"/shop/main","type":"product.viewed","subject":"c-000123","time":"2026-03-01T10:00:00.125Z","datacontenttype":"application/json","data":{"sku":"SKU-00123","category":"shoes","price":"59.90","currency":"EUR"}}`

const benchCart = `{"specversion":"1.0","id":"00000007-000000001235","source":"/shop/main","type":"cart.updated","subject":"c-000123","time":"2026-03-01T10:00:00.125Z","datacontenttype":"application/json","data":{"cart_id":"k-17","currency":"EUR","total":"179.70","items":[{"sku":"SKU-00123","quantity":2,"price":"59.90","category":"shoes"},{"sku":"SKU-00777","quantity":1,"price":"59.90","category":"toys"}]}}`

func BenchmarkDecode(b *testing.B) {
	for _, bench := range []struct{ name, line string }{{"view", benchView}, {"cart", benchCart}} {
		value := []byte(bench.line)
		b.Run(bench.name, func(b *testing.B) {
			var d Decoder
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decode(value, nil, DecodeOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bench.name+"/into", func(b *testing.B) {
			var d Decoder
			var ev Event
			b.ReportAllocs()
			for b.Loop() {
				if err := d.DecodeInto(&ev, value, nil, DecodeOptions{Shared: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
