package policy

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Message is what the policy needs to know of a message before it goes out.
type Message struct {
	At       schemas.Time // due_at
	Channel  string
	Class    schemas.Class
	Tags     []string
	Priority int
}

// Allowed is the first reason that speaks against a message, in the contract's
// order: consent, address, suppression, caps. Zero: nothing does.
func (p *Policy) Allowed(core *state.Core, sends *state.Sends, m Message) schemas.Reason {
	switch {
	case !p.consented(core, m):
		return schemas.NoConsent
	case p.RequireAddress[m.Channel] && Address(&core.Profile, m.Channel) == "":
		return schemas.NoAddress
	case p.suppressed(core, m):
		return schemas.Suppressed
	}
	return p.capped(sends, m)
}

// maxAddress is more than any mail or phone system takes. A longer one would have
// messages not fit their topic, and what a wait leads to must.
const maxAddress = 1 << 10

// Address is where a channel reaches the customer, empty if it is not known, or is
// none by its length. Push and in-app addresses are the delivery service's own knowledge.
func Address(profile *state.Profile, channel string) (address string) {
	switch channel {
	case "email":
		address = profile.Email
	case "sms", "whatsapp", "viber", "voice":
		address = profile.Phone
	}
	if len(address) > maxAddress {
		return ""
	}
	return address
}

// Locale is the customer's language, empty if it is not known, or is none by its
// length.
func Locale(profile *state.Profile) string {
	if len(profile.Locale) > maxAddress {
		return ""
	}
	return profile.Locale
}
