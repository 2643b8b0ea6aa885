package rule

import (
	"strings"
	"testing"
)

// A send that may be called off is another version, and its canonical form says
// so; `cancel: false` is as good as nothing.
func TestCancelIsPartOfTheVersion(t *testing.T) {
	version := func(send string) (*Trigger, *Send) {
		text := "name: cart\nstart: {on: cart.updated}\nuntil: [{on: order.placed}]\nsteps: [{send: {template: a, channels: [email]" + send + "}}]\n"
		set, list := Load([]File{{Path: "t.yaml", Data: []byte(text)}}, Options{})
		if list.Failed() {
			t.Fatal(list)
		}
		return set.Triggers[0], set.Triggers[0].Steps[0].Send
	}
	plain, _ := version("")
	off, send := version(", cancel: true")
	no, _ := version(", cancel: false")
	if !send.Cancel || off.Version == plain.Version || no.Version != plain.Version {
		t.Errorf("cancel is %t, versions %s, %s and %s", send.Cancel, plain.Version, off.Version, no.Version)
	}
	again, err := Compile(off.Source)
	if err != nil || !again.Steps[0].Send.Cancel || again.Version != off.Version {
		t.Errorf("compiled again: %v", err)
	}
}

func TestCancelWithoutAnUntilIsWarnedOf(t *testing.T) {
	const text = "name: cart\nstart: {on: cart.updated}\nsteps:\n  - send: {template: a, channels: [email], cancel: true}\n"
	set, list := Load([]File{{Path: "t.yaml", Data: []byte(text)}}, Options{})
	if set == nil || len(list) != 1 || !list[0].Warning {
		t.Fatalf("%d mistakes in %v", len(list), set)
	}
	if got := list[0].String(); !strings.HasPrefix(got, "t.yaml:4:") || !strings.Contains(got, "cancel: the trigger has no `until`") {
		t.Errorf("said: %s", got)
	}
}
