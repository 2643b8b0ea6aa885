package expr

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
)

// translator puts CEL's complaints into the words of trigger authors, with the
// place of the name that is wrong instead of that of a dot or bracket.
type translator struct {
	lines [][]rune
	scope *environment
	nodes map[int64]ast.Expr
	types map[string]string // loop variables: the struct type of their elements
}

// place is a position counted from 1, of one that CEL counts from line 1 and
// column 0.
func place(at common.Location) (line, col int) {
	return max(at.Line(), 1), max(at.Column(), 0) + 1
}

func sorted(issues []Issue) []Issue {
	slices.SortStableFunc(issues, func(a, b Issue) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return issues
}

// translate words what CEL found; parsed is nil where it could not be.
func translate(src string, scope *environment, parsed *cel.Ast, found []*cel.Error) []Issue {
	t := &translator{scope: scope, nodes: map[int64]ast.Expr{}, types: map[string]string{}}
	for line := range strings.SplitSeq(src, "\n") {
		t.lines = append(t.lines, []rune(line))
	}
	if parsed != nil {
		t.index(parsed.NativeRep().Expr())
	}
	// The first by place are told; hundreds would take long to put into words.
	slices.SortStableFunc(found, func(a, b *cel.Error) int {
		return cmp.Or(a.Location.Line()-b.Location.Line(), a.Location.Column()-b.Location.Column())
	})
	var issues []Issue
	for _, f := range found {
		if len(issues) == maxIssues {
			break
		}
		if strings.Contains(f.Message, "!error!") || strings.HasPrefix(f.Message, "error recovery") && len(found) > 1 {
			continue // follows from another one
		}
		if issue := t.issue(f); !slices.Contains(issues, issue) {
			issues = append(issues, issue)
		}
	}
	return sorted(issues)
}

// maxIssues bounds what is said about one expression.
const maxIssues = 10

// index notes every node by its id, and what loop variables are.
func (t *translator) index(root ast.Expr) {
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		t.nodes[e.ID()] = e
		if e.Kind() == ast.ComprehensionKind {
			c := e.AsComprehension()
			if elem := t.elementOf(c.IterRange()); elem != "" {
				t.types[c.IterVar()] = elem
			}
		}
	}))
}

// elementOf is the struct type of a list's elements, empty if it is not known
// without CEL's checker.
func (t *translator) elementOf(e ast.Expr) string {
	if name := t.listOf(e); name != "" {
		return name
	}
	if e.Kind() == ast.ComprehensionKind { // of filter: the same elements
		return t.elementOf(e.AsComprehension().IterRange())
	}
	return ""
}

func (t *translator) listOf(e ast.Expr) string {
	if e.Kind() != ast.SelectKind {
		return ""
	}
	owner := t.scope.structs[t.structOf(e.AsSelect().Operand())]
	if owner == nil {
		return ""
	}
	f := owner.byName[e.AsSelect().FieldName()]
	if f == nil || len(f.typ.Parameters()) != 1 {
		return ""
	}
	return f.typ.Parameters()[0].TypeName()
}

// structOf is the struct type of an expression, empty if it is not known.
func (t *translator) structOf(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		if typ := t.scope.rootType(e.AsIdent()); typ != nil {
			return typ.TypeName()
		}
		return t.types[e.AsIdent()]
	case ast.SelectKind:
		if owner := t.scope.structs[t.structOf(e.AsSelect().Operand())]; owner != nil {
			if f := owner.byName[e.AsSelect().FieldName()]; f != nil {
				return f.typ.TypeName()
			}
		}
	case ast.CallKind:
		if args := e.AsCall().Args(); len(args) > 0 {
			return t.elementOf(args[0])
		}
	}
	return ""
}

var (
	undefinedField   = regexp.MustCompile(`^undefined field '(.*)'$`)
	undeclared       = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	noOverload       = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
	typeMismatch     = regexp.MustCompile(`^expected type '(.*)' but found '(.*)'$`)
	noFields         = regexp.MustCompile(`^type '(.*)' does not support field selection$`)
	noRange          = regexp.MustCompile(`^expression of type '(.*)' cannot be range`)
	badOptional      = regexp.MustCompile(`^unsupported optional field selection`)
	badToken         = regexp.MustCompile(`(?s)^Syntax error: token recognition error at: '(.*)'$`)
	missingToken     = regexp.MustCompile(`(?s)^Syntax error: missing '?([^']+?)'? at '(.*)'$`)
	unexpectedToken  = regexp.MustCompile(`(?s)^Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting`)
	noAlternative    = regexp.MustCompile(`(?s)^Syntax error: no viable alternative at input '(.*)'$`)
	reservedName     = regexp.MustCompile(`reserved identifier: (\w+)`)
	invalidRegex     = regexp.MustCompile(`(?s)error parsing regexp: (.*)$`)
	recursionLimit   = regexp.MustCompile(`recursion (limit|depth) exceeded|nesting`)
	expressionLimits = regexp.MustCompile(`(count|size) exceeds limit`)
)

