package rule

import (
	"regexp"
	"strings"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/expr"
)

// text is an expression as written, and its place.
type text struct {
	value
	code string
}

func (t *text) MarshalJSON() ([]byte, error) { return plainJSON(t.code) }

// code is an expression, not compiled yet; nil, with a mistake noted, if v is
// no single value.
func (l *loading) code(v value) *text {
	s, ok := l.scalar(v, "an expression")
	if !ok {
		return nil
	}
	return &text{v, strings.TrimSpace(s)}
}

var itemName = regexp.MustCompile(`\bitem\b`)

// compile compiles an expression and moves its mistakes to their place in the
// file. Nil stays nil.
func (l *loading) compile(t *text, scope expr.Scope, want expr.Want) *expr.Expr {
	if t == nil || l.noItem && itemName.MatchString(t.code) {
		return nil
	}
	e, issues := l.compiler.Compile(t.code, scope, want)
	for _, i := range issues {
		l.add(t.src, t.src.inScalar(t.node, t.code, i.Line, i.Col), diag.Diagnostic{Message: t.label() + i.Message, Hint: i.Hint})
	}
	l.reviewCost(t, e)
	return e
}
