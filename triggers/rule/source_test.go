package rule

import (
	"strings"
	"testing"
)

// Each text holds one wrong field, nothing.wrong, whose place has to be found
// however the expression is written.
func TestExpressionsArePlacedInEveryStyle(t *testing.T) {
	const wrong = "customer.wrong"
	for name, text := range map[string]string{
		"plain":                 "audience: customer.points > 1 && customer.wrong",
		"plain over lines":      "audience: customer.points > 1\n\n   && customer.wrong",
		"double":                `audience: "customer.points > 1 && customer.wrong"`,
		"double with escapes":   `audience: "customer.tier == \"\u00e9\\\\\t\" && \x20 customer.wrong"`,
		"double over lines":     "audience: \"customer.points > 1 \\\n   && customer.wrong\"",
		"single":                `audience: 'customer.tier == ''x'' && customer.wrong'`,
		"single over lines":     "audience: 'customer.points > 1\n\n   && customer.wrong'",
		"literal":               "audience: |\n  customer.points > 1\n\n    && customer.wrong\n",
		"literal, own indent":   "audience: |2-  # keep\n    customer.points > 1\n    && customer.wrong",
		"folded":                "audience: >-\n\n  customer.points > 1\n   && \n\n  customer.wrong\n",
		"tag and anchor":        "audience: !!str &x \"customer.wrong\"",
		"wide characters":       "audience: customer.tier == '日本語😀' && customer.wrong",
		"carriage returns":      "audience: |\r\n  customer.points > 1\r\n  && customer.wrong\r\n",
		"white space around":    "audience: \"   customer.wrong  \"",
		"byte order mark":       "\ufeffaudience: customer.wrong",
		"line separator before": "# a\u2028audience: customer.wrong",
		"tabs in the line":      "audience:\t customer.wrong",
	} {
		t.Run(name, func(t *testing.T) {
			text += "\nname: x\nstart: {on: order.placed}\nsteps: [{stop: true}]\n"
			set, list := Load([]File{{Path: "t.yaml", Data: []byte(text)}}, Options{})
			if set != nil || len(list) != 1 {
				t.Fatalf("mistakes: %v", list)
			}
			d := list[0]
			text = strings.TrimPrefix(text, "\ufeff")
			at := strings.Index(text, wrong)
			before := text[:at]
			line := strings.Count(before, "\n") + 1
			col := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
			// CEL names the place of the dot or of the name; both are in it.
			if d.Line != line || d.Col < col || d.Col > col+len("customer.") {
				t.Errorf("placed at %d:%d, want %d:%d\n%s", d.Line, d.Col, line, col, d.String())
			}
		})
	}
}

func TestOffsetsAndPlacesAreInverse(t *testing.T) {
	text := strings.Repeat("añ日😀\tx\r\n", 100) + "last"
	s := newSource("t", text)
	for at := range text {
		p, _ := s.place(at)
		if back := s.offset(p.Line, p.Col); back != at {
			t.Fatalf("offset %d is at %d:%d, which is offset %d", at, p.Line, p.Col, back)
		}
	}
	if p, line := s.place(len(text)); p.Line != 101 || p.Col != 5 || line != "last" {
		t.Errorf("the end is at %d:%d in %q", p.Line, p.Col, line)
	}
}
