package rehearsal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Coverage is which steps and branches of which triggers runs have taken, and
// which reasons were given.
type Coverage struct {
	of      map[covered]*visits
	reasons map[schemas.Reason]bool
}

// covered is a version of a trigger, whatever file it was read from.
type covered struct{ name, version string }

type visits struct {
	tr      *rule.Trigger
	steps   []bool         // by operation
	went    []map[int]bool // by operation: where runs went on from a branch
	reasons map[schemas.Reason]bool
}

func newCoverage() *Coverage {
	return &Coverage{of: map[covered]*visits{}, reasons: map[schemas.Reason]bool{}}
}

// add makes a set's triggers known: those that nothing touches count too.
func (c *Coverage) add(set *rule.Set) {
	for _, t := range set.Triggers {
		c.visits(t)
	}
}

func (c *Coverage) visits(t *rule.Trigger) *visits {
	key := covered{t.Name, t.Version}
	v := c.of[key]
	if v == nil {
		v = &visits{tr: t, steps: make([]bool, len(t.Steps)), went: make([]map[int]bool, len(t.Steps)), reasons: map[schemas.Reason]bool{}}
		c.of[key] = v
	}
	return v
}

// trace is told by the engine of every step that a run takes.
func (c *Coverage) trace(t *rule.Trigger, from, to int) {
	v := c.visits(t)
	v.steps[from] = true
	if kind := t.Steps[from].Kind; kind == rule.OpIf || kind == rule.OpSplit {
		if v.went[from] == nil {
			v.went[from] = map[int]bool{}
		}
		v.went[from][to] = true
	}
}

func (c *Coverage) decided(d *schemas.Decision) {
	if d.Reason == 0 {
		return
	}
	c.reasons[d.Reason] = true
	if v := c.of[covered{d.Trigger, d.Version}]; v != nil {
		v.reasons[d.Reason] = true
	}
}

// Covered is the figures of one version of a trigger.
type Covered struct {
	Trigger  string   `json:"trigger"`
	Version  string   `json:"version"`
	File     string   `json:"file,omitempty"`
	Steps    int      `json:"steps"`
	Taken    int      `json:"steps_taken"`
	Branches int      `json:"branches"`
	Went     int      `json:"branches_taken"`
	Never    []Missed `json:"never,omitempty"`
	Reasons  []string `json:"reasons"` // that were given
}

// Missed is a step or branch that no run has taken.
type Missed struct {
	What string `json:"what"` // steps[2], else of steps[1], arm b of steps[3]
	Line int    `json:"line,omitempty"`
}

// Triggers are the figures by trigger and version.
func (c *Coverage) Triggers() []Covered {
	var all []Covered
	for _, key := range slices.SortedFunc(maps.Keys(c.of), func(a, b covered) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version))
	}) {
		all = append(all, c.of[key].figures())
	}
	return all
}

func (v *visits) figures() Covered {
	f := Covered{Trigger: v.tr.Name, Version: v.tr.Version, File: v.tr.File, Reasons: []string{}}
	for i := range v.tr.Steps {
		op := &v.tr.Steps[i]
		if op.Kind == rule.OpJump {
			continue
		}
		f.Steps++
		if v.steps[i] {
			f.Taken++
		} else {
			f.Never = append(f.Never, Missed{op.Path, op.Line})
		}
		for _, b := range branchesOf(op, i) {
			f.Branches++
			switch {
			case v.went[i][b.to]:
				f.Went++
			case v.steps[i]: // of a step that was never reached it goes without saying
				f.Never = append(f.Never, Missed{b.name + " of " + op.Path, op.Line})
			}
		}
	}
	for _, r := range schemas.Reasons() {
		if v.reasons[r] {
			f.Reasons = append(f.Reasons, r.String())
		}
	}
	return f
}

type branch struct {
	name string
	to   int
}

// branchesOf are the ways on from a step. An arm of no weight is not one.
func branchesOf(op *rule.Op, i int) []branch {
	switch op.Kind {
	case rule.OpIf:
		return []branch{{"then", i + 1}, {"else", op.To}}
	case rule.OpSplit:
		var all []branch
		for _, arm := range op.Split.Arms {
			if arm.Weight > 0 {
				all = append(all, branch{fmt.Sprintf("arm %s", arm.Name), arm.To})
			}
		}
		return all
	}
	return nil
}

// NeverGiven are the reasons that no decision had.
func (c *Coverage) NeverGiven() []string {
	all := []string{}
	for _, r := range schemas.Reasons() {
		if !c.reasons[r] {
			all = append(all, r.String())
		}
	}
	return all
}
