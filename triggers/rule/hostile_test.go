package rule

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// bombs are texts that are meant to hurt. None may take long, and all of them
// are refused with a place.
func bombs() map[string]string {
	rep := strings.Repeat
	aliases := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 20; i++ {
		aliases += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(rep(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	head := "name: x\nstart: {on: order.placed}\nsteps:\n"
	return map[string]string{
		"brackets":        rep("[", 1<<20),
		"braces":          rep("{", 1<<20),
		"braces and keys": rep("{a: ", 1<<18),
		"dashes":          rep("- ", 1<<19),
		"question marks":  rep("? ", 1<<19),
		"aliases":         aliases,
		"ring":            "a: &a [*a, *a]",
		"too large":       rep("a", 1<<20+1),
		"many values":     "[" + rep("a,", 1<<18) + "a]",
		"many keys": func() (s string) {
			var b strings.Builder
			for i := range 60_000 {
				fmt.Fprintf(&b, "k%d: 1\n", i)
			}
			return b.String()
		}(),
		"one key repeated": rep("a: 1\n", 1<<17),
		"many documents":   rep("---\na\n", 1<<17),
		"broken documents": rep("---\n[\n", 1<<17),
		"anchors": func() (s string) {
			var b strings.Builder
			for i := range 19_500 {
				fmt.Fprintf(&b, "- &a%d x\n", i)
			}
			return b.String()
		}(),
		"deep ifs": head + func() (s string) {
			var b strings.Builder
			for i := range 200 {
				b.WriteString(rep("  ", i) + "- if: true\n" + rep("  ", i) + "  then:\n")
			}
			return b.String()
		}(),
		"many steps":            head + rep("- wait: 1h\n", 19_500),
		"long text":             "name: " + rep("x", 1<<19),
		"long expression":       head + "- require: " + rep("1 + ", 1<<17) + "1",
		"nested expression":     head + "- require: '" + rep("(", 1<<17) + "'",
		"not UTF-8":             "name: \xff",
		"tabs":                  rep("\t", 1<<19) + "a",
		"quotes":                "a: \"" + rep("\\\"", 1<<18),
		"escapes":               "a: \"" + rep("\\u0041", 1<<16) + "\\q\"",
		"comments":              rep("#\n", 1<<18) + "a: [",
		"block text":            "a: |\n" + rep(" x\n", 1<<18) + "b",
		"nested loops":          head + "- require: " + rep("event.items.exists(x, ", 40) + "true" + rep(")", 40),
		"deep loops":            head + "- require: event.items.all(a, event.items.all(b, event.items.all(c, a == b)))",
		"regex":                 head + "- require: event.order_id.matches('" + rep("(a{1,30}){1,30}", 100) + "')",
		"long literal":          head + "- require: '" + rep("x", 5000) + "' == event.order_id",
		"wrong names":           head + rep("- require: "+rep("customer.vews == 1 && ", 180)+"true\n", 100),
		"wrong functions":       head + rep("- require: "+rep("cycl(1) + ", 400)+"1\n", 100),
		"merge keys":            rep("<<: {<<: {<<: {a: b}}}\n", 5000),
		"repeated keys":         "start:\n" + rep("  on: order.placed\n", 19_000),
		"one line":              "name: " + rep("x, y: ", 170_000),
		"carriage returns":      "name: x\r\nstart: {on: order.placed}\r\nsteps:\r\n" + rep("- wiat: 1h\r\n", 6000),
		"lone carriage returns": rep("- a\r", 250_000),
		"unclosed block":        "steps: |\n" + rep("\t\n", 400_000) + "- [",
		"byte order marks":      rep("\ufeff", 300_000),
		"separators":            rep("- a\u2028", 150_000),
		"nulls":                 "name:\nuse:\nstart:\nsteps:\n" + rep("-\n", 15_000),
		"tags":                  rep("- !!binary x\n", 15_000),
		"many pairs":            "{" + rep("a: b, ", 19_500) + "}",
		"many lines":            rep("a: b\n", 19_500),
		"small documents":       rep("---\na\n", 9_900),
		"many triggers":         rep("---\nname: a\nstart: {on: x}\nsteps: [{wait: 1h}]\n", 6000),
		"control":               "a: \x00\x01",
	}
}

func TestBombsAreRefusedQuicklyWithAPlace(t *testing.T) {
	for name, text := range bombs() {
		t.Run(name, func(t *testing.T) {
			began := cpuTime()
			set, list := Load([]File{{Path: "bomb.yaml", Data: []byte(text)}}, Options{Review: &Review{}})
			took := cpuTime() - began
			if set != nil || !list.Failed() {
				t.Fatal("loaded")
			}
			if took > 5*time.Second { // below 100 ms by BenchmarkBombs on a machine of one's own
				t.Errorf("took %v", took)
			}
			for _, d := range list {
				if d.Path != "bomb.yaml" || d.Line < 1 || d.Col < 1 {
					t.Errorf("no place: %+v", d)
				}
			}
			t.Logf("%v, %d mistakes: %s", took, len(list), list[0].Message)
		})
	}
}
