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

// learn takes over what is newer, or of the same time and read later, and what was
// not known.
func (w Words) learn(said Words) {
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

// times are those of the list, by field.
func (c *Core) times() map[string]schemas.Time {
	all := make(map[string]schemas.Time, len(c.Told))
	for _, t := range c.Told {
		all[t.Field] = t.At
	}
	return all
}

// toldSize is at least what the times take.
func (c *Core) toldSize() int {
	n := 0
	for i := range c.Told {
		n += len(c.Told[i].Field) + 16
	}
	return n
}

// ProfileWords are what is known of the profile. A null among the attributes says that
// there is none.
func (c *Core) ProfileWords() Words {
	p, times, words := &c.Profile, c.times(), make(Words)
	set := func(field, text string) {
		at, ok := times[field]
		if !ok {
			at = p.At
		}
		words[field] = Word{text, at}
	}
	for i, text := range p.texts() {
		if *text != "" || p.TakenAway&(1<<i) != 0 {
			set(ProfileFields[i], *text)
		}
	}
	for name, value := range jsonObject(p.Attributes) {
		text := string(value)
		if text == "null" {
			text = ""
		}
		set(attributePrefix+name, text)
	}
	for field, at := range times { // attributes that were taken away
		if _, has := words[field]; !has && strings.HasPrefix(field, attributePrefix) {
			words[field] = Word{"", at}
		}
	}
	return words
}

// LearnProfile joins what is said with what is known, field by field.
func (c *Core) LearnProfile(said Words) {
	known := c.ProfileWords()
	known.learn(said)
	c.setProfile(known)
}

// setProfile makes words the profile.
func (c *Core) setProfile(words Words) {
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
	expiresField = "expires_at"
)

// LoyaltyFields are all of them, not to be changed.
var LoyaltyFields = []string{PointsField, TierField, expiresField}

func isLoyalty(field string) bool { return slices.Contains(LoyaltyFields, field) }

// LoyaltyWords are what is known of points and tier. Where they are none, that is known
// only if Told says when.
func (c *Core) LoyaltyWords() Words {
	times, words := c.times(), make(Words)
	set := func(field, text string, some bool) {
		at, told := times[field]
		if !told {
			at = c.LoyaltyAt
		}
		if some || told {
			words[field] = Word{text, at}
		}
	}
	set(PointsField, strconv.FormatInt(c.Points, 10), c.Points != 0)
	set(TierField, c.Tier, c.Tier != "")
	set(expiresField, strconv.FormatInt(int64(c.PointsExp), 10), c.PointsExp != 0)
	return words
}

// LearnLoyalty joins what is said with what is known, and gives what is known then.
func (c *Core) LearnLoyalty(said Words) (known Words) {
	known = c.LoyaltyWords()
	known.learn(said)
	c.setLoyalty(known)
	return known
}

// setLoyalty makes words what is known.
func (c *Core) setLoyalty(words Words) {
	c.LoyaltyAt = words.newest(c.LoyaltyAt)
	number := func(field string) int64 {
		n, _ := strconv.ParseInt(words[field].Text, 10, 64) // 0 where nothing was said
		return n
	}
	c.Points, c.Tier, c.PointsExp = number(PointsField), words[TierField].Text, schemas.Time(number(expiresField))
	implied := map[string]bool{PointsField: c.Points != 0, TierField: c.Tier != "", expiresField: c.PointsExp != 0}
	c.keepTold(words, c.LoyaltyAt, implied, isLoyalty)
}

// keepTold notes the times of a group's words, but those that the group's own time implies.
func (c *Core) keepTold(words Words, group schemas.Time, implied map[string]bool, ofGroup func(field string) bool) {
	var told []Told // none is nil, whatever came before
	for _, t := range c.Told {
		if !ofGroup(t.Field) {
			told = append(told, t)
		}
	}
	for field, word := range words {
		if word.At != group || !implied[field] {
			told = append(told, Told{field, word.At})
		}
	}
	if over := len(told) - MaxTold; over > 0 {
		slices.SortFunc(told, func(a, b Told) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Field, b.Field)) })
		told = told[over:]
	}
	slices.SortFunc(told, func(a, b Told) int { return strings.Compare(a.Field, b.Field) })
	c.Told = told
}
