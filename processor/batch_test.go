package processor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

// What is sent is counted by its command, what is called off by its decision.
func TestABatchCountsOnce(t *testing.T) {
	var b batch
	for range 2 { // the second time in the same memory
		b.command(SentCommand{Command: &schemas.Command{Trigger: "cart", Channel: "email"}})
		b.command(SentCommand{Command: &schemas.Command{Trigger: "cart", Channel: "email"}})
		b.command(SentCommand{Command: &schemas.Command{Trigger: "cart", Channel: "sms", Action: schemas.Cancel}})
		b.decision(&schemas.Decision{Trigger: "cart", Outcome: schemas.Skipped, Reason: schemas.FrequencyCap})
		b.decision(&schemas.Decision{Trigger: "cart", Outcome: schemas.Skipped, Reason: schemas.FrequencyCap})
		b.decision(&schemas.Decision{Trigger: "cart", Outcome: schemas.Ended})
		if diff := cmp.Diff(map[Sent]int{{"cart", "email"}: 2}, b.sent); diff != "" {
			t.Errorf("commands (-want +got):\n%s", diff)
		}
		want := map[Fate]int{{"cart", schemas.Skipped, schemas.FrequencyCap, ""}: 2, {"cart", schemas.Ended, 0, ""}: 1}
		if diff := cmp.Diff(want, b.fates); diff != "" {
			t.Errorf("decisions (-want +got):\n%s", diff)
		}
		b.fresh()
	}
	if len(b.commands)+len(b.decisions)+len(b.sent)+len(b.fates) != 0 {
		t.Errorf("left over: %+v", b)
	}
}
