package schemas

import "encoding/json"

// Coupon is what the data of a coupon.issued event says.
type Coupon struct {
	Customer  string
	Offer     *Offer // with its code and expiry; never nil
	CommandID CommandID
	Trigger   string
	Channel   string
}

// AppendJSON appends the data of the event: code and expiry stand beside the
// offer, too, where expressions find them typed.
func (c *Coupon) AppendJSON(b []byte) []byte {
	w := writer{b: b}
	w.open()
	w.text("code", c.Offer.Code)
	w.text("customer", c.Customer)
	c.Offer.append(&w)
	w.time("expires_at", c.Offer.ExpiresAt)
	w.text("command_id", string(c.CommandID))
	w.text("trigger", c.Trigger)
	w.text("channel", c.Channel)
	w.close()
	return w.b
}

// CouponOf is the code that a command carries, nil if it carries none.
func CouponOf(c *Command) *Coupon {
	if c.Offer == nil || c.Offer.Code == "" {
		return nil
	}
	return &Coupon{Customer: c.Customer, Offer: c.Offer, CommandID: c.CommandID, Trigger: c.Trigger, Channel: c.Channel}
}

// ReadOffer reads the offer of a coupon.issued event, which may be a shop's own:
// fields that are not as a command has them are left empty.
func ReadOffer(object []byte) Offer {
	var o offerJSON
	_ = json.Unmarshal(object, &o) // goes on behind a field of another type
	return Offer(o)
}
