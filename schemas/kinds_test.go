package schemas

import (
	"fmt"
	"strings"
	"testing"
)

// The contract's table of events, beside each type the names of its data, and
// the event that announces a code.
const contractEvents = `
product.viewed: sku, category, price, currency, session_id
cart.updated: cart_id, currency, total, items
checkout.started: cart_id, currency, total, items
order.placed: order_id, cart_id, currency, total, items, promised_at, codes
order.cancelled: order_id, total
order.refunded: order_id, total
shipment.dispatched: shipment_id, order_id, carrier, tracking_code, tracking_url, promised_at
shipment.scanned: shipment_id, order_id, carrier, tracking_code, tracking_url, promised_at
shipment.delayed: shipment_id, order_id, carrier, tracking_code, tracking_url, promised_at
shipment.delivered: shipment_id, order_id, carrier, tracking_code, tracking_url, promised_at
shipment.failed: shipment_id, order_id, carrier, tracking_code, tracking_url, promised_at
customer.registered: email, phone, timezone, country, locale, birthday, referred_by, attributes
customer.updated: email, phone, timezone, country, locale, birthday, referred_by, attributes
customer.consented: channel, purpose, granted
customer.identified: anonymous_id
customer.erased: 
loyalty.changed: points, tier, expires_at
feedback.submitted: kind, score, order_id, sku
message.sent: command_id, channel
message.delivered: command_id, channel
message.opened: command_id, channel
message.clicked: command_id, channel
message.bounced: command_id, channel
message.failed: command_id, channel
message.complained: command_id, channel
message.unsubscribed: command_id, channel
product.updated: price, currency, stock, category, replenish_days, low_margin
coupon.issued: code, customer, offer, expires_at, command_id, trigger, channel
`

func TestKindsAreTheContracts(t *testing.T) {
	var got strings.Builder
	got.WriteString("\n")
	for _, k := range Kinds() {
		var names []string
		for _, f := range FieldsOf(k) {
			names = append(names, f.Name)
		}
		fmt.Fprintf(&got, "%s: %s\n", k, strings.Join(names, ", "))
		if KindOf(k.String()) != k {
			t.Errorf("%s reads as %d", k, KindOf(k.String()))
		}
	}
	if got.String() != contractEvents {
		t.Errorf("got\n%s\nwant\n%s", got.String(), contractEvents)
	}
	if k := KindOf("parcel.lost"); k != KindUnknown || FieldsOf(k) != nil && len(FieldsOf(k)) > 0 || k.String() != "" {
		t.Errorf("an unknown type is %q with %v", k, FieldsOf(k))
	}
}

// Each field has its name, a place of its type in Fields and a value.
func TestFieldTableIsWhole(t *testing.T) {
	for id := range numFields {
		f := fields[id]
		if f.ID != id || fieldByName([]byte(f.Name)) != id {
			t.Errorf("field %d %q: the table says %d, the name %d", id, f.Name, f.ID, fieldByName([]byte(f.Name)))
		}
		if id == fQuantity {
			continue // of items only
		}
		var data Fields
		data.Present = data.Present.With(id)
		places := map[FieldType]bool{
			String: data.text(id) != nil, AmountType: data.amount(id) != nil, Number: data.amount(id) != nil,
			Int: data.int(id) != nil, Bool: data.flag(id) != nil, Timestamp: data.time(id) != nil,
			ItemList: id == fItems, StringList: id == fCodes, Object: data.object(id) != nil,
		}
		if !places[f.Type] {
			t.Errorf("%s has no place of its type", f.Name)
		}
		if data.Value(id) == nil {
			t.Errorf("%s is present but has no value", f.Name)
		}
		data.Present = 0
		if v := data.Value(id); v != nil {
			t.Errorf("%s is absent but has the value %v", f.Name, v)
		}
	}
	if len(ItemFields()) != 4 || (&Item{}).Value(fTotal) != nil {
		t.Error("an item has sku, quantity, price and category")
	}
	it := Item{SKU: "s", Quantity: amount(t, "2"), Price: amount(t, "1.50"), Category: "c"}
	for _, f := range ItemFields() {
		if want := map[string]string{"sku": "s", "quantity": "2", "price": "1.50", "category": "c"}[f.Name]; show(it.Value(f.ID)) != want {
			t.Errorf("%s of the item = %v, want %s", f.Name, it.Value(f.ID), want)
		}
	}
	if got := string(it.AppendJSON(nil)); got != `{"sku":"s","quantity":2,"price":"1.50","category":"c"}` {
		t.Errorf("item as JSON: %s", got)
	}
}

// The typed methods answer with zero for fields of another type.
func TestTypedAccess(t *testing.T) {
	f := Fields{SKU: "s", Total: amount(t, "1.50"), Points: 7, Granted: true, PromisedAt: 9}
	if f.Text(fSKU) != "s" || f.Amount(fTotal) != f.Total || f.Int(fPoints) != 7 || !f.Flag(fGranted) || f.Time(fPromisedAt) != 9 {
		t.Errorf("values of %+v are lost", f)
	}
	if f.Text(fTotal) != "" || f.Amount(fSKU) != (Amount{}) || f.Int(fSKU) != 0 || f.Flag(fSKU) || f.Time(fSKU) != 0 {
		t.Errorf("values of %+v under other types", f)
	}
}
