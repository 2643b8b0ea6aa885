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
	if t == nil || l.full(t.src) || l.noItem && itemName.MatchString(t.code) {
		return nil
	}
	e, issues := l.compiler.Compile(t.code, scope, want)
	for _, i := range issues {
		l.add(t.src, t.src.inScalar(t.node, t.code, i.Line, i.Col), diag.Diagnostic{Message: t.label() + i.Message, Hint: i.Hint})
	}
	if e == nil {
		l.tooWrong(t)
	}
	l.reviewCost(t, e)
	return e
}

// tooWrong ends a file whose expressions with mistakes are longer than people
// write, as each takes as long to compile as a right one.
func (l *loading) tooWrong(t *text) {
	if l.wrong[t.src.path] += min(len(t.code), maxCode); l.wrong[t.src.path] <= maxWrong || l.full(t.src) {
		return
	}
	l.fail(t.value, "", "the file has more than %d KiB of expressions with mistakes; what else is wrong with it is not shown", maxWrong>>10)
	l.perFile[t.src.path] = maxMistakes + 1
}
