package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/beckon-io/beckon/triggers/diag"
)

// Mistakes in names and calls, and what was probably meant.

// field is a name that a struct does not have.
func (t *translator) field(issue *Issue, name string, node ast.Expr) {
	t.atField(issue, name)
	owner := t.scope.customer
	known := []string(nil)
	switch {
	case node == nil:
	case node.Kind() == ast.SelectKind:
		owner = t.scope.structs[t.structOf(node.AsSelect().Operand())]
	case node.Kind() == ast.CallKind && node.AsCall().FunctionName() == operators.OptSelect:
		owner = t.scope.structs[t.structOf(node.AsCall().Args()[0])]
	}
	if node == nil || owner == nil {
		owner = nil
		for _, s := range t.scope.structs {
			known = append(known, s.names()...)
		}
		slices.Sort(known)
		issue.Message = fmt.Sprintf("there is no field %s", name)
		issue.Hint = diag.DidYouMean(name, known)
		return
	}
	known = owner.names()
	issue.Message = fmt.Sprintf("%s has no field %s", owner.title, name)
	issue.Hint = diag.DidYouMean(name, known)
	switch {
	case issue.Hint != "":
	case owner == t.scope.event:
		issue.Hint = "it has " + strings.Join(known, ", ") + "; what the schema does not know is read as event.data." + name
	case owner == t.scope.traits && len(known) == 0:
		issue.Hint = "there are none here: traits.yaml declares them, and a trait cannot look at another"
	default:
		issue.Hint = "it has " + strings.Join(known, ", ")
	}
}

// roots are the names that some scope has, with why another has not.
var roots = map[string]string{
	"event": "there is no event here",
	"item":  "it is known where start has each",
	"run":   "it is known in until, goal and steps",
}

// name is a name or function that nobody declared.
func (t *translator) name(issue *Issue, name string, node ast.Expr) {
	name = strings.TrimPrefix(name, "@")
	line := t.lines[min(issue.Line, len(t.lines))-1]
	if node != nil && node.Kind() == ast.CallKind || issue.Col <= len(line) && line[issue.Col-1] == '(' {
		t.before(issue, name)
		t.function(issue, name)
		return
	}
	issue.Message = fmt.Sprintf("there is no %s", name)
	if why := roots[name]; why != "" {
		issue.Message = fmt.Sprintf("%s is not known here", name)
		issue.Hint = why
		return
	}
	issue.Hint = diag.DidYouMean(name, t.rootNames())
	switch {
	case issue.Hint != "":
	case t.scope.event != nil && t.scope.event.byName[name] != nil:
		issue.Hint = "write event." + name
	case t.scope.customer.byName[name] != nil:
		issue.Hint = "write customer." + name
	default:
		issue.Hint = "there are " + strings.Join(t.rootNames(), ", ")
	}
}

func (t *translator) rootNames() []string {
	names := []string{"customer"}
	if t.scope.event != nil {
		names = append(names, "event")
	}
	if t.scope.item != nil {
		names = append(names, "item")
	}
	names = append(names, "now")
	if t.scope.run {
		names = append(names, "run")
	}
	return names
}

// loops is how CEL's macros are written.
var loops = map[string]string{
	"has": "has(event.total)", "all": "LIST.all(x, CONDITION)", "exists": "LIST.exists(x, CONDITION)",
	"exists_one": "LIST.exists_one(x, CONDITION)", "filter": "LIST.filter(x, CONDITION)", "map": "LIST.map(x, VALUE)",
}

func (t *translator) function(issue *Issue, name string) {
	if how := usage[name] + loops[name]; how != "" {
		issue.Message = fmt.Sprintf("wrong number of arguments for %s", name)
		issue.Hint = "write " + how
		return
	}
	issue.Message = fmt.Sprintf("there is no function %s", name)
	known := []string{}
	for f := range t.scope.env.Functions() {
		if f[0] != '@' && f[0] != '_' && f[0] != '!' && f[0] != '-' && !strings.Contains(f, "@") {
			known = append(known, f)
		}
	}
	for f := range usage {
		known = append(known, f)
	}
	for f := range loops {
		known = append(known, f)
	}
	slices.Sort(known)
	issue.Hint = diag.DidYouMean(name, known)
}

