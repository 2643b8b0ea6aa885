package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

func decision(at schemas.Time, o schemas.Outcome, r schemas.Reason) *schemas.Decision {
	return &schemas.Decision{Time: at, Customer: "ana", Trigger: "cart", Outcome: o, Reason: r}
}

func TestHistoryIsNeitherShownNorCounted(t *testing.T) {
	var out, status strings.Builder
	v := NewView(Screen{Out: &out, Status: &status}, opens)
	v.Decision(decision(opens.Add(-time.Hour), schemas.Started, 0))
	v.Decision(decision(opens.Add(-time.Hour), schemas.Skipped, schemas.Stale))
	v.Decision(decision(opens, schemas.Started, 0))
	v.Decision(decision(opens.Add(time.Hour), schemas.Ended, schemas.GoalReached))
	v.Decision(decision(opens.Add(time.Hour), schemas.Ended, 0))
	v.Command(&schemas.Command{Customer: "ana", Trigger: "cart", Channel: "email", Template: "reminder", DueAt: opens.Add(time.Hour)})
	v.Command(&schemas.Command{Action: schemas.Cancel, Customer: "ana", Trigger: "cart", Channel: "email", DueAt: opens.Add(time.Hour)})
	v.Status(opens, [3]int64{1, 2, 3}, map[string]int{"cart": 2, "browse": 3})
	v.Summary()

	want := "02 Mar 10:00  ana       cart                 no message               goal_reached\n"
	if !strings.HasPrefix(out.String(), want) || strings.Contains(out.String(), "stale") {
		t.Errorf("shown:\n%s\nwant it to begin with\n%s", out.String(), want)
	}
	if want := "cart     1        1     1         goal_reached 1\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("shown:\n%s\nwant it to end with\n%s", out.String(), want)
	}
	if want := "Mon 02 Mar 09:00   in: 1 browse, 2 orders, 3 shipments   waiting: 5   out: 1   not sent: 1\n"; status.String() != want {
		t.Errorf("figures %q, want %q", status.String(), want)
	}
	if v.Triggers() != 1 {
		t.Errorf("%d triggers sent, want 1", v.Triggers())
	}
}

// On a terminal the figures stay below the lines: each line goes where they
// began, and they follow it.
func TestFiguresStayBelowTheLines(t *testing.T) {
	var screen strings.Builder
	v := NewView(Screen{Out: &screen, Status: &screen, Live: true}, opens)
	v.Status(opens, [3]int64{}, map[string]int{"cart": 1})
	painted := screen.String()
	screen.Reset()
	v.Decision(decision(opens, schemas.Skipped, schemas.Holdout))
	const hidden = "\r\x1b[K\x1b[A\x1b[K"
	if got := screen.String(); !strings.HasPrefix(got, hidden) || !strings.HasSuffix(got, "holdout\n"+painted) {
		t.Errorf("printed %q, want the figures taken away, the line, and %q again", got, painted)
	}
}
