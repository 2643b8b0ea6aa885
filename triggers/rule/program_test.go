package rule

import (
	"fmt"
	"strings"
	"testing"
)

var opNames = map[OpKind]string{
	OpWait: "wait", OpWaitUntil: "wait_until", OpWaitLocal: "wait_local", OpRequire: "require", OpIf: "if",
	OpJump: "jump", OpSplit: "split", OpSend: "send", OpEmit: "emit", OpStop: "stop",
}

// listing shows a trigger's program, one operation a line.
func listing(t *Trigger) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", t.Name, t.Version)
	for i, op := range t.Steps {
		fmt.Fprintf(&b, "%4d %-10s %s", i, opNames[op.Kind], op.Path)
		switch op.Kind {
		case OpWait:
			fmt.Fprintf(&b, " %s", op.Wait)
		case OpWaitLocal:
			fmt.Fprintf(&b, " %d %v", op.Local.Clock, op.Local.Days)
		case OpIf:
			fmt.Fprintf(&b, " else %d", op.To)
		case OpJump:
			fmt.Fprintf(&b, "to %d", op.To)
		case OpSplit:
			fmt.Fprintf(&b, " %s", op.Split.Name)
			for _, a := range op.Split.Arms {
				fmt.Fprintf(&b, " %s:%d->%d", a.Name, a.Weight, a.To)
			}
		case OpSend:
			fmt.Fprintf(&b, " %s %v", op.Send.Template, op.Send.Channels)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func mustLoad(t testing.TB, files ...File) *Set {
	t.Helper()
	set, list := Load(files, Options{})
	if set == nil {
		t.Fatalf("load: %v", list)
	}
	return set
}

// The flattened programs are what stored runs stand in: an index of theirs
// must mean the same for ever.
func TestProgramsKeepTheirShape(t *testing.T) {
	set := mustLoad(t, archive(t, "testdata/all.good.yaml")...)
	var b strings.Builder
	for _, tr := range set.Triggers {
		b.WriteString(listing(tr))
	}
	golden(t, "testdata/all.good.yaml.programs", b.String())
}

// A version that changes without a change of the trigger would strand nobody,
// but it would fill the topic of versions with each release.
func TestVersionsStayFromReleaseToRelease(t *testing.T) {
	var b strings.Builder
	for _, files := range [][]File{builtins(t), archive(t, "testdata/all.good.yaml"), archive(t, "testdata/several.good.txtar")} {
		for _, tr := range mustLoad(t, files...).Triggers {
			fmt.Fprintf(&b, "%s %s\n%s\n", tr.Version, tr.Name, tr.Source)
		}
	}
	golden(t, "testdata/versions", b.String())
}

func TestStoredSourcesCompileToTheSameVersionAndProgram(t *testing.T) {
	for _, files := range [][]File{builtins(t), archive(t, "testdata/all.good.yaml"), archive(t, "testdata/several.good.txtar")} {
		for _, tr := range mustLoad(t, files...).Triggers {
			again, err := Compile(tr.Source)
			if err != nil {
				t.Errorf("%s: %v", tr.Name, err)
				continue
			}
			if got, want := listing(again), listing(tr); got != want {
				t.Errorf("%s: compiled again\n%s\nwant\n%s", tr.Name, got, want)
			}
			// Reading the canonical form as a file must not change it either.
			l := newLoading()
			l.lax = true
			src := newSource("", string(tr.Source))
			s := l.trigger(value{src: src, node: l.documents(src, len(tr.Source))[0]})
			if form, err := plainJSON(s); err != nil || string(form) != string(tr.Source) {
				t.Errorf("%s: the canonical form reads back as\n%s\nwant\n%s (%v)", tr.Name, form, tr.Source, err)
			}
		}
	}
}

func version1(t *testing.T, text string) string {
	t.Helper()
	return mustLoad(t, File{Path: "t.yaml", Data: []byte(text)}).Triggers[0].Version
}

func TestVersionFollowsWhatDecidesHowARunGoes(t *testing.T) {
	const base = "name: t\nstart: {on: order.placed}\nsteps: [{wait: 1h}, {send: {template: a, channels: [email]}}]\n"
	want := version1(t, base)
	for name, text := range map[string]string{
		"comments":         "# why\n" + base,
		"description":      base + "description: words\n",
		"enabled":          base + "enabled: false\n",
		"migrate":          base + "migrate: end\n",
		"rollout":          base + "rollout: 10%\n",
		"defaults spelt":   base + "class: marketing\npriority: 50\nstale: 24h\n",
		"other order":      "steps: [{wait: 60m}, {send: {channels: email, template: a, expires: 1d}}]\nstart: {on: [order.placed]}\nname: t\n",
		"blank expression": base,
	} {
		if got := version1(t, text); got != want {
			t.Errorf("%s: version %s, want %s", name, got, want)
		}
	}
	for name, text := range map[string]string{
		"wait":     strings.Replace(base, "1h", "2h", 1),
		"template": strings.Replace(base, "template: a", "template: b", 1),
		"priority": base + "priority: 51\n",
		"stale":    base + "stale: off\n",
		"audience": base + "audience: customer.points > 3\n",
		"until":    base + "until: [{on: order.cancelled}]\n",
	} {
		if got := version1(t, text); got == want {
			t.Errorf("another %s does not change the version", name)
		}
	}
}