// verbs are what operators do to their operands.
var verbs = map[string]string{
	operators.Add: "add %s and %s", operators.Subtract: "subtract %[2]s from %[1]s",
	operators.Multiply: "multiply %s with %s", operators.Divide: "divide %s by %s", operators.Modulo: "take the remainder of %s by %s",
	operators.Less: "compare %s with %s", operators.LessEquals: "compare %s with %s",
	operators.Greater: "compare %s with %s", operators.GreaterEquals: "compare %s with %s",
	operators.In: "look for %s in %s", operators.Index: "take from %s the element at %s",
}

// call is a function or operator whose arguments do not fit.
func (t *translator) call(issue *Issue, function, signature string) {
	args := argumentsOf(signature)
	symbol, isOperator := operators.FindReverse(function)
	verb := verbs[function]
	switch {
	case verb != "" && len(args) == 2:
		if function == operators.Index {
			symbol = "[ ]"
		}
		issue.Message = symbol + " cannot " + fmt.Sprintf(verb, article(args[0]), article(args[1]))
		issue.Hint = operandHint(function, args)
	case function == operators.Conditional && len(args) == 3 && args[0] != "true or false":
		issue.Message = "? : needs true or false before the ? but has " + article(args[0])
	case function == operators.Conditional && len(args) == 3:
		issue.Message = fmt.Sprintf("the two results of ? : differ: %s and %s", article(args[1]), article(args[2]))
		if strings.HasSuffix(args[1], "number") && strings.HasSuffix(args[2], "number") {
			issue.Hint = "write both with a point, as in 1.0"
		}
	case function == operators.LogicalAnd || function == operators.LogicalOr:
		wrong := args[0]
		if wrong == "true or false" && len(args) > 1 {
			wrong = args[1]
		}
		issue.Message = fmt.Sprintf("%s needs true or false on both sides but has %s", symbol, article(wrong))
	case isOperator && len(args) == 1:
		issue.Message = fmt.Sprintf("%s cannot be put before %s", symbol, article(args[0]))
	default:
		t.arguments(issue, strings.TrimPrefix(function, "@"), args)
	}
}

func (t *translator) arguments(issue *Issue, function string, args []string) {
	t.before(issue, function)
	for i, a := range args {
		args[i] = article(a)
	}
	issue.Message = function + " does not take " + strings.Join(args, " and ")
	if len(args) == 0 {
		issue.Message = function + " needs an argument"
	}
	if how := usage[function]; how != "" {
		issue.Hint = "write " + how
	}
}

func operandHint(function string, args []string) string {
	has := func(a, b string) bool {
		return args[0] == a && args[1] == b || args[0] == b && args[1] == a
	}
	number := strings.HasSuffix(args[0], "number") || strings.HasSuffix(args[1], "number")
	switch {
	case has("timestamp", "text"):
		return `write timestamp("2026-03-01T00:00:00Z") for a moment`
	case number && (has("timestamp", "number") || has("timestamp", "whole number") || has("duration", "number") || has("duration", "whole number")):
		return "write days(n), hours(n) or minutes(n) for a time span"
	case has("timestamp", "duration") && function != operators.Add && function != operators.Subtract:
		return "compare timestamps, as in event.time < now - days(3)"
	case function != operators.Index && (has("text", "number") || has("text", "whole number")):
		if function == operators.Add {
			return "write string(…) around the number"
		}
		return "write the number without quotes; double(…) reads a number from a text"
	}
	return ""
}

// argumentsOf splits a signature such as (double, list(string)) or
// string.(int) into plain words; the hidden argument of our functions is left
// out.
func argumentsOf(signature string) []string {
	if i := strings.LastIndex(signature, ".("); i > 0 {
		signature = "(" + signature[:i] + ", " + signature[i+2:]
	}
	signature = strings.TrimSuffix(strings.TrimPrefix(signature, "("), ")")
	var args []string
	depth, from := 0, 0
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" && s != hiddenName {
			args = append(args, plainTypeName(s))
		}
	}
	for i, r := range signature {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				add(signature[from:i])
				from = i + 1
			}
		}
	}
	add(signature[from:])
	return args
}
