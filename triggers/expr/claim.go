package expr

import "slices"

// Claim is what must be so where an expression is true, or where it is false,
// as far as that can be told without data: alternatives, each a list of facts
// about terms such as event.total or size(event.items).
//
// It is there to prove that something can never be. So a claim may say less
// than it could and never more: what is not understood is left out, and what
// would take too many alternatives says nothing at all. The zero Claim says
// nothing. Immutable.
type Claim struct {
	told         bool
	alternatives [][]fact // none: it can't be
}

// Bounds of a claim: what people write has a handful of each.
const (
	maxAlternatives = 64
	maxFacts        = 64
)

var impossible = Claim{told: true}

// Holds is what must be so where the expression is true. Expressions that are
// compiled with another want than Bool say nothing.
func (e *Expr) Holds() Claim { return e.claim(true) }

// Fails is what must be so where the expression is false. Where it has no value
// because of an error it is neither.
func (e *Expr) Fails() Claim { return e.claim(false) }

// OfType is the claim that `event` is of a type.
func OfType(eventType string) Claim {
	return claimOf(fact{term: "event.type", about: aboutEvent, op: among, values: []constant{textConstant(eventType)}})
}

func claimOf(facts ...fact) Claim { return Claim{told: true, alternatives: [][]fact{facts}} }

// And is the claim that both hold of the same event, customer and moment.
func (c Claim) And(d Claim) Claim {
	switch {
	case !c.told:
		return d
	case !d.told || len(c.alternatives)*len(d.alternatives) > maxAlternatives:
		return c
	}
	both := Claim{told: true}
	for _, a := range c.alternatives {
		for _, b := range d.alternatives {
			all := slices.Concat(a, b)
			if !contradictory(all) {
				both.alternatives = append(both.alternatives, all[:min(len(all), maxFacts)])
			}
		}
	}
	return both
}

// Or is the claim that one of two holds.
func (c Claim) Or(d Claim) Claim {
	if !c.told || !d.told || len(c.alternatives)+len(d.alternatives) > maxAlternatives {
		return Claim{}
	}
	return Claim{told: true, alternatives: slices.Concat(c.alternatives, d.alternatives)}
}

// Impossible tells that the claim is proven never to hold. False says nothing.
func (c Claim) Impossible() bool {
	return c.told && !slices.ContainsFunc(c.alternatives, func(all []fact) bool { return !contradictory(all) })
}

// About is what the claim says of some names alone: event, item, now, run,
// customer. It is what is left of it when the others have changed.
func (c Claim) About(names ...string) Claim {
	if !c.told {
		return c
	}
	var kept subjects
	for _, name := range names {
		kept |= subjectOf[name]
	}
	rest := Claim{told: true}
	for _, all := range c.alternatives {
		rest.alternatives = append(rest.alternatives, slices.DeleteFunc(slices.Clone(all), func(f fact) bool { return f.about&^kept != 0 }))
	}
	return rest
}

// claim reads the expression anew: of most expressions nobody ever asks, so
// their trees are not kept.
func (e *Expr) claim(holds bool) Claim {
	if e.out.String() != "bool" {
		return Claim{}
	}
	if e.IsConst() {
		if v, err := e.Bool(&Input{}); err != nil || v != holds {
			return impossible
		}
		return claimOf()
	}
	checked, issues := e.scope.env.Compile(e.source)
	if len(issues.Errors()) > 0 {
		return Claim{} // not reached: it compiled before
	}
	c := (&claimant{checked.NativeRep()}).read(checked.NativeRep().Expr(), holds)
	if types := e.scope.events; len(types) > 0 {
		known := fact{term: "event.type", about: aboutEvent, op: among}
		for _, t := range types {
			known.values = append(known.values, textConstant(t))
		}
		c = claimOf(known).And(c)
	}
	return c
}
