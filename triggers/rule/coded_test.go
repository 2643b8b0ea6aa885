package rule

import (
	"fmt"
	"testing"
)

func TestCodedFindsTheSendThatNeedsASecret(t *testing.T) {
	const plain = "name: plain\nstart: {on: ping}\nsteps: [{send: {template: a, channels: [email], offer: {kind: percent, value: 5}}}]\n"
	const coded = "name: coded\nstart: {on: ping}\nsteps:\n  - wait: 1h\n  - send: {template: a, channels: [email], offer: {kind: percent, value: 5, code: {}}}\n"
	for text, want := range map[string]string{
		plain:                                "",
		plain + "---\n" + coded:              "coded steps[1] in t.yaml:9",
		"enabled: false\n" + coded:           "",
		"name: sorry\nuse: shipping-delay\n": "sorry steps[2].then[0] in t.yaml:0",
	} {
		set, list := Load([]File{{Path: "t.yaml", Data: []byte(text)}}, Options{})
		if list.Failed() {
			t.Fatal(list)
		}
		if got := codedIn(set); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func codedIn(set *Set) string {
	tr, op := set.Coded()
	if tr == nil {
		return ""
	}
	return fmt.Sprintf("%s %s in %s:%d", tr.Name, op.Path, tr.File, op.Line)
}
