package rule

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
)

const (
	maxNesting = 16   // of if and split
	maxSteps   = 1000 // of one trigger, operations counted
	maxArms    = 20
	maxWeight  = 1_000_000
)

var (
	stepKeys = []string{"wait", "wait_until", "require", "if", "then", "else", "split", "send", "emit", "stop"}
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts
	channels = []string{"email", "sms", "push", "in_app", "whatsapp", "viber", "voice", "webhook"}
)

// steps reads a list of steps.
func (l *loading) steps(v value, depth int) []stepSpec {
	if depth > maxNesting {
		l.fail(v, "", "steps are nested more than %d deep", maxNesting)
		return nil
	}
	all := []stepSpec{}
	if v.shape() == "a mapping" {
		l.fail(v, "begin each step with a dash", "expects a list of steps, not a mapping")
		return all
	}
	for _, e := range l.items(v, false) {
		e.key = ""
		all = append(all, l.step(e, depth))
	}
	return all
}

// step reads one step: a mapping with one of the step keys.
func (l *loading) step(v value, depth int) stepSpec {
	s := stepSpec{at: v}
	if v.src.via == nil {
		place, _ := v.src.place(v.src.nodeOffset(v.node))
		s.line = place.Line
	}
	f := l.mapping(v, stepKeys...)
	if f == nil || !l.oneStep(v, f) {
		return s
	}
	for key, e := range f {
		switch key {
		case "wait":
			d := l.duration(e)
			s.Wait = &d
		case "wait_until":
			s.WaitUntil = l.waitUntil(e)
		case "require":
			s.Require = l.code(e)
		case "if":
			s.If = l.code(e)
		case "then":
			s.Then = l.steps(e, depth+1)
		case "else":
			s.Else = l.steps(e, depth+1)
		case "split":
			s.Split = l.split(e, depth)
		case "send":
			s.Send = l.send(e)
		case "emit":
			s.Emit = l.emit(e)
		case "stop":
			if s.Stop = l.truth(e); !s.Stop {
				l.fail(e, "", "write `stop: true`, or leave the step out")
			}
		}
	}
	return s
}

// oneStep checks that a mapping is exactly one step.
func (l *loading) oneStep(v value, f fields) bool {
	var kinds []string
	for _, key := range stepKeys {
		if _, ok := f[key]; ok && key != "then" && key != "else" {
			kinds = append(kinds, "`"+key+"`")
		}
	}
	switch _, then := f["then"]; {
	case len(kinds) == 0 && len(v.node.Content) == 0:
		l.fail(v, "", "the step is empty")
	case len(kinds) == 0 && (then || f["else"].ok()):
		l.fail(v, "", "`then` and `else` need an `if`")
	case len(kinds) == 0: // its unknown keys are reported
	case len(kinds) > 1:
		l.fail(v, "begin each with a dash of its own", "%s are steps of their own", strings.Join(kinds, " and "))
	case kinds[0] != "`if`" && (then || f["else"].ok()):
		l.fail(v, "", "`then` and `else` need an `if`")
	case kinds[0] == "`if`" && !then && !f["else"].ok():
		l.fail(v, "", "`if` needs a `then`")
	default:
		return true
	}
	return false
}

func (l *loading) waitUntil(v value) *untilSpec {
	if v.shape() != "a mapping" {
		return &untilSpec{expr: l.code(v)}
	}
	f := l.mapping(v, "time", "days")
	local := &localSpec{}
	if t, ok := f["time"]; ok {
		local.Time = clock(l.clock(t))
	} else {
		l.fail(v, `wait_until: {time: "10:00"}`, "has no `time`")
	}
	if d, ok := f["days"]; ok {
		for _, e := range l.items(d, true) {
			if name := l.oneOf(e, weekdays...); name != "" && !slices.Contains(local.Days, name) {
				local.Days = append(local.Days, name)
			}
		}
		slices.SortFunc(local.Days, func(a, b string) int {
			return cmp.Compare(slices.Index(weekdays, a), slices.Index(weekdays, b))
		})
	}
	return &untilSpec{local: local}
}

func (l *loading) split(v value, depth int) *splitSpec {
	f := l.mapping(v, "name", "arms")
	if f == nil {
		return nil
	}
	s := &splitSpec{}
	if n, ok := f["name"]; ok {
		s.Name = l.plain(n)
	} else {
		l.fail(v, "the name keeps customers in their arm when the trigger changes", "has no `name`")
	}
	arms, ok := f["arms"]
	if !ok {
		l.fail(v, "arms: [{weight: 1, steps: […]}, {weight: 1, steps: […]}]", "has no `arms`")
		return s
	}
	total := 0
	for i, e := range l.items(arms, false) {
		arm := l.arm(e, i, depth)
		total += arm.Weight
		if slices.ContainsFunc(s.Arms, func(a armSpec) bool { return a.Name == arm.Name }) {
			l.fail(e, "", "two arms have the name %q", arm.Name)
		}
		s.Arms = append(s.Arms, arm)
	}
	switch {
	case len(s.Arms) == 0:
		l.fail(arms, "", "there is no arm")
	case len(s.Arms) > maxArms:
		l.fail(arms, "", "there are more than %d arms", maxArms)
	case total == 0:
		l.fail(arms, "", "the weights add up to 0, so no arm can be taken")
	}
	return s
}

