package rule

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/policy"
)

const (
	maxGrace = span(day)
	maxRate  = 1_000_000
)

// policy reads policy.yaml.
func (l *loading) policy(doc value) *policy.Policy {
	p := policy.Default()
	p.Given = true
	f := l.mapping(doc, "grace", "timezone", "require_address", "consent", "suppress", "quiet_hours", "caps", "holdout", "rate")
	if f == nil {
		return p
	}
	l.policyGiven = f
	if consent, ok := f["consent"]; ok { // first: it names the channels of the shop's own
		l.policyField(p, "consent", consent)
		l.knowChannels(p)
	}
	for _, key := range sortedKeys(f) {
		if key != "consent" {
			l.policyField(p, key, f[key])
		}
	}
	return p
}

// knowChannels notes the channels that the policy names.
func (l *loading) knowChannels(p *policy.Policy) {
	l.channels = map[string]bool{}
	for channel := range p.Consent {
		l.channels[channel] = true
	}
}

func (l *loading) policyField(p *policy.Policy, key string, v value) {
	if v.null() {
		l.fail(v, "", "nothing is written after the colon")
		return
	}
	switch key {
	case "grace":
		if d := l.duration(v); d > maxGrace {
			l.fail(v, "", "%s is longer than %s", d, maxGrace)
		} else {
			p.Grace = d.std()
		}
	case "timezone":
		if loc := l.zone(v); loc != nil {
			p.Zone = loc
		}
	case "require_address":
		p.RequireAddress = map[string]bool{}
		for _, c := range l.channelNames(v) {
			p.RequireAddress[c] = true
		}
	case "consent":
		l.consent(p, v)
	case "suppress":
		l.suppress(p, v)
	case "quiet_hours":
		p.Quiet = l.quiet(v)
	case "caps":
		for _, e := range l.items(v, true) {
			p.Caps = append(p.Caps, l.cap(e))
		}
	case "holdout":
		p.Holdout = l.share(v)
	case "rate":
		l.rate(p, v)
	}
}

// consent reads a mode per channel. `classes` beside the channels can name the
// transactional class, which otherwise needs none.
func (l *loading) consent(p *policy.Policy, v value) {
	if v.shape() != "a mapping" {
		l.fail(v, "consent: {email: opt_in}", "expects a mapping from channels to opt_in, opt_out or none, not %s", v.shape())
		return
	}
	p.Consent = map[string]policy.Consent{}
	var own []value
	for key, e := range l.pairs(v) {
		name := key.node.Value
		if name == "classes" {
			p.Transactional = slices.Contains(l.classes(e), schemas.Transactional)
			continue
		}
		if !plainName.MatchString(name) {
			l.fail(key, "", "%q is not the name of a channel", cut(name))
			continue
		}
		if !slices.Contains(channels, name) {
			own = append(own, key)
		}
		switch l.oneOf(e, "opt_in", "opt_out", "none") {
		case "opt_in":
			p.Consent[name] = policy.OptIn
		case "opt_out":
			p.Consent[name] = policy.OptOut
		case "none":
			p.Consent[name] = policy.None
		}
	}
	for _, key := range own {
		near := diag.Near(key.node.Value, channels)
		if _, both := p.Consent[near]; near != "" && !both {
			l.warn(key, "did you mean "+strconv.Quote(near)+"?", "%q is a channel of your own", cut(key.node.Value))
		}
	}
}

func (l *loading) suppress(p *policy.Policy, v value) {
	f := l.mapping(v, "bounced", "complained")
	if b, ok := f["bounced"]; ok {
		p.Bounced = l.whole(b, 0, 1000)
	}
	if c, ok := f["complained"]; ok {
		p.Complained = l.whole(c, 0, 1000)
	}
}

func (l *loading) quiet(v value) *policy.Quiet {
	f := l.mapping(v, "from", "to", "channels", "classes")
	if f == nil {
		return nil
	}
	q := &policy.Quiet{}
	from, to := f["from"], f["to"]
	if !from.ok() || !to.ok() {
		l.fail(v, `quiet_hours: {from: "21:00", to: "09:00"}`, "needs `from` and `to`")
		return q
	}
	q.From = l.clock(from)
	midnight := to.node.Value == "24:00" // the end of the day is the start of the next
	if !midnight {
		q.To = l.clock(to)
	}
	_, unreadFrom := parseClock(from.node.Value)
	_, unreadTo := parseClock(to.node.Value)
	switch {
	case q.From != q.To || unreadFrom != nil:
	case midnight:
		l.fail(to, "name the hours that are quiet; `beckon pause` stops all messages", "from 00:00 to 24:00 is always, and messages would be held until they expire")
	case unreadTo == nil:
		l.fail(to, "", "is the same as `from`")
	}
	if c, ok := f["channels"]; ok {
		q.Channels = l.channelNames(c)
	}
	if c, ok := f["classes"]; ok {
		q.Classes = l.classes(c)
	}
	return q
}

func (l *loading) classes(v value) []schemas.Class {
	var all []schemas.Class
	for _, e := range l.items(v, true) {
		if c := l.oneOf(e, string(schemas.Marketing), string(schemas.Transactional)); c != "" {
			all = append(all, schemas.Class(c))
		}
	}
	return all
}

// cap reads one frequency cap. It counts what the customer's record keeps of
// sends, so it can't allow more than that.
func (l *loading) cap(v value) policy.Cap {
	v.key = ""
	c := policy.Cap{Max: 1, Per: time.Hour}
	f := l.mapping(v, "channels", "classes", "tags", "max", "per")
	if f == nil {
		return c
	}
	if e, ok := f["channels"]; ok {
		c.Channels = l.channelNames(e)
	}
	if e, ok := f["classes"]; ok {
		c.Classes = l.classes(e)
	}
	if e, ok := f["tags"]; ok {
		c.Tags = l.words(e)
		l.capTags = append(l.capTags, l.items(e, true)...)
	}
	if e, ok := f["max"]; ok {
		c.Max = l.whole(e, 1, state.MaxSends)
	} else {
		l.fail(v, "{channels: [email], max: 1, per: 16h}", "the cap has no `max`")
	}
	if e, ok := f["per"]; ok {
		c.Per = l.positive(e).std()
	} else {
		l.fail(v, "{channels: [email], max: 1, per: 16h}", "the cap has no `per`")
	}
	return c
}

// rate reads commands per second by channel.
func (l *loading) rate(p *policy.Policy, v value) {
	if v.shape() != "a mapping" {
		l.fail(v, "rate: {email: 500/s}", "expects a mapping from channels to rates, not %s", v.shape())
		return
	}
	p.Rate = map[string]int{}
	for key, e := range l.pairs(v) {
		l.channelName(key)
		s, ok := l.scalar(e, "a rate such as 500/s")
		if !ok {
			continue
		}
		number, perSecond := strings.CutSuffix(s, "/s")
		n, err := strconv.Atoi(number)
		if err != nil || !perSecond || n < 1 || n > maxRate {
			l.fail(e, "", "%q is not a rate; write 500/s", cut(s))
			continue
		}
		p.Rate[key.node.Value] = n
	}
}

func (d span) std() time.Duration { return time.Duration(d) }
