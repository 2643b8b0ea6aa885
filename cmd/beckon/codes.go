package main

import (
	"fmt"

	"github.com/beckon-io/beckon/triggers/rule"
)

// keepable tells what is wrong with the codes that triggers give away: without a
// secret anybody could work them out.
func keepable(set *rule.Set, secret []byte) error {
	tr, op := set.Coded()
	if tr == nil || len(secret) > 0 {
		return nil
	}
	return fmt.Errorf("%s gives each message a code of its own (%s), which needs a secret to be unguessable; "+
		"make a file of random bytes (head -c 32 /dev/urandom | base64 > secret) and name it as secret_file, the same on every instance", placeOf(tr, op), op.Path)
}

// placeOf is where a trigger stands, for messages.
func placeOf(tr *rule.Trigger, op *rule.Op) string {
	if op.Line == 0 {
		return tr.File + ": " + tr.Name
	}
	return fmt.Sprintf("%s:%d: %s", tr.File, op.Line, tr.Name)
}
