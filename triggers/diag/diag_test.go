package diag

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCaretStandsUnderThePlace(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		d    Diagnostic
		want string
	}{
		"plain": {
			Diagnostic{Place: Place{"a/b.yaml", 14, 9}, Message: "wait: 30 has no unit; write 30m or 30s", Source: "  wait: 30"},
			"a/b.yaml:14:9: wait: 30 has no unit; write 30m or 30s\n      wait: 30\n            ^",
		},
		"tabs stay tabs": {
			Diagnostic{Place: Place{"b.yaml", 1, 4}, Message: "m", Source: "a\tb c"},
			"b.yaml:1:4: m\n    a\tb c\n     \t ^",
		},
		"wide characters take two columns, combining ones none": {
			Diagnostic{Place: Place{"b.yaml", 1, 5}, Message: "m", Source: "日本e\u0301x"},
			"b.yaml:1:5: m\n    日本e\u0301x\n         ^",
		},
		"a hint and a warning": {
			Diagnostic{Place: Place{"b.yaml", 2, 1}, Message: "m", Source: "x", Hint: "write y", Warning: true},
			"b.yaml:2:1: warning: m\n    x\n    ^\n    hint: write y",
		},
		"beyond the end": {
			Diagnostic{Place: Place{"b.yaml", 2, 99}, Message: "m", Source: "x"},
			"b.yaml:2:99: m\n    x\n     ^",
		},
		"a blank line is not shown": {
			Diagnostic{Place: Place{"b.yaml", 2, 1}, Message: "m", Source: "  "},
			"b.yaml:2:1: m",
		},
		"the whole file": {
			Diagnostic{Place: Place{Path: "b.yaml"}, Message: "m"}, "b.yaml: m",
		},
		"what a terminal would obey is not passed on": {
			Diagnostic{Place: Place{"b.yaml", 1, 3}, Message: "m", Source: "a\x1b]b"},
			"b.yaml:1:3: m\n    a\ufffd]b\n      ^",
		},
		"a long line is cut around the caret": {
			Diagnostic{Place: Place{"b.yaml", 1, 201}, Message: "m", Source: long},
			"b.yaml:1:201: m\n    …" + long[:120] + "…\n    " + strings.Repeat(" ", 81) + "^",
		},
	} {
		if got := c.d.String(); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestListIsSortedAndSaysNothingTwice(t *testing.T) {
	l := List{
		{Place: Place{"b", 1, 1}, Message: "x"}, {Place: Place{"a", 2, 1}, Message: "x"}, {Place: Place{"a", 1, 9}, Message: "x"},
		{Place: Place{"a", 1, 9}, Message: "x"}, {Place: Place{"a", 1, 9}, Message: "a"}, {Place: Place{"a", 1, 2}, Message: "z", Warning: true},
	}.Sort()
	var b strings.Builder
	if err := l.Print(&b); err != nil {
		t.Fatal(err)
	}
	if want := "a:1:2: warning: z\na:1:9: a\na:1:9: x\na:2:1: x\nb:1:1: x\n"; b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	if got, want := l.Summary(), "4 mistakes, 1 warning"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	if got, want := l.Error(), "a:1:9: a (and 3 more mistakes)"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if !l.Failed() || (List{l[0]}).Failed() || (List{}).Failed() {
		t.Error("a list fails with a mistake, not with warnings")
	}
}

func TestJSONNamesEverything(t *testing.T) {
	got, err := json.Marshal(List{
		{Place: Place{"a.yaml", 1, 2}, Message: "m", Hint: "h", Source: "s"}, {Place: Place{Path: "b"}, Message: "n", Warning: true},
	})
	want := `[{"path":"a.yaml","line":1,"col":2,"severity":"error","message":"m","hint":"h","source":"s"},{"path":"b","severity":"warning","message":"n"}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestNearFindsSlipsOfThePen(t *testing.T) {
	known := []string{"channels", "template", "context", "offer", "on", "wait", "wait_until", "mon"}
	for name, want := range map[string]string{
		"chanels": "channels", "channel": "channels", "tepmlate": "template", "onn": "on", "no": "on", "monday": "mon",
		"wait_for": "wait", "contxt": "context", "zzz": "", "": "", "x": "", "channels": "", strings.Repeat("a", 100): "", "temp": "template",
	} {
		if got := Near(name, known); got != want {
			t.Errorf("near %q: %q, want %q", name, got, want)
		}
	}
	if got, want := DidYouMean("ofer", known), `did you mean "offer"?`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
