package state

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

// Told is when a field was told of last, where the time of its group does not say it:
// Profile.At for the profile's, LoyaltyAt for points, tier and expiry. Events name some
// fields and leave others alone, and an older one that is read late is still the newest
// word on what no other has named.
type Told struct {
	Field string // as in events; of an attribute, behind "attributes."
	At    schemas.Time
}

// MaxTold bounds the list: with more than so many attributes the ones told of longest ago
// count as told of with the newest.
const MaxTold = 256

const attributePrefix = "attributes."

// Word is the last that was said of a field. Text is empty where there is none any more;
// of an attribute it is JSON, of points and expiry a number.
type Word struct {
	Text string
	At   schemas.Time
}

// Words are the last words on some fields, by their names in events.
type Words map[string]Word

// Learn takes over what is newer, or of the same time and read later, and what was
// not known.
func (w Words) Learn(said Words) {
	for field, word := range said {
		if known, ok := w[field]; !ok || word.At >= known.At {
			w[field] = word
		}
	}
}

// newest is the time of the newest word, but not before at.
func (w Words) newest(at schemas.Time) schemas.Time {
	for _, word := range w {
		at = max(at, word.At)
	}
	return at
}

// told is when a field was told of, group the time that holds where nothing else is said.
func (c *Core) told(field string, group schemas.Time) schemas.Time {
	for i := range c.Told {
		if c.Told[i].Field == field {
			return c.Told[i].At
		}
	}
	return group
}

// toldSize is at least what the times take.
func (c *Core) toldSize() int {
	n := 0
	for i := range c.Told {
		n += len(c.Told[i].Field) + 16
	}
	return n
}

// ProfileWords are what is known of the profile.
func (c *Core) ProfileWords() Words {
	p := &c.Profile
	words := make(Words)
	for i, text := range p.texts() {
		if *text != "" || p.TakenAway&(1<<i) != 0 {
			words[ProfileFields[i]] = Word{*text, c.told(ProfileFields[i], p.At)}
		}
	}
	for name, value := range jsonObject(p.Attributes) {
		words[attributePrefix+name] = Word{string(value), c.told(attributePrefix+name, p.At)}
	}
	for _, t := range c.Told { // attributes that were taken away
		if _, has := words[t.Field]; !has && strings.HasPrefix(t.Field, attributePrefix) {
			words[t.Field] = Word{"", t.At}
		}
	}
	return words
}

// SetProfile makes words the profile.
func (c *Core) SetProfile(words Words) {
	p := &c.Profile
	p.At = words.newest(p.At)
	attributes := make(map[string]json.RawMessage)
	implied := make(map[string]bool)
	for i, text := range p.texts() {
		word, ok := words[ProfileFields[i]]
		if !ok {
			continue
		}
		*text = word.Text
		p.TakenAway &^= 1 << i
		if word.Text == "" {
			p.TakenAway |= 1 << i
		}
		implied[ProfileFields[i]] = true
	}
	for field, word := range words {
		if name, ok := strings.CutPrefix(field, attributePrefix); ok && word.Text != "" {
			attributes[name] = json.RawMessage(word.Text)
			implied[field] = true
		}
	}
	p.Attributes = nil
	if len(attributes) > 0 {
		if all, err := json.Marshal(attributes); err == nil { // always: the parts were read as JSON
			p.Attributes = all
		}
	}
	c.keepTold(words, p.At, implied, func(field string) bool { return !isLoyalty(field) })
}

// AttributeWords are what an event says of attributes, by JSON: null takes one away.
func AttributeWords(object []byte, at schemas.Time, into Words) {
	for name, value := range jsonObject(object) {
		text := string(value)
		if text == "null" {
			text = ""
		}
		into[attributePrefix+name] = Word{text, at}
	}
}

func jsonObject(object []byte) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if len(object) == 0 || json.Unmarshal(object, &all) != nil {
		return nil
	}
	return all
}

// Names of the fields of loyalty.changed.
const (
	PointsField  = "points"
	TierField    = "tier"
	ExpiresField = "expires_at"
)

func isLoyalty(field string) bool {
	return field == PointsField || field == TierField || field == ExpiresField
}

// LoyaltyWords are what is known of points and tier.
func (c *Core) LoyaltyWords() Words {
	words := make(Words)
	set := func(field, text string, known bool) {
		at := c.told(field, 0)
		if known {
			at = c.told(field, c.LoyaltyAt)
		}
		if known || at != 0 {
			words[field] = Word{text, at}
		}
	}
	set(PointsField, strconv.FormatInt(c.Points, 10), c.Points != 0)
	set(TierField, c.Tier, c.Tier != "")
	set(ExpiresField, strconv.FormatInt(int64(c.PointsExp), 10), c.PointsExp != 0)
	return words
}

// SetLoyalty makes words what is known.
func (c *Core) SetLoyalty(words Words) {
	c.LoyaltyAt = words.newest(c.LoyaltyAt)
	number := func(field string) int64 {
		n, _ := strconv.ParseInt(words[field].Text, 10, 64) // 0 where nothing was said
		return n
	}
	c.Points, c.Tier, c.PointsExp = number(PointsField), words[TierField].Text, schemas.Time(number(ExpiresField))
	implied := map[string]bool{PointsField: c.Points != 0, TierField: c.Tier != "", ExpiresField: c.PointsExp != 0}
	c.keepTold(words, c.LoyaltyAt, implied, isLoyalty)
}

// keepTold notes the times of a group's words, but those that the group's own time implies.
func (c *Core) keepTold(words Words, group schemas.Time, implied map[string]bool, ofGroup func(field string) bool) {
	c.Told = slices.DeleteFunc(slices.Clone(c.Told), func(t Told) bool { return ofGroup(t.Field) })
	for field, word := range words {
		if word.At != group || !implied[field] {
			c.Told = append(c.Told, Told{field, word.At})
		}
	}
	if over := len(c.Told) - MaxTold; over > 0 {
		slices.SortFunc(c.Told, func(a, b Told) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Field, b.Field)) })
		c.Told = c.Told[over:]
	}
	slices.SortFunc(c.Told, func(a, b Told) int { return strings.Compare(a.Field, b.Field) })
}
