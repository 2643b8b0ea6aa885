package engine

import (
	"encoding/json"
	"strconv"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
)

// profiled takes over what the event says of the customer: an empty field, or null,
// says that there is none any more.
func (t *turn) profiled(ev *schemas.Event) {
	words := make(state.Words)
	for _, name := range emptied(ev) {
		words[name] = state.Word{At: ev.Time}
	}
	texts := [...]string{ev.Email, ev.Phone, ev.Timezone, ev.Country, ev.Locale, ev.Birthday, ev.ReferredBy}
	for i, text := range texts {
		if text != "" {
			words[state.ProfileFields[i]] = state.Word{Text: text, At: ev.Time}
		}
	}
	state.AttributeWords(ev.Attributes, ev.Time, words)
	t.learnProfile(words)
}

// emptied are the profile's texts that an event names without a value.
func emptied(ev *schemas.Event) (names []string) {
	var said map[string]json.RawMessage
	if json.Unmarshal(ev.Raw, &said) != nil {
		return nil // not reached: the event was read as JSON
	}
	for _, name := range state.ProfileFields {
		if v := string(said[name]); v == "null" || v == `""` {
			names = append(names, name)
		}
	}
	return names
}

// learnProfile joins what is said of the customer with what is known, field by field.
func (t *turn) learnProfile(said state.Words) {
	core := t.c.EditCore()
	known := core.Profile
	words := core.ProfileWords()
	words.Learn(said)
	core.SetProfile(words)
	for i := range core.Suppress {
		s := &core.Suppress[i]
		if now := policy.Address(&core.Profile, s.Channel); now != "" && now != policy.Address(&known, s.Channel) {
			s.Bounced = 0 // another address has not bounced yet
		}
	}
	t.zone = nil
}

// consented keeps the newest answer for each channel and purpose.
func (t *turn) consented(ev *schemas.Event) {
	t.c.EditCore().SetConsent(state.Consent{
		Channel: ev.Channel, Purpose: ev.Purpose, Granted: ev.Granted, At: ev.Time,
	})
}

// loyal takes over points and tier.
func (t *turn) loyal(ev *schemas.Event) {
	said := make(state.Words)
	if ev.Present.Has(pointsField) {
		said[state.PointsField] = state.Word{Text: strconv.FormatInt(ev.Points, 10), At: ev.Time}
	}
	if ev.Tier != "" {
		said[state.TierField] = state.Word{Text: ev.Tier, At: ev.Time}
	}
	if ev.ExpiresAt != 0 {
		said[state.ExpiresField] = state.Word{Text: strconv.FormatInt(int64(ev.ExpiresAt), 10), At: ev.Time}
	}
	core := t.c.EditCore()
	words := core.LoyaltyWords()
	words.Learn(said)
	if word, ok := said[state.PointsField]; ok && words[state.PointsField] == word {
		t.note("customer.points", wholeAmount(core.Points), wholeAmount(ev.Points))
	}
	if word, ok := said[state.TierField]; ok && words[state.TierField] == word {
		t.noteText("customer.tier", core.Tier)
	}
	core.SetLoyalty(words)
}

// mergeLoyalty adds what was kept under an anonymous id.
func mergeLoyalty(core, from *state.Core) {
	words := core.LoyaltyWords()
	words.Learn(from.LoyaltyWords())
	core.SetLoyalty(words)
}

// wholeAmount is a count as an amount.
func wholeAmount(n int64) schemas.Amount {
	a, _ := schemas.NewAmount(n, 0) // scale 0 always fits
	return a
}
