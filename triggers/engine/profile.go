package engine

import (
	"encoding/json"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
)

// profiled takes over what the event says of the customer: an empty field, or null,
// says that there is none any more.
func (t *turn) profiled(ev *schemas.Event) {
	said := state.Core{Profile: state.Profile{
		Email: ev.Email, Phone: ev.Phone, Timezone: ev.Timezone, Country: ev.Country, Locale: ev.Locale,
		Birthday: ev.Birthday, ReferredBy: ev.ReferredBy, Attributes: ev.Attributes, At: ev.Time,
	}}
	words := said.ProfileWords()
	takeAway(words, ev, state.ProfileFields[:])
	t.learnProfile(words)
}

// takeAway adds those of some fields that the event names without a value.
func takeAway(words state.Words, ev *schemas.Event, fields []string) {
	var said map[string]json.RawMessage
	if json.Unmarshal(ev.Raw, &said) != nil {
		return // not reached: the event was read as JSON
	}
	for _, name := range fields {
		if v := string(said[name]); v == "null" || v == `""` {
			words[name] = state.Word{At: ev.Time}
		}
	}
}

// learnProfile joins what is said of the customer with what is known, field by field.
func (t *turn) learnProfile(said state.Words) {
	core := t.c.EditCore()
	known := core.Profile
	core.LearnProfile(said)
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

// loyal takes over points, tier and expiry: null, or an empty text, says that there is
// none any more.
func (t *turn) loyal(ev *schemas.Event) {
	said := state.Core{Points: ev.Points, Tier: ev.Tier, PointsExp: ev.ExpiresAt, LoyaltyAt: ev.Time}
	if ev.Present.Has(pointsField) { // 0 too
		said.Told = []state.Told{{Field: state.PointsField, At: ev.Time}}
	}
	words := said.LoyaltyWords()
	takeAway(words, ev, state.LoyaltyFields)
	core := t.c.EditCore()
	points, tier := core.Points, core.Tier
	known := core.LearnLoyalty(words)
	if word, ok := words[state.PointsField]; ok && known[state.PointsField] == word {
		t.note("customer.points", wholeAmount(points), wholeAmount(ev.Points))
	}
	if word, ok := words[state.TierField]; ok && known[state.TierField] == word {
		t.noteText("customer.tier", tier)
	}
}

// wholeAmount is a count as an amount.
func wholeAmount(n int64) schemas.Amount {
	a, _ := schemas.NewAmount(n, 0) // scale 0 always fits
	return a
}
