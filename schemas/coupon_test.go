package schemas

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a command's code is announced with is an event of its own schema, and its
// offer reads back.
func TestCouponIsAnEventOfItsSchema(t *testing.T) {
	cmd := fullCommand(t)
	data := CouponOf(cmd).AppendJSON(nil)
	const want = `{"code":"CART-7K2M-Q9XD","customer":"ana",` +
		`"offer":{"kind":"percent","value":"10","currency":"EUR","free_shipping":true,"code":"CART-7K2M-Q9XD","expires_at":"2026-03-01T11:00:00Z","minimum":"30.00","excludes":["low_margin","books"]},` +
		`"expires_at":"2026-03-01T11:00:00Z","command_id":"00112233445566778899aabbccddeeff","trigger":"cart-abandonment","channel":"email"}`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	ev, err := FromData("c1", "shop", "coupon.issued", "ana", cmd.DueAt, data)
	if err != nil {
		t.Fatal(err)
	}
	if ev.Code != "CART-7K2M-Q9XD" || ev.Customer != "ana" || ev.ExpiresAt != cmd.Offer.ExpiresAt || ev.Trigger != "cart-abandonment" {
		t.Errorf("fields are lost: %+v", ev.Fields)
	}
	if diff := cmp.Diff(*cmd.Offer, ReadOffer(ev.Offer)); diff != "" {
		t.Errorf("offer (-want +got)\n%s", diff)
	}
	if err := validate(newContracts(t).of("coupon.issued.json"), AppendEvent(nil, ev)); err != nil {
		t.Error(err)
	}
}

func TestOnlyCommandsWithACodeAreAnnounced(t *testing.T) {
	cmd := fullCommand(t)
	cmd.Offer.Code = ""
	if CouponOf(cmd) != nil {
		t.Error("an offer without a code is announced")
	}
	if cmd.Offer = nil; CouponOf(cmd) != nil {
		t.Error("a command without an offer is announced")
	}
}

// A shop's own event may write the value as a number.
func TestOfferOfAShopIsReadAsFarAsItGoes(t *testing.T) {
	got := ReadOffer([]byte(`{"kind":"percent","value":10,"currency":"EUR","excludes":["books"]}`))
	if diff := cmp.Diff(Offer{Kind: "percent", Currency: "EUR", Excludes: []string{"books"}}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := ReadOffer(nil); !cmp.Equal(got, Offer{}) {
		t.Errorf("no offer reads as %+v", got)
	}
}
