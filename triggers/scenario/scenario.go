// Package scenario is the language of *_test.yaml files: stories of a customer,
// told as events and the passing of time, and what is expected at each point.
//
// It reads such files, with every mistake at its place, and writes them. To run
// them is package rehearsal's business. No clock and no file is read here.
package scenario

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

// File is the scenarios of one file.
type File struct {
	Path      string
	Scenarios []*Scenario
	// Docs collects mistakes, also those that show only when a scenario is
	// compiled for its triggers.
	Docs *rule.Documents
}

// Spot is where something stands in its file, and the line it is in.
type Spot struct {
	diag.Place
	Source string
}

// Scenario is one story.
type Scenario struct {
	Spot
	Name, About string
	Broken      bool // there is a mistake in it or in its background
	Setup       Setup
	Steps       []Step
}

// Setup is what holds from a scenario's beginning.
type Setup struct {
	Loading
	Grace   *time.Duration // nil: the policy's
	Secret  string         // for codes
	Zone    *time.Location // of times without an offset; never nil
	Subject string         // of events that name none, and of checks
	Now     schemas.Time   // 0: the first step's
	Given   []Event        // happened before the first step
}

// Loading is what a set of triggers is made of. What is nil or zero is the
// directory's.
type Loading struct {
	Triggers               []Ref
	Policy, Traits, Cycles Ref
}

// Ref names a file, or holds what would be in it.
type Ref struct {
	Node   rule.Node  // where it stands; the zero Node for the zero Ref
	Name   string     // a trigger of the directory, or a built-in one
	Path   string     // as written: beside the scenario's file
	Inline *rule.File // else this
}

// Step is one point of the story: time moves, things happen, and then the
// checks look at what has become of it.
type Step struct {
	Spot
	Move   Move
	Outage bool // the app was down while time moved
	Load   *Load
	Pause  []string // triggers; empty for all
	Resume []string
	Events []Event

	Expect    *Listed // commands since the last step with one; nil: not looked at
	Decisions *Listed
	Waiting   *Listed
	State     []State
}

// Checks tells whether the step looks at anything.
func (s *Step) Checks() bool {
	return s.Expect != nil || s.Decisions != nil || s.Waiting != nil || len(s.State) > 0
}

// Move is how time moves before the events of a step: to an instant, to the
// next such time of day, or by a duration. The zero Move is none.
type Move struct {
	To    schemas.Time
	Clock string // "10:00", minutes in Minutes
	// Minutes after midnight, in the scenario's zone; of a Clock.
	Minutes int
	By      time.Duration
}

// Load replaces the triggers in the middle of a story.
type Load struct {
	Loading
	// Number brings back an earlier set, counted from 1, as an instance with
	// older files would have it; 0: Loading is a new one.
	Number int
	Spot   Spot
}

// Listed is a list of expectations.
type Listed struct {
	Spot
	Items []Item
	Count int // of Waiting: how many; -1: Items says
}

// Item is one expectation: fields that must be there and have these values.
type Item struct {
	Spot
	Want map[string]any // as decoded JSON, numbers as json.Number
}

// State is what must hold of a customer.
type State struct {
	Spot
	Subject string
	That    []rule.Node // expressions
	Fields  []Field
}

// Field is a part of the customer and its expected value.
type Field struct {
	Name string
	Node rule.Node
	Want any
}
