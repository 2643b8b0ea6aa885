package scenario

import (
	"maps"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

// shape is the fields that an expectation can name: what is below them, nil for
// single values and for what is the user's own. A field that is not there could
// never match, so it is a mistake.
type shape map[string]shape

func fields(names ...string) shape {
	s := shape{}
	for _, name := range names {
		s[name] = nil
	}
	return s
}

func (s shape) with(name string, below shape) shape {
	s[name] = below
	return s
}

var (
	// commandShape is a command as in the delivery topic, and its customer.
	commandShape = fields("command_id", "action", "trigger", "version", "run", "step", "variant", "class", "channel",
		"template", "locale", "to", "due_at", "not_before", "expires_at", "priority", "context",
		"customer", "traceparent", "tracestate").
		with("quiet", fields("from", "to", "zone")).
		with("offer", fields("kind", "value", "currency", "free_shipping", "code", "expires_at", "minimum", "excludes")).
		with("cause", fields("event_id", "event_type", "event_time"))

	// decisionShape is a line of the decisions.
	decisionShape = fields("time", "customer", "trigger", "version", "key", "step", "outcome", "reason",
		"command_id", "event_id", "detail")

	// waitShape is a run that waits: step is where it goes on, due_at when, held
	// the original due of a send that is held.
	waitShape = fields("customer", "trigger", "version", "key", "run", "step", "due_at", "held", "started_at",
		"sent", "variant")
)

// words are the closed lists among the fields.
var words = map[string][]string{
	"outcome": outcomes(), "reason": reasons(),
	"action": {string(schemas.Send), string(schemas.Cancel)},
	"class":  {string(schemas.Marketing), string(schemas.Transactional)},
}

func outcomes() (all []string) {
	for o := schemas.Started; o <= schemas.Converted; o++ {
		all = append(all, o.String())
	}
	return all
}

func reasons() (all []string) {
	for _, r := range schemas.Reasons() {
		all = append(all, r.String())
	}
	return all
}

// readListed reads a list of expectations.
func readListed(n rule.Node, s shape) *Listed {
	all := &Listed{Spot: spot(n), Count: -1}
	if !n.IsList() && !n.IsMapping() {
		n.Fail("[] for none", "expects a list of expectations")
		return all
	}
	for _, e := range n.Items() {
		if !e.IsMapping() {
			e.Fail("{template: reminder}", "expects fields and their values")
			continue
		}
		s.check(e)
		want, _ := e.Value().(map[string]any)
		all.Items = append(all.Items, Item{Spot: spot(e), Want: want})
	}
	return all
}

// check notes the keys that can't be there.
func (s shape) check(n rule.Node) {
	known := slices.Sorted(maps.Keys(s))
	f := n.Mapping(known...)
	for _, name := range known {
		v, ok := f[name]
		if !ok {
			continue
		}
		if below := s[name]; below != nil && v.IsMapping() {
			below.check(v)
		}
		if list := words[name]; list != nil && v.IsText() {
			if text, _ := v.Text("a text"); !slices.Contains(list, text) && !IsPattern(text) {
				v.Fail(diag.DidYouMean(text, list), "%q is not one of %s", text, strings.Join(list, ", "))
			}
		}
	}
}

// IsPattern tells whether a text is a regular expression between slashes.
func IsPattern(s string) bool {
	return len(s) > 2 && s[0] == '/' && s[len(s)-1] == '/'
}
