package engine

import (
	"cmp"
	"encoding/json"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
)

// profiled takes over what the event says of the customer: an empty field, or null,
// says that there is none any more.
func (t *turn) profiled(ev *schemas.Event) {
	if ev.Time >= t.c.Core().Profile.At {
		t.clearProfile(ev)
	}
	t.learnProfile(&state.Profile{
		Email: ev.Email, Phone: ev.Phone, Timezone: ev.Timezone, Country: ev.Country, Locale: ev.Locale,
		Birthday: ev.Birthday, ReferredBy: ev.ReferredBy, Attributes: ev.Attributes, At: ev.Time,
	})
}

// clearProfile empties the fields that an event names without a value.
func (t *turn) clearProfile(ev *schemas.Event) {
	var said map[string]json.RawMessage
	if json.Unmarshal(ev.Raw, &said) != nil {
		return // not reached: the event was read as JSON
	}
	for i, name := range state.ProfileFields {
		if v := string(said[name]); v == "null" || v == `""` {
			t.c.EditCore().Profile.TakeAway(i)
		}
	}
}

// learnProfile joins what is said of the customer with what is known: the newer
// replaces fields, the older fills only what is still empty.
func (t *turn) learnProfile(said *state.Profile) {
	core := t.c.EditCore()
	p := &core.Profile
	known := *p
	attributes := mergeAttributes(p.Attributes, said.Attributes, said.At >= p.At)
	p.Update(*said)
	p.Attributes = attributes
	for i := range core.Suppress {
		s := &core.Suppress[i]
		if now := policy.Address(p, s.Channel); now != "" && now != policy.Address(&known, s.Channel) {
			s.Bounced = 0 // another address has not bounced yet
		}
	}
	t.zone = nil
}

// mergeAttributes puts two JSON objects together, key by key; a null of a newer
// event takes the key out. The result has sorted keys.
func mergeAttributes(old, add []byte, newer bool) []byte {
	if len(add) == 0 {
		return old
	}
	var have, got map[string]json.RawMessage
	if json.Unmarshal(add, &got) != nil {
		return old
	}
	if len(old) == 0 || json.Unmarshal(old, &have) != nil || have == nil {
		have = make(map[string]json.RawMessage, len(got))
	}
	for k, v := range got {
		_, known := have[k]
		switch {
		case known && !newer:
		case string(v) == "null":
			delete(have, k)
		default:
			have[k] = v
		}
	}
	if len(have) == 0 {
		return nil
	}
	merged, err := json.Marshal(have)
	if err != nil {
		return old // not reached: the parts were read as JSON
	}
	return merged
}

// consented keeps the newest answer for each channel and purpose.
func (t *turn) consented(ev *schemas.Event) {
	t.c.EditCore().SetConsent(state.Consent{
		Channel: ev.Channel, Purpose: ev.Purpose, Granted: ev.Granted, At: ev.Time,
	})
}

// loyal takes over points and tier from the newest event. An older one fills what no
// event has named; points of 0 may have been.
func (t *turn) loyal(ev *schemas.Event) {
	core := t.c.EditCore()
	newer := ev.Time >= core.LoyaltyAt
	if newer {
		core.LoyaltyAt = ev.Time
	}
	if newer && ev.Present.Has(pointsField) {
		from, to := wholeAmount(core.Points), wholeAmount(ev.Points)
		core.Points = ev.Points
		t.note("customer.points", from, to)
	}
	if ev.Tier != "" && (newer || core.Tier == "") {
		t.noteText("customer.tier", core.Tier)
		core.Tier = ev.Tier
	}
	if ev.ExpiresAt != 0 && (newer || core.PointsExp == 0) {
		core.PointsExp = ev.ExpiresAt
	}
}

// mergeLoyalty adds what was kept under an anonymous id: the newer of both counts, and what
// it has none of is the older one's.
func mergeLoyalty(core, from *state.Core) {
	newer, older := core, from
	if from.LoyaltyAt > core.LoyaltyAt {
		newer, older = from, core
	}
	core.LoyaltyAt, core.Points = newer.LoyaltyAt, cmp.Or(newer.Points, older.Points)
	core.Tier, core.PointsExp = cmp.Or(newer.Tier, older.Tier), cmp.Or(newer.PointsExp, older.PointsExp)
}

// wholeAmount is a count as an amount.
func wholeAmount(n int64) schemas.Amount {
	a, _ := schemas.NewAmount(n, 0) // scale 0 always fits
	return a
}
