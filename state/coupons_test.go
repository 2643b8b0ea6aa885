package state

import (
	"fmt"
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

func codes(s *Sends) (all []string) {
	for _, c := range s.Coupons {
		all = append(all, c.Code)
	}
	return all
}

func TestCouponsStandByTimeTheNewestFirst(t *testing.T) {
	var s Sends
	for _, c := range []Coupon{{Code: "B", IssuedAt: 20}, {Code: "C", IssuedAt: 30}, {Code: "A", IssuedAt: 10}, {Code: "D", IssuedAt: 30}} {
		s.AddCoupon(c)
	}
	if got := fmt.Sprint(codes(&s)); got != "[D C B A]" {
		t.Errorf("codes are %s", got)
	}
}

// A repeat must not undo that the code was used.
func TestKnownCouponStaysAsItIs(t *testing.T) {
	var s Sends
	s.AddCoupon(Coupon{Code: "CART-1", IssuedAt: 10, UsedAt: 20})
	s.AddCoupon(Coupon{Code: "cart-1", IssuedAt: 30})
	if len(s.Coupons) != 1 || s.Coupon("Cart-1").UsedAt != 20 {
		t.Errorf("coupons are %+v", s.Coupons)
	}
	if s.Coupon("CART-2") != nil {
		t.Error("an unknown code is found")
	}
}

func TestSpentCouponsMakeRoomFirst(t *testing.T) {
	var s Sends
	for i := range MaxCoupons {
		c := Coupon{Code: fmt.Sprint(i), IssuedAt: schemas.Time(100 + i)}
		switch i {
		case 3:
			c.UsedAt = 150
		case 5:
			c.ExpiresAt = 1000 // when the new one comes: just expired
		case 6:
			c.ExpiresAt = 1001
		}
		s.AddCoupon(c)
	}
	for n, gone := range []string{"3", "5", "0", "1"} {
		s.AddCoupon(Coupon{Code: "new" + gone, IssuedAt: schemas.Time(1000)})
		if len(s.Coupons) != MaxCoupons || s.Coupon(gone) != nil {
			t.Errorf("after %d more, %s is still there: %v", n+1, gone, codes(&s))
		}
	}
	if s.AddCoupon(Coupon{Code: "late", IssuedAt: 90}); s.Coupon("late") != nil {
		t.Error("a code older than all that fit has pushed out a newer one")
	}
}

func TestOpenMessagesAreBoundedAndSettled(t *testing.T) {
	var s Sends
	for i := range MaxOpen + 2 {
		s.AddOpen(Revocable{CommandID: schemas.CommandID(fmt.Sprint(i)), ExpiresAt: 100}, 0)
	}
	if len(s.Open) != MaxOpen || s.Open[0].CommandID != "2" {
		t.Errorf("%d open, the first is %s", len(s.Open), s.Open[0].CommandID)
	}
	if !s.Settled("5") || s.Settled("5") || s.Settled("0") || len(s.Open) != MaxOpen-1 {
		t.Error("a message is settled once, and only one that is open")
	}
	if s.AddOpen(Revocable{CommandID: "new", ExpiresAt: 200}, 100); len(s.Open) != 1 {
		t.Errorf("%d open, though all but one have expired", len(s.Open))
	}
}

func TestOpenMessagesOfTwoIDsKeepThoseThatExpireLast(t *testing.T) {
	var s Sends
	var others []Revocable
	for i := range MaxOpen {
		s.AddOpen(Revocable{CommandID: "new", ExpiresAt: schemas.Time(100 + i)}, 0)
		others = append(others, Revocable{CommandID: "old", ExpiresAt: schemas.Time(50 + i)})
	}
	others = append(others, Revocable{CommandID: "newest", ExpiresAt: 500})
	s.MergeOpen(others)
	if n := len(s.Open); n != MaxOpen || s.Open[0].ExpiresAt != 101 || s.Open[n-1].CommandID != "newest" {
		t.Errorf("%d open, from %+v to %+v", n, s.Open[0], s.Open[n-1])
	}
}