// arm reads one arm. One without a name is called a, b, c… after its place.
func (l *loading) arm(v value, i, depth int) armSpec {
	v.key = ""
	a := armSpec{Name: string(rune('a' + i%26)), Steps: []stepSpec{}, at: v}
	f := l.mapping(v, "name", "weight", "steps")
	if f == nil {
		return a
	}
	if n, ok := f["name"]; ok {
		a.Name = l.plain(n)
	}
	if w, ok := f["weight"]; ok {
		a.Weight = l.whole(w, 0, maxWeight)
	} else {
		l.fail(v, "", "the arm has no `weight`")
	}
	if s, ok := f["steps"]; ok {
		a.Steps = l.steps(s, depth+1)
	} else {
		l.fail(v, "steps: [] for an arm that does nothing", "the arm has no `steps`")
	}
	return a
}

// plain is a name that others read: of a template, a split, an arm.
func (l *loading) plain(v value) string {
	s := l.word(v)
	if s != "" && (strings.TrimSpace(s) != s || len(s) > 200 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })) {
		l.fail(v, "", "%q cannot be a name", cut(s))
	}
	return s
}

func (l *loading) send(v value) *sendSpec {
	f := l.mapping(v, "template", "channels", "context", "offer", "expires", "only_once", "cancel", "in_stock")
	if f == nil {
		return nil
	}
	s := &sendSpec{Expires: defaultExpires, InStock: l.optionalCode(f, "in_stock")}
	if t, ok := f["template"]; ok {
		s.Template, s.template = l.plain(t), t
	} else {
		l.fail(v, "", "has no `template`")
	}
	if c, ok := f["channels"]; ok {
		s.Channels = l.channelList(c)
	} else {
		l.fail(v, "channels: [email]", "has no `channels`")
	}
	if c, ok := f["context"]; ok {
		s.Context = l.bindings(c)
	}
	if o, ok := f["offer"]; ok {
		s.Offer = l.offer(o)
	}
	if e, ok := f["expires"]; ok {
		s.Expires = l.expiry(e)
	}
	if o, ok := f["only_once"]; ok {
		s.OnlyOnce = l.truth(o)
	}
	if c, ok := f["cancel"]; ok {
		s.Cancel, s.cancelAt = l.truth(c), c
	}
	return s
}

func (l *loading) expiry(v value) span {
	d := l.positive(v)
	if d > span(schemas.MaxExpiry) {
		l.fail(v, "", "%s is longer than %s", d, span(schemas.MaxExpiry))
	}
	return d
}

func (l *loading) channelList(v value) channelsSpec {
	if v.shape() != "a mapping" {
		return channelsSpec{names: l.channelNames(v)}
	}
	f := l.mapping(v, "all")
	if all, ok := f["all"]; ok {
		return channelsSpec{names: l.channelNames(all), all: true}
	}
	if len(v.node.Content) == 0 {
		l.fail(v, "channels: [email]", "names no channel")
	}
	return channelsSpec{}
}

// channelNames reads channels. A shop may have its own; one that is nearly a
// usual one is taken for a slip unless the policy names it too.
func (l *loading) channelNames(v value) []string {
	all := l.words(v)
	if l.lax {
		return all
	}
	for _, e := range l.items(v, true) {
		l.channelName(e)
	}
	return all
}

// channelName looks at the name of one channel.
func (l *loading) channelName(e value) {
	name := e.node.Value
	if e.node.Kind != yaml.ScalarNode || slices.Contains(channels, name) || l.channels[name] || name == "" {
		return
	}
	if !plainName.MatchString(name) {
		l.fail(e, listHint(name), "%q is not the name of a channel", cut(name))
	} else if near := diag.Near(name, channels); near != "" {
		l.fail(e, "did you mean "+strconv.Quote(near)+"? A channel of your own is named under `consent` in policy.yaml", "unknown channel %q", cut(name))
	}
}

// bindings reads a map of expressions.
func (l *loading) bindings(v value) bindings {
	var all bindings
	if v.shape() != "a mapping" {
		l.fail(v, "", "expects a mapping from names to expressions, not %s", v.shape())
		return nil
	}
	for key, e := range l.pairs(v) {
		if !plainName.MatchString(key.node.Value) {
			l.fail(key, "", "%q cannot be a name here", cut(key.node.Value))
			continue
		}
		if code := l.code(e); code != nil {
			all = append(all, binding{key.node.Value, code})
		}
	}
	slices.SortFunc(all, func(a, b binding) int { return cmp.Compare(a.name, b.name) })
	return all
}

func (l *loading) emit(v value) *emitSpec {
	f := l.mapping(v, "type", "subject", "data")
	if f == nil {
		return nil
	}
	e := &emitSpec{Subject: l.optionalCode(f, "subject")}
	if t, ok := f["type"]; ok {
		switch e.Type = l.word(t); {
		case e.Type == "": // reported by word
		case !eventType.MatchString(e.Type):
			l.fail(t, "", "%q is not an event type", cut(e.Type))
		default:
			l.nearType(t, e.Type)
		}
	} else {
		l.fail(v, "", "has no `type`")
	}
	if d, ok := f["data"]; ok {
		e.Data = l.bindings(d)
	}
	return e
}
