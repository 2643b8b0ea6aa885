package rule

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/beckon-io/beckon/schemas"
)

// The spec types are a trigger as written, `use` resolved, defaults filled in
// and everything but the expressions checked. Their JSON is the trigger's
// canonical form: keys in the order of the fields here, spans and amounts in
// one spelling, expressions as written. It is YAML too, and reads back to the
// same spec.
//
// A version is the hash of this form, so a change here changes the version of
// every trigger: runs would go on with stored older versions, but nobody
// should have to. The golden versions in testdata hold it still. What does not
// decide how a run goes is left out: description, file, enabled, migrate,
// rollout.
type spec struct {
	Name     string     `json:"name"`
	Class    string     `json:"class"`
	Priority int        `json:"priority"`
	Tags     []string   `json:"tags,omitempty"`
	Audience *text      `json:"audience,omitempty"`
	Holdout  percent    `json:"holdout,omitempty"`
	Start    startSpec  `json:"start"`
	Repeat   string     `json:"repeat,omitempty"`
	Until    []endSpec  `json:"until,omitempty"`
	Reentry  span       `json:"reentry,omitempty"`
	Stale    staleSpan  `json:"stale"`
	Goal     *goalSpec  `json:"goal,omitempty"`
	Steps    []stepSpec `json:"steps"`

	// Traits are those that expressions name, as the set declared them. They
	// are written by us and let an old version compile when the declaration
	// has gone.
	Traits []traitRef `json:"traits,omitempty"`

	description string
	enabled     bool
	migrate     string
	rollout     percent
	at          value // of the document
	given       fields
}

type startSpec struct {
	On   []string `json:"on,omitempty"`
	When *text    `json:"when,omitempty"`
	Key  *text    `json:"key,omitempty"`
	Each *text    `json:"each,omitempty"`

	Date   *text  `json:"date,omitempty"`
	Every  string `json:"every,omitempty"`
	Offset span   `json:"offset,omitempty"`

	Schedule string `json:"schedule,omitempty"`
	At       string `json:"at,omitempty"` // of a date start: "10:00"; else an instant
	Zone     string `json:"zone,omitempty"`

	cron  *Cron
	clock int // -1: none
	when  schemas.Time
	exact bool // the instant has an offset
}

type endSpec struct {
	On    []string `json:"on"`
	When  *text    `json:"when,omitempty"`
	Match string   `json:"match,omitempty"` // key; any is left out
	at    value
}

type goalSpec struct {
	On     []string `json:"on"`
	When   *text    `json:"when,omitempty"`
	Within span     `json:"within"`
}

// stepSpec is one step: exactly one of its fields is given, but for Then and
// Else, which go with If.
type stepSpec struct {
	Wait      *span      `json:"wait,omitempty"`
	WaitUntil *untilSpec `json:"wait_until,omitempty"`
	Require   *text      `json:"require,omitempty"`
	If        *text      `json:"if,omitempty"`
	Then      []stepSpec `json:"then,omitempty"`
	Else      []stepSpec `json:"else,omitempty"`
	Split     *splitSpec `json:"split,omitempty"`
	Send      *sendSpec  `json:"send,omitempty"`
	Emit      *emitSpec  `json:"emit,omitempty"`
	Stop      bool       `json:"stop,omitempty"`
	line      int
	at        value
}

// untilSpec is an expression or a wall time.
type untilSpec struct {
	expr  *text
	local *localSpec
}

type localSpec struct {
	Time clock    `json:"time"`
	Days []string `json:"days,omitempty"`
}

func (u *untilSpec) MarshalJSON() ([]byte, error) {
	if u.local != nil {
		return plainJSON(u.local)
	}
	return u.expr.MarshalJSON()
}

type splitSpec struct {
	Name string    `json:"name"`
	Arms []armSpec `json:"arms"`
}

type armSpec struct {
	Name   string     `json:"name"`
	Weight int        `json:"weight"`
	Steps  []stepSpec `json:"steps"`
	at     value
}

type sendSpec struct {
	Template string       `json:"template"`
	Channels channelsSpec `json:"channels"`
	Context  bindings     `json:"context,omitempty"`
	Offer    *offerSpec   `json:"offer,omitempty"`
	Expires  span         `json:"expires"`
	OnlyOnce bool         `json:"only_once,omitempty"`
	Cancel   bool         `json:"cancel,omitempty"`
	InStock  *text        `json:"in_stock,omitempty"`
	cancelAt value
	template value
}

type channelsSpec struct {
	names []string
	all   bool
}

func (c channelsSpec) MarshalJSON() ([]byte, error) {
	if c.all {
		return plainJSON(map[string][]string{"all": c.names})
	}
	return plainJSON(c.names)
}

type offerSpec struct {
	Kind         string    `json:"kind"`
	Value        string    `json:"value,omitempty"`
	Currency     string    `json:"currency,omitempty"`
	FreeShipping bool      `json:"free_shipping,omitempty"`
	Minimum      string    `json:"minimum,omitempty"`
	Expires      span      `json:"expires,omitempty"`
	ExpiresAt    *text     `json:"expires_at,omitempty"`
	Excludes     []string  `json:"excludes,omitempty"`
	Code         *codeSpec `json:"code,omitempty"`
	Limit        int       `json:"limit,omitempty"`
}

type codeSpec struct {
	Prefix string `json:"prefix,omitempty"`
}

type emitSpec struct {
	Type    string   `json:"type"`
	Subject *text    `json:"subject,omitempty"`
	Data    bindings `json:"data,omitempty"`
}

type traitRef struct {
	Name string `json:"name"`
	By   bool   `json:"by,omitempty"`
	Text bool   `json:"text,omitempty"`
}

// bindings is a map of expressions, sorted by name.
type bindings []binding

type binding struct {
	name string
	expr *text
}

func (b bindings) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, e := range b {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := plainJSON(e.name)
		if err != nil {
			return nil, fmt.Errorf("write %q: %w", e.name, err)
		}
		code, err := plainJSON(e.expr.code)
		if err != nil {
			return nil, fmt.Errorf("write %q: %w", e.name, err)
		}
		out = append(append(append(out, name...), ':'), code...)
	}
	return append(out, '}'), nil
}

// plainJSON is JSON without the escapes for HTML, which would make expressions
// unreadable.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
