package policy

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// consented tells whether the customer's answers allow the message. The purpose of
// an answer is the name of a class.
func (p *Policy) consented(core *state.Core, m Message) bool {
	mode := p.Consent[m.Channel]
	if mode == None || m.Class == schemas.Transactional && !p.Transactional {
		return true
	}
	answer := core.Answer(m.Channel, string(m.Class))
	if answer == nil {
		return mode == OptOut
	}
	return answer.Granted
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
		if a := core.Answer(m.Channel, string(m.Class)); a == nil || !a.Granted || a.At <= s.Unsubscribed {
			return true
		}
	}
	return false
}