func (t *translator) issue(f *cel.Error) Issue {
	line, col := place(f.Location)
	issue := Issue{Line: line, Col: col}
	switch m := f.Message; {
	case undefinedField.MatchString(m):
		t.field(&issue, undefinedField.FindStringSubmatch(m)[1], t.nodes[f.ExprID])
	case undeclared.MatchString(m):
		t.name(&issue, undeclared.FindStringSubmatch(m)[1], t.nodes[f.ExprID])
	case noOverload.MatchString(m):
		p := noOverload.FindStringSubmatch(m)
		t.call(&issue, p[1], p[2])
	case typeMismatch.MatchString(m):
		p := typeMismatch.FindStringSubmatch(m)
		issue.Message = fmt.Sprintf("this must be %s but is %s", article(plainTypeName(p[1])), article(plainTypeName(p[2])))
	case noFields.MatchString(m):
		issue.Message = article(plainTypeName(noFields.FindStringSubmatch(m)[1])) + " has no fields"
		t.afterDot(&issue)
	case noRange.MatchString(m):
		issue.Message = article(plainTypeName(noRange.FindStringSubmatch(m)[1])) + " is no list to loop over"
	case badOptional.MatchString(m):
		issue.Message = "?. works on fields and lists only"
	case strings.HasPrefix(m, "Syntax error"):
		t.syntax(&issue, m)
	case strings.Contains(m, "invalid argument to has()"):
		issue.Message, issue.Hint = "has needs a field", "write has(event.total)"
	case strings.Contains(m, "argument must be a simple name"), strings.Contains(m, "argument is not an identifier"):
		issue.Message, issue.Hint = "the first argument must be a new name for the element", "write event.items.exists(i, i.price > 10)"
	case strings.HasPrefix(m, "error recovery"):
		issue.Message = "the expression cannot be read"
	case recursionLimit.MatchString(m):
		issue.Message = "the expression is nested too deep"
	case strings.HasPrefix(m, "regex program size"):
		issue.Message = "the regular expression is too large"
	case expressionLimits.MatchString(m):
		issue.Message = "the expression is too large"
	case reservedName.MatchString(m):
		issue.Message = fmt.Sprintf("%s is a reserved word", reservedName.FindStringSubmatch(m)[1])
	case strings.Contains(m, "invalid timestamp argument"):
		issue.Message, issue.Hint = "this is no RFC 3339 timestamp", `write timestamp("2026-03-01T00:00:00Z")`
	case strings.Contains(m, "invalid duration argument"):
		issue.Message, issue.Hint = "CEL knows no such duration", `write days(3), hours(2) or duration("90s")`
	case strings.Contains(m, "invalid matches argument"):
		issue.Message = "this is no regular expression in RE2's syntax"
	case invalidRegex.MatchString(m):
		issue.Message = "bad regular expression: " + invalidRegex.FindStringSubmatch(m)[1]
	default:
		issue.Message = m
	}
	return issue
}

// syntax translates what the parser says.
func (t *translator) syntax(issue *Issue, m string) {
	token := func(s string) {
		if s == "<EOF>" {
			issue.Message = "the expression ends too early"
			return
		}
		issue.Message = fmt.Sprintf("unexpected %q", s)
		switch strings.ToLower(s) {
		case "and":
			issue.Hint = "write &&"
		case "or":
			issue.Hint = "write ||"
		case "not":
			issue.Hint = "write !"
		}
	}
	switch {
	case badToken.MatchString(m):
		s := badToken.FindStringSubmatch(m)[1]
		switch {
		case strings.HasPrefix(s, "="):
			issue.Message, issue.Hint = `unexpected "="`, "write == to compare"
		case strings.HasPrefix(s, "&"), strings.HasPrefix(s, "|"):
			issue.Message, issue.Hint = fmt.Sprintf("unexpected %q", s[:1]), "write "+s[:1]+s[:1]
		case strings.HasPrefix(s, `"`), strings.HasPrefix(s, "'"), strings.HasPrefix(s, `\"`), strings.HasPrefix(s, `\'`):
			issue.Message = "the text is not closed, or has a wrong \\ in it"
		default:
			issue.Message = fmt.Sprintf("unexpected %q", s)
		}
	case missingToken.MatchString(m):
		issue.Message = missingToken.FindStringSubmatch(m)[1] + " is missing"
	case unexpectedToken.MatchString(m):
		token(unexpectedToken.FindStringSubmatch(m)[1])
	case noAlternative.MatchString(m):
		token(noAlternative.FindStringSubmatch(m)[1])
	default:
		issue.Message = "cannot be read: " + strings.TrimPrefix(m, "Syntax error: ")
	}
}

// afterDot moves the place from a dot to the name behind it.
func (t *translator) afterDot(issue *Issue) {
	if issue.Line > len(t.lines) {
		return
	}
	line := t.lines[issue.Line-1]
	for issue.Col <= len(line) && strings.ContainsRune(".? \t", line[issue.Col-1]) {
		issue.Col++
	}
}

// atField moves the place from a dot, or in has(…) from the bracket, to the
// field's name.
func (t *translator) atField(issue *Issue, name string) {
	t.afterDot(issue)
	if issue.Line > len(t.lines) || issue.Col > len(t.lines[issue.Line-1]) {
		return
	}
	rest := string(t.lines[issue.Line-1][issue.Col-1:])
	if i := strings.Index(rest, "."+name); !strings.HasPrefix(rest, name) && i >= 0 {
		issue.Col += len([]rune(rest[:i+1]))
	}
}

// before moves the place from a bracket to the name before it.
func (t *translator) before(issue *Issue, name string) {
	if issue.Line > len(t.lines) {
		return
	}
	line, n := t.lines[issue.Line-1], len([]rune(name))
	end := issue.Col - 1
	for end > 0 && end <= len(line) && (line[end-1] == ' ' || line[end-1] == '\t') {
		end--
	}
	if end >= n && end <= len(line) && string(line[end-n:end]) == name {
		issue.Col = end - n + 1
	}
}
