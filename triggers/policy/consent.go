package policy

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// consented tells whether the customer's answers allow the message.
//
// An answer counts if its channel and its purpose are the message's or empty,
// which means all; a purpose is the name of a class. The newest one decides,
// and of two of the same moment the refusal.
func (p *Policy) consented(core *state.Core, m Message) bool {
	mode := p.Consent[m.Channel]
	if mode == None || m.Class == schemas.Transactional && !p.Transactional {
		return true
	}
	answer := answerFor(core.Consent, m.Channel, string(m.Class))
	if answer == nil {
		return mode == OptOut
	}
	return answer.Granted
}

func answerFor(answers []state.Consent, channel, purpose string) *state.Consent {
	var newest *state.Consent
	for i := range answers {
		a := &answers[i]
		if a.Channel != channel && a.Channel != "" || a.Purpose != purpose && a.Purpose != "" {
			continue
		}
		if newest == nil || a.At > newest.At || a.At == newest.At && !a.Granted {
			newest = a
		}
	}
	return newest
}

// suppressed tells whether bounces, complaints or an unsubscription speak
// against the channel. An unsubscription holds for marketing, also where the
// policy asks for no consent, until a newer consent lifts it; one of no known channel
// holds on all.
func (p *Policy) suppressed(core *state.Core, m Message) bool {
	for i := range core.Suppress {
		s := &core.Suppress[i]
		if s.Channel != m.Channel && s.Channel != "" {
			continue
		}
		if p.Bounced > 0 && s.Bounced >= p.Bounced || p.Complained > 0 && s.Complained >= p.Complained {
			return true
		}
		if s.Unsubscribed == 0 || m.Class == schemas.Transactional {
			continue
		}
		if a := answerFor(core.Consent, m.Channel, string(m.Class)); a == nil || !a.Granted || a.At < s.Unsubscribed {
			return true
		}
	}
	return false
}
